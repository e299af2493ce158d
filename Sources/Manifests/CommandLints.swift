import YAMLTree

/// Lints on commands: what makes a red test green, and what `sh` does not know.
public enum CommandLints {
  /// Where a command stands; only tests decide.
  public enum Role: Sendable { case setup, run, test, verify }

  /// A broken rule: its id, the place in the command, the message and the hint.
  typealias Fault = (String, Range<Int>, String, String)

  /// Everything to say about a command's text, at most once a rule.
  public static func findings(
    in command: String, shell: CommandSpec.Shell, role: Role
  ) -> [Finding] {
    let text = ShellText(command)
    let decides = role == .test || role == .verify
    var found: [Fault] = []
    let commands = simpleCommands(of: text.tokens)
    if shell == .sh {
      found += Bashisms.first(in: text.tokens).map { [$0] } ?? []
      found += hiddenByPipe(commands, command, decides)
    }
    if decides { found += alwaysGreen(commands) + lists(commands) }
    var seen: Set<String> = []
    let bytes = Array(command.utf8)
    return found.filter { seen.insert($0.0).inserted }.map { rule, range, message, hint in
      let before = bytes[..<range.lowerBound]
      let line = before.reduce(1) { $0 + ($1 == 0x0A ? 1 : 0) }
      let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      let column = before[lineStart...].reduce(1) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
      return Finding(
        decides && rule != "command-list" ? .error : .warning, rule, message, line: line,
        column: column,
        width: bytes[range].reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }, hint: hint)
    }
  }

  /// A simple command and the signs around it.
  struct Simple {
    var words: [ShellText.Token] = []
    /// The sign before it: `|`, `||`, `&&`, `;`, a newline …; nil at the beginning.
    var before: String?
    /// The sign after it; nil at the end.
    var after: String?

    private static let skipped: Set<String> = [
      "!", "{", "}", "then", "do", "else", "elif", "if", "while", "until", "time", "command",
      "exec", "env",
    ]

    /// The program's name: the first word that is no assignment and no keyword.
    var program: Substring {
      let word = words.first { token in
        !Self.skipped.contains(token.text) && !CommandLints.isAssignment(token.text)
      }
      guard let text = word?.text else { return "" }
      return text.split(separator: "/").last ?? ""
    }

    /// What it is called where it fails: `env`, `time` and `}` stand for themselves where no program
    /// follows them.
    var name: Substring {
      program.isEmpty ? Substring(words.last?.text ?? "") : program
    }

    var range: Range<Int> {
      (words.first?.range.lowerBound ?? 0)..<(words.last?.range.upperBound ?? 0)
    }
  }

  static func isAssignment(_ word: String) -> Bool {
    guard let equals = word.utf8.firstIndex(of: UInt8(ascii: "=")) else { return false }
    return Expansion.isName(String(word[..<equals]))
  }

  private static let separators: Set<String> = [
    "|", "|&", "||", "&&", ";", ";;", "&", "\n", "(", ")", "((",
  ]

  static func simpleCommands(of tokens: [ShellText.Token]) -> [Simple] {
    var result: [Simple] = []
    var current = Simple()
    var afterRedirection = false
    var cases = CasePatterns()
    for token in tokens {
      if cases.holds(token) { continue }
      if token.kind == .sign {
        guard separators.contains(token.text) else {
          afterRedirection = true
          continue
        }
        if current.words.isEmpty {
          // `cmd |` and the command on the next line are one pipe.
          if token.text != "\n" || current.before == nil { current.before = token.text }
        } else {
          current.after = token.text
          result.append(current)
          current = Simple(before: token.text)
        }
        afterRedirection = false
      } else if afterRedirection {
        afterRedirection = false
      } else {
        current.words.append(token)
      }
    }
    if !current.words.isEmpty { result.append(current) }
    return result
  }

  /// Programs that succeed, or answer for themselves, whatever came down the pipe.
  private static let deaf: Set<Substring> = [
    "tail", "head", "tee", "grep", "egrep", "fgrep", "rg", "cat", "less", "more", "sed", "awk",
    "sort", "uniq", "wc", "tr", "cut", "xargs", "nl", "column", "ts",
  ]
  /// Programs that cannot be red, so that a pipe from them hides nothing.
  private static let harmless: Set<Substring> = ["echo", "printf"]

  private static func hiddenByPipe(
    _ commands: [Simple], _ text: String, _ decides: Bool
  ) -> [Fault] {
    var source: Simple?
    for command in commands {
      if command.before != "|" { source = command }
      guard command.before == "|", command.after != "|", deaf.contains(command.program),
        let source, !harmless.contains(source.program)
      else { continue }
      return [
        (
          "command-pipe", command.range,
          "the pipe into '\(command.program)' hides a failure of '\(source.name)'",
          "add 'shell: bash' (its pipefail keeps the failure), or leave the pipe out: "
            + "mtor keeps the head and the tail of the output"
        )
      ]
    }
    return []
  }

  private static let green: Set<Substring> = ["true", ":", "echo", "printf"]

  /// `|| true`, a trailing `; echo`, a trailing `&`, and `set +e`.
  private static func alwaysGreen(
    _ commands: [Simple]
  ) -> [Fault] {
    var found: [Fault] = []
    for (index, command) in commands.enumerated() {
      let isLast = index == commands.count - 1
      let exitsZero = command.words.map(\.text) == ["exit", "0"]
      let isGreen = green.contains(command.program) || exitsZero
      if command.before == "||", isGreen, !leadsToFailure(commands[index...]) {
        found.append(
          (
            "command-always-green", command.range,
            "'|| \(command.program)' makes a failure pass",
            "leave it out; where a failure is what is wanted, say 'expect: {exit: nonzero}'"
          ))
      } else if isLast, index > 0, command.before == ";", isGreen {
        found.append(
          (
            "command-always-green", command.range,
            "'; \(command.program)' at the end answers for the command before it",
            "leave it out, or write '&& \(command.program)'"
          ))
      } else if isLast, command.after == "&" {
        found.append(
          (
            "command-always-green", command.range,
            "'&' at the end starts the command and does not wait for its result",
            "leave the '&' out"
          ))
      } else if command.words.map(\.text).starts(with: ["set", "+e"]) {
        found.append(
          (
            "command-always-green", command.range, "'set +e' lets failures pass",
            "leave it out, and write '|| exit 1' or 'expect:' where it matters"
          ))
      }
    }
    return found
  }

  /// `a && b` that is not the last line: `sh -e` does not stop where `a` fails.
  private static func lists(_ commands: [Simple]) -> [Fault] {
    var start: Int?
    for (index, command) in commands.enumerated().dropLast() {
      if command.after == "&&" {
        start = start ?? index
        continue
      }
      defer { start = nil }
      guard let first = start.map({ commands[$0] }), command.after == "\n" || command.after == ";",
        !["if", "elif", "while", "until", "[", "test", "[["].contains(first.words.first?.text)
      else { continue }
      return [
        (
          "command-list", first.range,
          "where '\(first.program)' fails, '&&' lets the lines after it run as if nothing was",
          "write the two commands on lines of their own"
        )
      ]
    }
    return []
  }

  /// True for `|| echo … && exit 1` and `|| { echo …; exit 1; }`: the message, then the failure.
  private static func leadsToFailure(_ rest: ArraySlice<Simple>) -> Bool {
    guard let first = rest.first, first.words.first?.text == "{" || first.after == "&&" else {
      return false
    }
    return rest.dropFirst().contains {
      let words = $0.words.map(\.text)
      return words.first == "false"
        || (words.first == "exit" || words.first == "return") && words.dropFirst().first != "0"
    }
  }
}
