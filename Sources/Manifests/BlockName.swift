import Platform
import YAMLTree

/// The file that a block of Markdown names, and where it does.
struct BlockName: Equatable {
  let path: String
  /// In the words of a remark, such as `by path=`.
  let place: String

  // MARK: In the info string

  private static let keys = ["path", "file", "filename", "title", "name", "tangle"]

  /// `python path=a.py`, `title="a.py"`, `{.python file=a.py}`, `python:a/b.py`, `python a/b.py`,
  /// `a/b.py`.
  static func inInfo(_ info: String) -> BlockName? {
    var text = info[...]
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    if text.hasPrefix("{"), text.hasSuffix("}") { text = text.dropFirst().dropLast() }
    // `python {file=a.py}`
    let plain = String(text).replacing("{", with: " ").replacing("}", with: " ")
    let parts = FenceInfo(plain, at: .init(line: 1, column: 1)).parts
    for key in keys {
      if let part = parts.first(where: { $0.key == key }), !part.text.isEmpty {
        return BlockName(path: withoutDot(part.text), place: "by \(key)=")
      }
    }
    let words = parts.filter { $0.key == nil && !$0.text.hasPrefix(".") }.map(\.text)
    if let first = words.first, let colon = first.firstIndex(of: ":") {
      let rest = String(first[first.index(after: colon)...])
      if isPath(rest) { return BlockName(path: withoutDot(rest), place: "behind its language") }
    }
    if let word = words.prefix(2).last(where: isPath) {
      return BlockName(path: withoutDot(word), place: "in its first line")
    }
    return nil
  }

  // MARK: On the line before

  /// `### a.py`, `**a.py**`, a name in backticks, `File: a.py`, `a/b.py:`.
  static func inLine(_ line: String) -> BlockName? {
    var text = line[...]
    func trim() {
      while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
      while let last = text.last, last == " " || last == "\t" || last == ":" { text.removeLast() }
    }
    trim()
    var place = "on the line before"
    if text.hasPrefix("#") {
      place = "by the heading before"
      while text.last == "#" { text.removeLast() }
      while text.first == "#" { text.removeFirst() }
      trim()
    }
    let quoted = inBackticks(text).filter(isPath)
    if quoted.count == 1 {
      return BlockName(path: withoutDot(quoted[0]), place: place + ", in backticks")
    }
    if quoted.count > 1 { return nil }
    if text.hasPrefix("- ") || text.hasPrefix("* ") { text = text.dropFirst(2) }
    text = text.drop { $0 == ">" || $0 == " " }
    if let dot = text.firstIndex(of: "."), text[..<dot].allSatisfy(\.isNumber),
      dot > text.startIndex,
      text[text.index(after: dot)...].hasPrefix(" ")
    {
      text = text[text.index(after: dot)...]
      trim()
    }
    var word = String(text)
    if word.contains("**") || word.hasPrefix("__") {
      place += ", in bold"
      word = word.replacing("**", with: "").replacing("__", with: "")
    }
    var isLabelled = false
    for label in ["file name", "filename", "file path", "filepath", "file", "path"] {
      let start = word.prefix(label.count + 1).lowercased()
      if start == label + ":" || start == label + " " {
        isLabelled = start == label + ":"
        word = String(word.dropFirst(label.count + 1))
        break
      }
    }
    while let first = word.first, first == " " || first == ":" { word.removeFirst() }
    while let last = word.last, last == " " || last == ":" { word.removeLast() }
    guard isPath(word), isLabelled || !isAlternative(word) else { return nil }
    return BlockName(path: withoutDot(word), place: place)
  }

  /// True for the name of a diff, whose block is its content.
  var isOfDiff: Bool { path.hasSuffix(".diff") || path.hasSuffix(".patch") }

  private static let shells: Set<String> = [
    "sh", "bash", "zsh", "shell", "console", "terminal", "shell-session", "sh-session",
    "shellsession",
  ]

  /// False for commands below a sentence about a file that is no script.
  func isInLanguage(_ language: String) -> Bool {
    guard Self.shells.contains(language) else { return true }
    let name = path.split(separator: "/").last ?? ""
    guard !name.hasPrefix("."), let dot = name.lastIndex(of: ".") else { return true }
    return ["sh", "bash", "zsh", "ksh", "bats", "command", "env"].contains(
      name[name.index(after: dot)...])
  }

  private static func inBackticks(_ text: Substring) -> [String] {
    let parts = text.split(separator: "`", omittingEmptySubsequences: false)
    guard parts.count % 2 == 1 else { return [] }
    return stride(from: 1, to: parts.count, by: 2).map { String(parts[$0]) }
  }

  // MARK: In a comment

  private static let comments: [(open: String, close: String)] = [
    ("<!--", "-->"), ("/*", "*/"), ("//", ""), ("--", ""), ("#", ""), (";", ""), ("%", ""),
  ]

  /// `# a.py`, `// file: a.js`, `<!-- a.html -->`, `/* a.css */`: nothing but the name.
  static func inComment(_ line: String) -> BlockName? {
    guard !line.hasPrefix("#!") else { return nil }
    for (open, close) in comments where line.hasPrefix(open) && line.hasSuffix(close) {
      let inner = line.dropFirst(open.count).dropLast(close.count)
      guard let name = inLine(String(inner)) else { return nil }
      return BlockName(path: name.path, place: "by the comment on its first line")
    }
    return nil
  }

  // MARK: What is a path

  private static let known: Set<String> = [
    "Makefile", "Dockerfile", "LICENSE", "README", "CHANGELOG", "Gemfile", "Rakefile", "Procfile",
    "Justfile", "Vagrantfile", "CMakeLists.txt", ".gitignore", ".gitattributes", ".editorconfig",
    ".env", ".dockerignore",
  ]

  /// True for a text that is written as paths are: one word with a folder or an ending.
  static func isPath(_ text: String) -> Bool {
    let path = withoutDot(text)
    guard !path.isEmpty, !path.contains("://"), path.utf8.last != UInt8(ascii: "/"),
      path.unicodeScalars.allSatisfy({ scalar in
        !Printable.isUnsafe(scalar) && !" \t`*\"'<>|(){}[],;=".unicodeScalars.contains(scalar)
      })
    else { return false }
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    if known.contains(name) || path.contains("/") { return true }
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return false }
    let ending = name[name.index(after: dot)...]
    return (1...10).contains(ending.utf8.count)
      && ending.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) }
      && !ending.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// Where files without an ending lie.
  private static let folders: Set<String> = [
    "bin", "sbin", "libexec", "script", "scripts", "tools", "hack", "ci", "etc", "hooks", "src",
  ]

  /// True for words such as `Input/Output`, which name no file unless something says that they do.
  private static func isAlternative(_ path: String) -> Bool {
    let parts = path.split(separator: "/")
    guard parts.count > 1, let first = parts.first, let last = parts.last else { return false }
    return !path.hasPrefix("./") && !path.hasPrefix("/") && !last.contains(".")
      && !first.hasPrefix(".") && !known.contains(String(last)) && !folders.contains(String(first))
  }

  private static func withoutDot(_ path: String) -> String {
    path.hasPrefix("./") ? String(path.dropFirst(2)) : path
  }
}
