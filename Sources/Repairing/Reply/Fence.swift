/// The opening line of a Markdown fence.
struct Fence {
  let sign: Character
  let length: Int
  /// What follows the signs.
  let info: String

  /// The first word of the info string, in lower case.
  var language: String {
    info.split { $0 == " " || $0 == "\t" || $0 == "{" }.first.map { $0.lowercased() } ?? ""
  }

  /// Nil for a line that opens none: at most three spaces, then at least three signs.
  init?(opening line: Substring) {
    let spaces = line.prefix { $0 == " " }
    let rest = line[spaces.endIndex...]
    guard spaces.count <= 3, let sign = rest.first, sign == "`" || sign == "~" else { return nil }
    let signs = rest.prefix { $0 == sign }
    let info = rest[signs.endIndex...].trimmed
    guard signs.count >= 3, sign == "~" || !info.contains("`") else { return nil }
    self.sign = sign
    length = signs.count
    self.info = info
  }

  /// True for a line of at least as many of the same signs and nothing else.
  func isClosed(by line: Substring) -> Bool {
    let text = line.trimmed
    return text.count >= length && text.allSatisfy { $0 == sign }
      && line.prefix { $0 == " " }.count <= 3
  }
}

/// Lines that do nothing but name a file: one that was shown, whatever its name is, or what looks like
/// a path.
struct PathLine {
  /// The files that a model was shown: their names are known also where they hold a space or no dot.
  let known: Set<String>

  /// `app/a.py`, `**app/a.py**`, `` `app/a.py` ``, `### app/a.py`, `File: app/a.py`, `path: …`.
  func path(in line: String) -> String? {
    if known.contains(line) { return line }
    var text = line[...]
    for mark in ["#", "-", "*", ">", "/"] where text.hasPrefix(mark + " ") || mark == "#" {
      text = text.drop { String($0) == mark || $0 == " " }
    }
    for word in ["file:", "path:", "filename:", "file path:"] {
      let plain = text.drop { $0 == "*" }
      if plain.lowercased().hasPrefix(word) { text = plain.dropFirst(word.count) }
    }
    text = text.trimmed[...]
    let wrapping: Set<Character> = ["*", "`", "\"", "'", ":", "<", ">"]
    while let first = text.first, wrapping.contains(first) { text = text.dropFirst() }
    while let last = text.last, wrapping.contains(last) { text = text.dropLast() }
    return isPath(text) ? String(text) : nil
  }

  /// `python app/a.py`, `path=app/a.py`, `app/a.py`, `python:app/a.py`, `title="a.py"`.
  func path(inInfo info: String) -> String? {
    // Words are looked at one by one below.
    let spaced = known.filter { $0.contains(where: \.isWhitespace) }
    if let path = spaced.filter({ info.contains($0) }).max(by: { $0.count < $1.count }) {
      return path
    }
    for word in info.split(whereSeparator: { " \t{},".contains($0) }) {
      var text = word
      for key in ["path=", "file=", "filename=", "title=", "name="] where text.hasPrefix(key) {
        text = text.dropFirst(key.count)
        let plain = text.drop { "\"'".contains($0) }.prefix { !"\"'".contains($0) }
        return plain.isEmpty ? nil : String(plain)
      }
      if let colon = text.firstIndex(of: ":") { text = text[text.index(after: colon)...] }
      if isPath(text) { return String(text) }
    }
    return nil
  }

  /// A file that was shown, or one word with a `/` or a short ending behind a dot, as no sentence has.
  private func isPath(_ text: Substring) -> Bool {
    if known.contains(String(text)), text.contains(where: { "/.".contains($0) }) { return true }
    guard !text.isEmpty, text.utf8.count <= 400, !text.contains(where: \.isWhitespace),
      !text.contains("://"), !text.hasSuffix("/"), !text.hasSuffix("."), !text.contains("(")
    else { return false }
    let name = text.split(separator: "/").last ?? text
    if ["Makefile", "Dockerfile", "Jenkinsfile", "CMakeLists.txt"].contains(String(name)) {
      return true
    }
    guard let dot = name.lastIndex(of: ".") else { return text.contains("/") }
    let ending = name[name.index(after: dot)...]
    return (1...10).contains(ending.count)
      && ending.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
  }
}

/// The paths of a diff's header lines.
enum DiffPath {
  /// Nil for `/dev/null`.
  static func path(_ text: Substring) -> String? {
    var path = text.split(separator: "\t").first.map { String($0).trimmed } ?? ""
    if path.hasPrefix("\""), path.hasSuffix("\""), path.count > 1 {
      path = String(path.dropFirst().dropLast())
    }
    if path == "/dev/null" { return nil }
    for side in ["a/", "b/"] where path.hasPrefix(side) { return String(path.dropFirst(2)) }
    return path
  }
}
