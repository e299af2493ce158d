import Platform
import YAMLTree

extension ManifestReader {
  /// The keys that say what an entry does; an entry has exactly one of them, but `move_from` may
  /// be combined with `edit`.
  static let actionKeys = [
    "content", "base64", "from", "edit", "patch", "delete", "delete_tree", "move_from",
    "move_tree", "symlink",
  ]
  private static let optionKeys = [
    "executable", "mode", "sha256", "bytes", "lines", "elision", "markers", "was", "eol", "expand",
    "frozen", "when",
  ]

  private static let fileKeys = ["path"] + actionKeys + optionKeys

  /// What each action may be combined with, besides `was`, `frozen` and `when`.
  private static let combinations: [String: Set<String>] = [
    "content": [
      "executable", "mode", "sha256", "bytes", "lines", "elision", "markers", "eol", "expand",
    ],
    "base64": ["executable", "mode", "sha256", "bytes", "lines", "elision", "markers"],
    "from": [
      "executable", "mode", "sha256", "bytes", "lines", "elision", "markers", "eol", "expand",
    ],
    "edit": ["executable", "mode", "sha256", "bytes", "lines", "elision", "markers"],
    "patch": ["executable", "mode", "sha256", "bytes", "lines", "elision", "markers"],
    "move_from": ["executable", "mode", "sha256", "bytes", "lines", "elision", "markers"],
    "delete": [], "delete_tree": [], "move_tree": [], "symlink": [],
    "attributes": ["executable", "mode", "sha256", "bytes", "lines"],
  ]

  func fileEntry(_ node: Node) -> FileEntry? {
    guard let fields = Fields(node, "a file", known: Self.fileKeys, diagnostics) else {
      return nil
    }
    let pathNode = fields.required("path")
    let path = pathNode.flatMap { self.path($0, "the path") } ?? ""
    let name = actionName(fields)
    let actionNode = name.flatMap { fields[$0] }
    let action = name.flatMap { self.action($0, fields, path: path) }
    var entry = FileEntry(
      path: path, action: action ?? .attributes, mark: pathNode?.start ?? node.start,
      actionMark: actionNode?.start ?? node.start)
    // Most entries have a path and an action, and no options.
    if fields.count > 2 || actionNode == nil {
      readOptions(fields, &entry)
      if let name { checkCombination(name, fields) }
    }
    guard pathNode != nil, action != nil, !path.isEmpty else { return nil }
    checkContent(&entry, actionNode, isBase64: name == "base64")
    return entry
  }

  /// The one key that says what the entry does; nil where there is none or there are several,
  /// which was reported.
  private func actionName(_ fields: Fields) -> String? {
    let present = fields.present(of: Self.actionKeys)
    if present.count == 1 { return present[0] }
    if present.sorted() == ["edit", "move_from"] { return "move_from" }
    if present.isEmpty {
      if fields.has("executable") || fields.has("mode") { return "attributes" }
      // A misspelt key was reported already, and is most likely the one that is missing.
      if fields.hasUnknownKeys { return nil }
      diagnostics.error(
        "file-action", "the entry does not say what happens to the file", at: fields.node.start,
        hint: "add one of: " + Self.actionKeys.joined(separator: ", "))
      return nil
    }
    diagnostics.error(
      "file-action", "the entry has both '\(present[0])' and '\(present[1])'",
      at: fields.mark(of: present[1]), width: present[1].utf8.count,
      notes: [.init("'\(present[0])' stands here", at: fields.mark(of: present[0]))],
      hint: "an entry does one thing: keep one of the two")
    return nil
  }

  private func checkCombination(_ name: String, _ fields: Fields) {
    let allowed = Self.combinations[name] ?? []
    for key in fields.present(of: Self.optionKeys) where !allowed.contains(key) {
      if ["was", "frozen", "when"].contains(key) { continue }
      diagnostics.error(
        "key-combination", "'\(key)' has no meaning beside '\(name)'", at: fields.mark(of: key),
        width: key.utf8.count, hint: "remove '\(key)'")
    }
    if ["delete_tree", "move_tree"].contains(name), fields.has("was") {
      diagnostics.error(
        "key-combination", "'was' speaks of one file, '\(name)' of a folder",
        at: fields.mark(of: "was"), width: 3, hint: "remove 'was'")
    }
    if fields.has("mode"), fields.has("executable") {
      diagnostics.error(
        "key-combination", "'mode' and 'executable' say the same thing twice",
        at: fields.mark(of: "executable"), width: 10, hint: "keep one of the two")
    }
  }

