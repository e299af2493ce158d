import Planning
import Platform
import YAMLTree

/// The entries of git's index below the root, by path.
struct GitIndex {
  struct Entry: Hashable {
    /// Octal as git writes it: 100644, 100755, 120000 (link), 160000 (submodule).
    let mode: String
    /// The object's id in hexadecimal, SHA-1 or SHA-256 as the repository has it.
    let object: String
    /// 0, or 1 to 3 in an unresolved merge.
    let stage: Int
    /// Marked "assume unchanged": git does not look at the file any more.
    let isAssumedUnchanged: Bool
    /// Outside the sparse checkout.
    let isSkipped: Bool
  }

  private(set) var entries: [RelativePath: Entry] = [:]
  private(set) var submodules: Set<RelativePath> = []
  /// The submodule that the root stands in, by its path below the top of the work tree.
  private(set) var enclosing: String?

  /// Reads the answer of `git ls-files -s -v -z`: `TAG MODE OBJECT STAGE<tab>PATH<nul>` each.
  ///
  /// Records that are not of that form are refused, since a path that was not understood must not
  /// pass for one that git does not know.
  ///
  /// - Parameter prefix: the root below the top of the work tree, empty or ending with a slash.
  init(listing: [UInt8], below prefix: String = "") throws(GitFailure) {
    for record in listing.split(separator: 0) {
      guard let tab = record.firstIndex(of: UInt8(ascii: "\t")) else {
        throw GitFailure(listing: record)
      }
      let fields = record[..<tab].split(separator: UInt8(ascii: " "))
        .map { String(decoding: $0, as: UTF8.self) }
      guard fields.count == 4, let stage = Int(fields[3]) else {
        throw GitFailure(listing: record)
      }
      let isSubmodule = fields[1] == "160000"
      let path = RelativePath(listed: String(decoding: record[(tab + 1)...], as: UTF8.self))
      if isSubmodule, let above = Self.folder(path.text, above: prefix) {
        enclosing = above
        continue
      }
      let entry = Entry(
        mode: fields[1], object: fields[2], stage: stage,
        isAssumedUnchanged: fields[0] != fields[0].uppercased(),
        isSkipped: fields[0].uppercased() == "S")
      entries[path] = entry
      if isSubmodule { submodules.insert(path) }
    }
  }

  /// What git calls `./`, `../`, `../../` from below the prefix `a/b/c/`: `a/b/c`, `a/b`, `a`.
  private static func folder(_ name: String, above prefix: String) -> String? {
    let steps = name == "./" ? 0 : name.split(separator: "/").count
    guard name == "./" || name.split(separator: "/").allSatisfy({ $0 == ".." }) else { return nil }
    return prefix.split(separator: "/").dropLast(steps).joined(separator: "/")
  }

  subscript(path: RelativePath) -> Entry? { entries[path] }

  /// True if a path's entry has the very bytes of a state, or both have nothing.
  func holds(_ state: FileState, at path: RelativePath) -> Bool {
    switch (state, self[path]) {
    case (.absent, nil): true
    case (.symlink(let target), let entry?):
      entry.object == GitObject.id(of: Array(target.utf8), like: entry.object)
    case (.regular(let file), let entry?):
      file.content.map { entry.object == GitObject.id(of: $0.decoded(), like: entry.object) }
        ?? false
    default: false
    }
  }

  /// The submodule that holds a path, if one does.
  func submodule(holding path: RelativePath) -> String? {
    if let enclosing { return enclosing }
    guard !submodules.isEmpty else { return nil }
    if submodules.contains(path) { return path.text }
    return path.ancestors.first { submodules.contains($0) }?.text
  }
}
