/// What bash knows and `sh` does not.
enum Bashisms {
  /// The first one, as a broken rule.
  static func first(in tokens: [ShellText.Token]) -> (String, Range<Int>, String, String)? {
    var atCommand = true
    for (index, token) in tokens.enumerated() {
      if token.kind == .sign {
        if let what = signs[token.text], token.text != "((" || atCommand {
          return finding(what, token.range)
        }
        atCommand = ["|", "||", "&&", ";", "&", "\n", "("].contains(token.text)
        continue
      }
      if atCommand, let what = command(token.text, next: tokens.dropFirst(index + 1)) {
        return finding(what, token.range)
      }
      if let what = expansion(in: token.text) { return finding(what, token.range) }
      atCommand = atCommand && (keywords.contains(token.text) || isAssignment(token.text))
    }
    return nil
  }

  private static func finding(
    _ what: String, _ range: Range<Int>
  ) -> (String, Range<Int>, String, String) {
    (
      "command-bashism", range, "\(what) is bash; this command is run by sh",
      "add 'shell: bash' to the command, or write it for sh"
    )
  }

  private static let signs = [
    "<<<": "the here-string '<<<'", "&>": "'&>'", "&>>": "'&>>'", "|&": "'|&'",
    "<(": "the substitution '<(…)'", ">(": "the substitution '>(…)'",
    "((": "the arithmetic command '((…))'",
  ]

  private static let keywords: Set<String> = [
    "!", "{", "if", "then", "else", "elif", "do", "while", "until", "time",
  ]

  private static let commands: Set<String> = [
    "[[", "function", "source", "pushd", "popd", "shopt", "declare", "typeset", "let", "select",
    "mapfile", "readarray", "coproc", "enable", "disown",
  ]

  private static func isAssignment(_ word: String) -> Bool { CommandLints.isAssignment(word) }

  private static func command(_ word: String, next: ArraySlice<ShellText.Token>) -> String? {
    if commands.contains(word) { return "'\(word)'" }
    let words = next.prefix { $0.kind == .word }.map(\.text)
    switch word {
    case "[", "test": return words.contains("==") ? "'==' in '\(word)'" : nil
    case "echo":
      let options = ["-e", "-ne", "-en", "-E"]
      return words.first.map(options.contains) == true ? "'echo \(words[0])'" : nil
    case "set":
      return words.contains("pipefail") ? "'set -o pipefail'" : nil
    case "trap": return words.last.map(["ERR", "DEBUG"].contains) == true ? "'trap … ERR'" : nil
    case "read":
      let option = words.first { ["-a", "-d", "-n", "-p", "-s", "-t"].contains($0) }
      return option.map { "'read \($0)'" }
    case "export", "local": return words.contains { $0.contains("=(") } ? "an array" : nil
    default:
      if word.hasSuffix(")"), let equals = word.firstIndex(of: "="),
        word[word.index(after: equals)...].hasPrefix("("),
        Expansion.isName(String(word[..<equals].drop { $0 == "+" }))
      {
        return "an array"
      }
      return nil
    }
  }

  /// Expansions that only bash makes: `$'…'`, `{1..9}`, `${x^^}`, `${x//a/b}`, `${x:1:2}`,
  /// `${x[0]}`, `${!x}`.
  private static func expansion(in word: String) -> String? {
    let bytes = Array(word.utf8)
    var index = 0
    var inDouble = false
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\\"): index += 1
      case UInt8(ascii: "'") where !inDouble:
        index = bytes[(index + 1)...].firstIndex(of: UInt8(ascii: "'")) ?? bytes.count
      case UInt8(ascii: "\""): inDouble.toggle()
      case UInt8(ascii: "$") where index + 1 < bytes.count:
        if bytes[index + 1] == UInt8(ascii: "'") && !inDouble { return "the quotes \"$'…'\"" }
        if bytes[index + 1] == UInt8(ascii: "("), index + 2 < bytes.count {
          // What stands in a substitution is another command.
          return nil
        }
        if bytes[index + 1] == UInt8(ascii: "{") {
          let end = bytes[index...].firstIndex(of: UInt8(ascii: "}")) ?? bytes.count
          if let what = parameter(bytes[(index + 2)..<max(end, index + 2)]) { return what }
          index = end
        }
      case UInt8(ascii: "{") where !inDouble:
        // A range is short; looking no further keeps a word of a million braces linear.
        let near = bytes[index..<min(index + 64, bytes.count)]
        if let end = near.firstIndex(of: UInt8(ascii: "}")), isRange(bytes[index..<end]) {
          return "the range '{a..b}'"
        }
      default: break
      }
      index += 1
    }
    return nil
  }

  private static func isRange(_ text: ArraySlice<UInt8>) -> Bool {
    let text = String(decoding: text.dropFirst(), as: UTF8.self)
    guard let dots = text.firstRange(of: "..") else { return false }
    let (low, high) = (text[..<dots.lowerBound], text[dots.upperBound...])
    let isEnd = { (end: Substring) in Int(end) != nil || end.utf8.count == 1 }
    return isEnd(low) && isEnd(high)
  }

  private static func parameter(_ text: ArraySlice<UInt8>) -> String? {
    if text.first == UInt8(ascii: "!") { return "'${!…}'" }
    let name = text.prefix {
      0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 || $0 == UInt8(ascii: "_")
    }
    guard !name.isEmpty else { return nil }
    let rest = text.dropFirst(name.count)
    switch rest.first {
    case UInt8(ascii: "^")?, UInt8(ascii: ",")?: return "a change of case ('${x^^}')"
    case UInt8(ascii: "/")?: return "the replacement '${x/a/b}'"
    case UInt8(ascii: "[")?: return "an array"
    case UInt8(ascii: "@")?: return "'${x@…}'"
    case UInt8(ascii: ":")?:
      let next = rest.dropFirst().first
      return next.map { "-=?+".utf8.contains($0) } == true ? nil : "the part '${x:1:2}'"
    default: return nil
    }
  }
}
