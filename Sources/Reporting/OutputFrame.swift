import Events
import Planning
import Platform

/// A command's output in a frame, so that nobody takes it for mtor's own words.
struct OutputFrame {
  /// At most so many lines of output, the head and the tail of it; nil: all.
  let limit: Int?
  let style: Style
  /// Columns of the terminal; nil: lines of any length.
  let width: Int?

  /// The frame as lines, each with its line end.
  func text(of command: CommandRecord, in file: String) -> String {
    let bar = style(.bad, "│")
    let title = "\(command.kind.rawValue): \(Printable.escaped(firstLine(of: command)))"
    var lines = [style(.bad, "┌ ") + style(.strong, fit(title))]
    for part in ending(of: command, in: file) { lines.append("\(bar) " + style(.faint, part)) }
    let output = body(command.output)
    if !output.isEmpty { lines.append(bar) }
    for line in output { lines.append(line.isEmpty ? bar : "\(bar) \(line)") }
    lines.append(style(.bad, "└"))
    return lines.map { "  \($0)\n" }.joined()
  }

  /// The output of a command that went well, whole, each line behind a bar.
  static func plain(_ output: String, _ style: Style) -> String {
    let frame = OutputFrame(limit: nil, style: style, width: nil)
    return frame.body(output).map { style(.faint, "  │ ") + $0 + "\n" }.joined()
  }

  private func firstLine(of command: CommandRecord) -> String {
    let lines = command.run.split(separator: "\n", omittingEmptySubsequences: true)
    let first = lines.first.map(String.init) ?? command.run
    return lines.count > 1 ? first + " …" : first
  }

  /// How it ended and where it stands; on two lines where a terminal is too narrow for one.
  private func ending(of command: CommandRecord, in file: String) -> [String] {
    let reason = Printable.escaped(command.reason ?? Ending.of(command))
    let how =
      command.hasStarted ? "\(reason) after \(Phrases.duration(command.seconds))" : reason
    let place = "\(Printable.escaped(command.file ?? file)):\(command.line)"
    let whole = "\(how), \(place)"
    if let width, Columns.count(whole) > width - 4 { return [fit(how), fit(place)] }
    return [whole]
  }

  /// The lines of the output, safe to print, with a note where some are left out.
  private func body(_ output: String) -> [String] {
    var lines = output.split(separator: "\n", omittingEmptySubsequences: false)
    while lines.last?.isEmpty == true { lines.removeLast() }
    guard let limit, lines.count > limit + 1 else { return lines.map(shown) }
    let head = limit / 4
    let left = lines.count - limit
    return lines.prefix(head).map(shown)
      + [style(.faint, "… \(Phrases.count(left, "line")) left out; --verbose shows them")]
      + lines.suffix(limit - head).map(shown)
  }

  /// Escaped again: whoever made the record, no control character gets through.
  private func shown(_ line: Substring) -> String {
    // Tabs become spaces so that the frame stays straight.
    let text = line.split(separator: "\t", omittingEmptySubsequences: false)
      .reduce("") { $0.isEmpty ? String($1) : $0 + pad($0) + $1 }
    return Printable.escaped(line.first == "\t" ? "        " + text : text)
  }

  private func pad(_ text: String) -> String {
    String(repeating: " ", count: 8 - Columns.count(text) % 8)
  }

  private func fit(_ text: String) -> String { width.map { Columns.cut(text, to: $0 - 4) } ?? text }
}

/// How a command ended, in a few words.
enum Ending {
  static func of(_ command: CommandRecord) -> String {
    switch command.outcome {
    case .timedOut: return "timed out"
    case .interrupted: return "interrupted"
    default: break
    }
    if let signal = command.signal { return "killed by signal \(signal)" }
    if let exit = command.exit { return "exit code \(exit)" }
    return command.outcome.rawValue
  }
}
