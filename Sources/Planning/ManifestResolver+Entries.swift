import Glibc
import Manifests
import Platform
import YAMLTree

extension ManifestResolver {
  /// An entry with its texts expanded; nil where a path breaks a rule.
  func resolve(_ file: FileEntry) -> ResolvedEntry? {
    guard let path = target(file.path, at: file.mark) else { return nil }
    var entry = file
    entry.path = path.text
    var (source, copied): (RelativePath?, RelativePath?) = (nil, nil)
    var patch: FilePatch?
    switch file.action {
    case .content(let text):
      if file.expands {
        let bytes = parameters.expand(text.decoded(), at: file.actionMark, diagnostics)
        entry.action = .content(Text(bytes))
        entry.expands = false
      }
    case .from(let text):
      guard let bytes = read(text, for: file) else { return nil }
      entry.action = .content(Text(bytes))
      entry.expands = false
    case .symlink(let text):
      let target = expand(text, at: file.actionMark)
      guard check(target, of: path, at: file.actionMark) else { return nil }
      entry.action = .symlink(target: target)
    case .move(let text, let edits):
      guard let from = target(text, at: file.actionMark) else { return nil }
      source = from
      entry.action = .move(from: from.text, edits: edits)
    case .moveTree(let text):
      guard let from = target(text, at: file.actionMark) else { return nil }
      source = from
      entry.action = .moveTree(from: from.text)
    case .patch(let text):
      guard let resolved = resolve(text, into: &entry, at: path) else { return nil }
      (patch, source, copied) = resolved
    case .edit, .delete, .deleteTree, .attributes: break
    }
    var condition: ResolvedCondition?
    if let written = file.condition {
      condition = self.condition(written, at: file.mark)
      if condition == nil { return nil }
    }
    checkItself(entry)
    return ResolvedEntry(
      entry: entry, path: path, source: source, condition: condition, patch: patch,
      copied: copied)
  }

  /// Reads a patch. One that makes a file or a link is a content or a link from then on.
  private func resolve(
    _ text: Text, into entry: inout FileEntry, at path: RelativePath
  ) -> (patch: FilePatch?, source: RelativePath?, copied: RelativePath?)? {
    let mark = entry.actionMark
    let patch: FilePatch
    switch FilePatch.read(text.decoded(), for: path.text) {
    case .success(let read): patch = read
    case .failure(let faults):
      for fault in faults.all {
        diagnostics.add(fault.diagnostic(in: diagnostics.source, at: mark))
      }
      return nil
    }
    if entry.isExecutable == nil, entry.mode == nil { entry.isExecutable = patch.isExecutable }
    switch patch.kind {
    case .modify, .delete: return (patch, nil, nil)
    case .rename(let from):
      guard let source = target(from, at: mark) else { return nil }
      return (patch, source, nil)
    case .copy(let from):
      guard let source = self.path(from, at: mark) else { return nil }
      return (patch, nil, source)
    case .create:
      if entry.before == nil { entry.before = .absent }
      if patch.newMode == 0o120000 {
        let target = String(decoding: patch.content, as: UTF8.self)
        guard check(target, of: path, at: mark) else { return nil }
        entry.action = .symlink(target: target)
      } else {
        entry.action = .content(Text(patch.content))
      }
      return (nil, nil, nil)
    }
  }

  /// Reads the file of a `from` beneath the folder of the manifest.
  private func read(_ text: String, for file: FileEntry) -> [UInt8]? {
    guard let path = path(text, at: file.actionMark) else { return nil }
    func fault(_ message: String, _ hint: String) -> [UInt8]? {
      diagnostics.error("from-unreadable", message, at: file.actionMark, hint: hint)
      return nil
    }
    guard let sources = options.sources else {
      return fault(
        "'\(path)' cannot be read: \(options.sourcesFault ?? "no folder is given")",
        "let the manifest's folder be listed, or write the content out")
    }
    do {
      let bytes = try sources.bytes(of: path, limit: options.fileLimit)
      return file.expands ? parameters.expand(bytes, at: file.actionMark, diagnostics) : bytes
    } catch {
      switch error.code {
      case ENOENT:
        return fault(
          "'\(path)' does not exist beside the manifest",
          "'from' is relative to the manifest's folder")
      case ELOOP:
        return fault(
          "'\(path)' is or leads through a symbolic link", "name the file itself")
      case EFBIG:
        return fault("'\(path)' is larger than \(options.fileLimit) bytes", "raise 'limits.file'")
      default: return fault("'\(path)' cannot be read: \(error.reason)", "name a regular file")
      }
    }
  }

  /// A link's target is relative and stays in the root; it need not exist.
  private func check(_ target: String, of path: RelativePath, at mark: Mark) -> Bool {
    if ExecutionGrants.changesGit(path) {
      diagnostics.error(
        "symlink-git", "'\(path)' may not be a link: git reads it as a file", at: mark,
        hint: "write the file itself")
      return false
    }
    guard let fault = SymlinkTarget.fault(target, at: path.text) else { return true }
    diagnostics.error(fault.rule, fault.message, at: mark, hint: fault.hint)
    return false
  }

  /// What an entry says of its own bytes, once these are known.
  private func checkItself(_ entry: FileEntry) {
    // What the tree has a say in is checked when it is planned.
    guard entry.checksItself, entry.endOfLine != .keep, case .content(let text) = entry.action
    else { return }
    let bytes = text.decoded()
    let result = entry.endOfLine == .crlf ? bytes.withCRLF : bytes
    for finding in SelfCheck.findings(in: result, entry) {
      diagnostics.report(
        finding.severity, finding.rule, finding.message, at: entry.actionMark, hint: finding.hint)
    }
  }

  /// No path twice in a step, none both file and folder, none that differs only in case.
  func check(_ entries: [ResolvedEntry], _ names: inout DeclaredNames) {
    var marks: [RelativePath: Mark] = [:]
    var standing: [(path: RelativePath, mark: Mark)] = []
    func add(_ path: RelativePath, at mark: Mark) {
      if let first = marks[path] {
        diagnostics.error(
          "path-twice", "'\(path)' is named twice in this step", at: mark,
          notes: [Diagnostic.Note("first at line \(first.line)", at: first)],
          hint: "write one entry, or put the second one into a later step")
      } else {
        marks[path] = mark
      }
    }
    marks.reserveCapacity(entries.count)
    names.reserve(entries.count)
    for entry in entries {
      add(entry.path, at: entry.entry.mark)
      if let source = entry.source { add(source, at: entry.entry.actionMark) }
      guard !entry.isRemoval else { continue }
      names.add(entry.path, at: entry.entry.mark, diagnostics)
      standing.append((entry.path, entry.entry.mark))
    }
    let folders = Self.folders(of: standing.map(\.path))
    for (path, mark) in standing where folders[path] != nil && !isTree(path, entries) {
      diagnostics.error(
        "path-kind",
        "'\(path)' is declared as a file and, by '\(folders[path] ?? path)', as a folder",
        at: mark, hint: "rename one of them")
    }
  }

  /// Every folder above the paths, each with a path in it; each folder is met once.
  private static func folders(of paths: [RelativePath]) -> [RelativePath: RelativePath] {
    var folders: [RelativePath: RelativePath] = [:]
    for path in paths {
      var above = path.parent
      while let folder = above, folders[folder] == nil {
        folders[folder] = path
        above = folder.parent
      }
    }
    return folders
  }

  private func isTree(_ path: RelativePath, _ entries: [ResolvedEntry]) -> Bool {
    entries.contains { entry in
      guard entry.path == path, case .moveTree = entry.entry.action else { return false }
      return true
    }
  }
}
