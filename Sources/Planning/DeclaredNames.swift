import Platform
import YAMLTree

/// The paths that the manifests of a run declare, to find two that a file system could confuse.
struct DeclaredNames {
  private struct Name {
    let path: RelativePath
    let mark: Mark
    let source: SourceText
  }

  private var names: [String: Name] = [:]
  /// True if a path was added twice: two steps write it.
  private(set) var hasRepeated = false

  /// Makes room for so many more.
  mutating func reserve(_ count: Int) { names.reserveCapacity(names.count + count) }

  /// Adds a path that will stand; reports another one that differs only in case or normalisation.
  mutating func add(_ path: RelativePath, at mark: Mark, _ diagnostics: Diagnostics) {
    let key = path.collisionKey
    guard let first = names[key] else {
      names[key] = Name(path: path, mark: mark, source: diagnostics.source)
      return
    }
    guard first.path != path else {
      hasRepeated = true
      return
    }
    diagnostics.error(
      "path-collision",
      "'\(path)' and '\(first.path)' differ only in case or normalisation", at: mark,
      notes: [
        Diagnostic.Note(
          "the other one is at line \(first.mark.line)",
          at: first.source === diagnostics.source ? first.mark : nil)
      ],
      hint: "spell both alike, or rename one of them")
  }
}
