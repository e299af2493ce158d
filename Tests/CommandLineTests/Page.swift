/// A Markdown document whose blocks are run, so that what it shows is what happens.
///
/// A block below a line that ends with a name in backticks and a colon is that file; a block of
/// `console` holds command lines and what they print; every other block is for the reader alone.
/// The output is written as a person sees it: times and ids of runs are of one day, and the folder
/// is `/home/ada/project`.
struct Page {
  /// Lines between two fences, or one fenced block.
  enum Part {
    case text([String])
    case block(fence: String, info: String, lines: [String])
  }

  /// What stands below one heading, by the places of its parts.
  struct Chapter {
    var title: String
    var parts: [Int]
  }

  var parts: [Part] = []

  init(_ text: String) {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    var plain: [String] = []
    var open: (fence: String, info: String, lines: [String])?
    for line in lines {
      if let block = open {
        if line == block.fence {
          parts.append(.block(fence: block.fence, info: block.info, lines: block.lines))
          open = nil
        } else {
          open?.lines.append(line)
        }
        continue
      }
      let fence = String(line.prefix { $0 == "`" })
      if fence.count >= 3 {
        parts.append(.text(plain))
        plain = []
        open = (fence, String(line.dropFirst(fence.count)), [])
      } else {
        plain.append(line)
      }
    }
    parts.append(.text(plain))
  }

  /// The document as it is written in a file; what `init` reads back.
  var text: String {
    var lines: [String] = []
    for part in parts {
      switch part {
      case .text(let plain): lines += plain
      case .block(let fence, let info, let body): lines += [fence + info] + body + [fence]
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The parts below each heading of the second level; a text with such a heading begins one.
  var chapters: [Chapter] {
    var chapters = [Chapter(title: "", parts: [])]
    for (index, part) in parts.enumerated() {
      chapters[chapters.count - 1].parts.append(index)
      guard case .text(let lines) = part else { continue }
      for line in lines where line.hasPrefix("## ") {
        chapters.append(Chapter(title: String(line.dropFirst(3)), parts: [index]))
      }
    }
    return chapters
  }

  /// The name that a text gives to the block behind it, as in "The manifest, `a.yaml`:".
  static func name(givenBy text: [String]) -> String? {
    guard let last = text.last(where: { !$0.isEmpty }), last.hasSuffix("`:") else { return nil }
    return last.split(separator: "`").dropLast().last.map(String.init)
  }

  /// The command lines of a `console` block with what they print. A line of a plan begins with
  /// `$` and several spaces: it is output.
  static func commands(in lines: [String]) -> [Script.Command] {
    var commands: [Script.Command] = []
    for line in lines {
      if line.hasPrefix("$ ") && !line.hasPrefix("$  ") {
        commands.append(Script.Command(line: String(line.dropFirst(2)), output: [], exit: 0))
      } else if line.hasPrefix("[exit "), let code = Int(line.dropFirst(6).dropLast()) {
        commands[commands.count - 1].exit = code
      } else if !commands.isEmpty {
        commands[commands.count - 1].output.append(line)
      }
    }
    return commands
  }

  /// The lines of a `console` block; what `commands` reads back.
  static func lines(of commands: [Script.Command]) -> [String] {
    commands.flatMap { command in
      ["$ \(command.line)"] + command.output + (command.exit == 0 ? [] : ["[exit \(command.exit)]"])
    }
  }
}
