import Events
import Glibc
import Planning
import Platform
import Reporting

/// A console that writes into a file without a name, to be read back.
final class Capture {
  let descriptor: Int32
  private let file: UnsafeMutablePointer<FILE>?

  init() {
    file = tmpfile()
    descriptor = file.map { fileno($0) } ?? -1
  }

  deinit { if let file { fclose(file) } }

  func console(color: Console.ColorChoice = .never, width: Int? = nil) -> Console {
    Console(
      descriptor: descriptor, color: color, environment: ["TERM": "xterm"], width: width)
  }

  var text: String {
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}

/// What a reporter says about a run with these events between its start and its end.
func told(
  verbosity: TextReporter.Verbosity = .normal, width: Int? = nil,
  color: Console.ColorChoice = .never, end: RunEnd = RunEnd(outcome: .passed, exit: 0),
  _ kinds: [RunEvent.Kind]
) -> String {
  let capture = Capture()
  let reporter = TextReporter(capture.console(color: color, width: width), verbosity)
  for event in events(end: end, kinds) { reporter.receive(event) }
  return capture.text
}

/// A run whose events are 10 ms apart.
func events(end: RunEnd, _ kinds: [RunEvent.Kind]) -> [RunEvent] {
  let start = RunStart(
    run: "20260131-120000-4f1a", manifestName: "hello", manifestDigest: Digest(of: []),
    manifestFile: "hello.yaml", root: "/tree")
  let all = [.runStarted(start)] + kinds + [.runEnded(end)]
  return all.enumerated().map { RunEvent(time: Int64($0.offset) * 10_000_000, $0.element) }
}

/// A command that took 0.25 s.
func command(
  _ kind: PlannedCommand.Kind, _ run: String, _ outcome: CommandRecord.Outcome = .passed,
  exit: Int? = 0, output: String = ""
) -> CommandRecord {
  var record = CommandRecord(kind: kind, name: run, run: run, outcome: outcome, line: 24)
  record.exit = exit
  record.seconds = 0.25
  record.output = output
  return record
}

/// The events of a step.
func step(
  _ id: String, _ files: [PlannedFile.Action] = [.created], _ commands: [CommandRecord] = [],
  _ outcome: StepOutcome = .passed, reason: String? = nil
) -> [RunEvent.Kind] {
  let records = files.enumerated().map {
    FileRecord(path: "f\($0.offset)", action: $0.element, digest: nil)
  }
  return [.stepStarted(id: id, index: 0, of: 2), .filesLanded(step: id, files: records)]
    + commands.flatMap { command -> [RunEvent.Kind] in
      [
        .commandStarted(step: id, kind: command.kind, name: command.name),
        .commandEnded(step: id, command),
      ]
    } + [.stepEnded(id: id, outcome: outcome, reason: reason)]
}

extension String {
  /// How often the text stands in this one.
  func components(of text: String) -> Int {
    var count = 0
    var rest = self[...]
    while let range = rest.firstRange(of: text) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
