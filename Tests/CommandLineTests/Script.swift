/// A text script: what stands in a folder, what is typed there, what must come back.
///
/// ```
/// What the case shows, in a sentence or two.
///
/// === file greeting.txt
/// hello
/// === run
/// $ cat greeting.txt nothing
/// hello
/// cat: nothing: No such file or directory
/// [exit 1]
/// === tree
/// greeting.txt
/// ```
///
/// Sections happen in the order in which they stand. Commands are run by `sh`; standard output
/// and standard error come back as one text, in which run ids, times and folders are replaced by
/// `RUN`, `TIME`, `ROOT`, `HOME` and `REPOSITORY`. `[..]` stands for any text in a line, `[...]`
/// alone in a line for any lines. `tree` lists every file but git's own, with its mode where that
/// is not 644. A line that would be read as one of these begins with a backslash.
struct Script {
  struct Command {
    let line: String
    var output: [String]
    var exit: Int
  }

  enum Section {
    case file(path: String, lines: [String])
    case run([Command])
    case tree([String])
  }

  struct Malformed: Error { let line: Int, reason: String }

  var title: [String]
  var sections: [Section]

  init(_ text: String) throws {
    title = []
    sections = []
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    for (index, line) in lines.enumerated() {
      if line.hasPrefix("=== ") {
        sections.append(try Self.opening(line, at: index + 1))
      } else if sections.isEmpty {
        title.append(line)
      } else {
        try add(line, at: index + 1)
      }
    }
  }

  private static func opening(_ line: String, at number: Int) throws -> Section {
    switch line.dropFirst(4) {
    case "run": return .run([])
    case "tree": return .tree([])
    case let rest where rest.hasPrefix("file "):
      return .file(path: String(rest.dropFirst(5)), lines: [])
    default: throw Malformed(line: number, reason: "no such section: \(line)")
    }
  }

  private mutating func add(_ line: String, at number: Int) throws {
    let plain = line.hasPrefix("\\") ? String(line.dropFirst()) : line
    switch sections.removeLast() {
    case .file(let path, let lines): sections.append(.file(path: path, lines: lines + [plain]))
    case .tree(let lines): sections.append(.tree(lines + [plain]))
    case .run(var commands):
      if line.hasPrefix("$ ") {
        commands.append(Command(line: String(line.dropFirst(2)), output: [], exit: 0))
      } else if commands.isEmpty {
        throw Malformed(line: number, reason: "output before the first command")
      } else if line.hasPrefix("[exit "), let code = Int(line.dropFirst(6).dropLast()) {
        commands[commands.count - 1].exit = code
      } else {
        commands[commands.count - 1].output.append(plain)
      }
      sections.append(.run(commands))
    }
  }

  /// The script as it is written in a file; what `init` reads back.
  var text: String {
    var lines = title
    for section in sections {
      switch section {
      case .file(let path, let content):
        lines.append("=== file \(path)")
        lines += content.map(Self.escaped)
      case .tree(let names):
        lines.append("=== tree")
        lines += names.map(Self.escaped)
      case .run(let commands):
        lines.append("=== run")
        for command in commands {
          lines.append("$ \(command.line)")
          lines += command.output.map(Self.escaped)
          if command.exit != 0 { lines.append("[exit \(command.exit)]") }
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func escaped(_ line: String) -> String {
    let special = ["=== ", "$ ", "[exit ", "\\"].contains { line.hasPrefix($0) }
    return special ? "\\" + line : line
  }
}

extension Script {
  /// True where the lines are the expected ones, `[..]` and `[...]` being what they stand for.
  static func matches(_ expected: some Collection<String>, _ actual: some Collection<String>)
    -> Bool
  {
    guard let first = expected.first else { return actual.isEmpty }
    let rest = expected.dropFirst()
    if first == "[...]" {
      return (0...actual.count).contains { matches(rest, actual.dropFirst($0)) }
    }
    guard let line = actual.first, matches(line: first, line) else { return false }
    return matches(rest, actual.dropFirst())
  }

  private static func matches(line expected: String, _ actual: String) -> Bool {
    let parts = expected.split(separator: "[..]", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return expected == actual }
    guard actual.hasPrefix(parts[0]) else { return false }
    var rest = actual.dropFirst(parts[0].count)
    for part in parts.dropFirst().dropLast() {
      guard let range = rest.firstRange(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return rest.hasSuffix(parts[parts.count - 1])
  }
}