  private func action(_ name: String, _ fields: Fields, path: String) -> FileEntry.Action? {
    guard let node = fields[name] else { return .attributes }
    switch name {
    case "content": return content(node)
    case "base64": return base64(node)
    case "from": return self.path(node, "'from'").map { .from($0) }
    case "edit": return edits(node).map { .edit($0) }
    case "patch": return patch(node, for: path)
    case "delete": return flag(node, name) ? .delete : nil
    case "delete_tree": return flag(node, name) ? .deleteTree : nil
    case "symlink": return symlink(node, at: path).map { .symlink(target: $0) }
    case "move_tree": return source(node, name, of: path).map { .moveTree(from: $0) }
    default:
      let edits = fields["edit"].map { self.edits($0) } ?? []
      guard let source = source(node, name, of: path), let edits else { return nil }
      return .move(from: source, edits: edits)
    }
  }

  private func content(_ node: Node) -> FileEntry.Action? {
    guard let text = reader.content(node, "'content'") else { return nil }
    guard text.count <= options.limits.file else {
      diagnostics.error(
        "file-size",
        "the content has \(text.count) bytes, more than \(Limits.words(options.limits.file))",
        at: node.start, hint: "raise 'limits: {file: …}' in the configuration")
      return nil
    }
    return .content(text)
  }

  private func base64(_ node: Node) -> FileEntry.Action? {
    guard let text = reader.content(node, "'base64'") else { return nil }
    let bytes = text.decoded()
    do throws(Base64.Fault) {
      let decoded = try Base64.decode(bytes)
      guard decoded.count <= options.limits.file else {
        diagnostics.error(
          "file-size",
          "the file has \(decoded.count) bytes, more than \(Limits.words(options.limits.file))",
          at: node.start, hint: "raise 'limits: {file: …}' in the configuration")
        return nil
      }
      return .content(Text(decoded))
    } catch {
      let before = bytes[..<min(error.offset, bytes.count)]
      let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      let finding = Finding(
        .error, "base64", "the base64 is not valid: \(error.message)",
        line: before.reduce(1) { $0 + ($1 == 0x0A ? 1 : 0) }, column: before.count - start + 1,
        hint: "write it as 'base64 FILE' prints it, padding included")
      diagnostics.add(finding.diagnostic(in: diagnostics.source, at: node.start))
      return nil
    }
  }

  /// A patch, held to its rules here so that `check` says what is wrong with it too.
  private func patch(_ node: Node, for path: String) -> FileEntry.Action? {
    guard let text = reader.content(node, "'patch'") else { return nil }
    let isKnown = !path.isEmpty && !Expansion.stands(in: path)
    switch FilePatch.read(text.decoded(), for: isKnown ? path : nil) {
    case .success: return .patch(text)
    case .failure(let faults):
      for fault in faults.all {
        diagnostics.add(fault.diagnostic(in: diagnostics.source, at: node.start))
      }
      return nil
    }
  }

  /// `delete: true`; false says nothing.
  private func flag(_ node: Node, _ name: String) -> Bool {
    guard let value = reader.bool(node, "'\(name)'") else { return false }
    if !value {
      diagnostics.error(
        "file-action", "'\(name): false' says nothing", at: node,
        hint: "remove the entry, or write '\(name): true'")
    }
    return value
  }

  private func source(_ node: Node, _ name: String, of path: String) -> String? {
    guard let source = self.path(node, "'\(name)'") else { return nil }
    let inside = source.hasPrefix(path + "/") || path.hasPrefix(source + "/")
    if source == path || name == "move_tree" && inside {
      diagnostics.error(
        "move-itself",
        "'\(Excerpt.short(source))' cannot move "
          + (source == path ? "to itself" : "into or out of itself"), at: node,
        hint: "name another path")
      return nil
    }
    return source
  }

  private func symlink(_ node: Node, at path: String) -> String? {
    guard let target = reader.text(node, "'symlink'") else { return nil }
    if Expansion.stands(in: target) || Expansion.stands(in: path) {
      checkParameters(target, node)
      return target
    }
    if let fault = SymlinkTarget.fault(target, at: path) {
      diagnostics.error(fault.rule, fault.message, at: node, hint: fault.hint)
      return nil
    }
    return target
  }
}
