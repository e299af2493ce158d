import Platform
import YAMLTree

/// A fence to be written.
struct MarkdownFence {
  let info: String
  /// Whole lines.
  let content: [UInt8]

  /// More tildes than any line of the content begins with, at least four.
  var length: Int {
    var longest = 3
    for line in Lines(content) {
      let text = line.bytes.drop { $0 == 0x20 }
      longest = max(longest, text.prefix { $0 == UInt8(ascii: "~") }.count)
    }
    return longest + 1
  }

  /// The fences that say some entries, in their order; neighbours that only go or move share one.
  static func all(_ entries: [FileEntry]) -> [MarkdownFence] {
    var fences: [MarkdownFence] = []
    var lines = ""
    func flush() {
      guard !lines.isEmpty else { return }
      fences.append(MarkdownFence(info: "files", content: Array(lines.utf8)))
      lines = ""
    }
    for entry in entries {
      if let line = line(entry) {
        lines += line + "\n"
      } else {
        flush()
        fences.append(fence(entry))
      }
    }
    flush()
    return fences
  }

  /// The line of a `files` fence; nil for an entry that says more than one can.
  private static func line(_ entry: FileEntry) -> String? {
    guard entry.optionPairs.isEmpty, let path = quoted(entry.path) else { return nil }
    func pair(_ verb: String, _ first: String, _ second: String) -> String? {
      guard let first = quoted(first), let second = quoted(second) else { return nil }
      return "\(verb) \(first) -> \(second)"
    }
    switch entry.action {
    case .delete: return "delete \(path)"
    case .deleteTree: return "delete_tree \(path)"
    case .move(let source, let edits) where edits.isEmpty:
      return pair("move", source, entry.path)
    case .moveTree(let source): return pair("move_tree", source, entry.path)
    case .symlink(let target): return pair("link", entry.path, target)
    default: return nil
    }
  }

  private static func quoted(_ path: String) -> String? {
    path == "->" ? "\"->\"" : FenceInfo.written(path)
  }

  private static func fence(_ entry: FileEntry) -> MarkdownFence {
    named(entry) ?? inYAML(entry)
  }

  /// A fence whose text is the content itself; nil where it cannot be.
  private static func named(_ entry: FileEntry) -> MarkdownFence? {
    guard var info = FenceInfo.written(entry.path).map({ " path=\($0)" }) else { return nil }
    for pair in entry.optionPairs {
      switch pair.value {
      case .plain("true"): info += " \(pair.key)"
      case .plain(let text), .text(let text):
        guard let written = FenceInfo.written(text) else { return nil }
        info += " \(pair.key)=\(written)"
      case .content, .list, .map: return nil
      }
    }
    switch entry.action {
    case .content(let text):
      var bytes = text.decoded()
      guard MarkdownText.canHold(bytes) else { return nil }
      if !bytes.isEmpty, bytes.last != 0x0A {
        bytes.append(0x0A)
        info += " eof=nonl"
      }
      return MarkdownFence(info: Language.name(of: entry.path) + info, content: bytes)
    case .edit(let edits):
      guard let blocks = SearchReplace.written(edits), MarkdownText.canHold(blocks) else {
        return nil
      }
      return MarkdownFence(info: "edit" + info, content: blocks)
    case .patch(let text):
      let bytes = text.decoded()
      guard bytes.last == 0x0A, MarkdownText.canHold(bytes) else { return nil }
      return MarkdownFence(info: "diff" + info, content: bytes)
    default: return nil
    }
  }

  private static func inYAML(_ entry: FileEntry) -> MarkdownFence {
    let path = FenceInfo.written(entry.path)
    var pairs = entry.actionPairs + entry.optionPairs
    if path == nil { pairs.insert(Tree.Pair("path", .text(entry.path)), at: 0) }
    return MarkdownFence(
      info: "yaml entry" + (path.map { " path=\($0)" } ?? ""),
      content: pairs.isEmpty ? Array("{}\n".utf8) : YAMLWriter.document(pairs))
  }
}

/// What may stand in a fence as it is.
enum MarkdownText {
  /// True for UTF-8 without controls, the rule for every manifest's text.
  static func canHold(_ bytes: [UInt8]) -> Bool {
    guard let text = String(validating: bytes, as: UTF8.self) else { return false }
    return !text.unicodeScalars.contains { scalar in
      switch scalar.value {
      case 0x09, 0x0A: false
      case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0xFFFE, 0xFFFF: true
      default: false
      }
    }
  }
}

/// What a fence calls a file's language; editors colour by it.
enum Language {
  private static let names: [String: String] = [
    "py": "python", "swift": "swift", "js": "js", "ts": "ts", "tsx": "tsx", "jsx": "jsx",
    "json": "json", "yaml": "yaml", "yml": "yaml", "toml": "toml", "md": "markdown", "c": "c",
    "h": "c", "cpp": "cpp", "hpp": "cpp", "rs": "rust", "go": "go", "java": "java", "kt": "kotlin",
    "rb": "ruby", "sh": "shell", "bash": "shell", "html": "html", "css": "css", "sql": "sql",
    "xml": "xml", "php": "php", "cs": "csharp", "txt": "text", "ini": "ini",
  ]

  /// The name by the path's ending, `text` for one that is not known.
  static func name(of path: String) -> String {
    let file = path.split(separator: "/").last ?? ""
    guard let dot = file.lastIndex(of: ".") else { return "text" }
    return names[file[file.index(after: dot)...].lowercased()] ?? "text"
  }
}

extension Manifest {
  /// The canonical form in Markdown, with the end mark.
  public var markdown: [UInt8] { MarkdownWriter.document(self) }

  /// The canonical form in a notation, with the end mark.
  public func written(in notation: Notation) -> [UInt8] {
    switch notation {
    case .yaml: yaml
    case .markdown: markdown
    }
  }
}
