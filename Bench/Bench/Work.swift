import CYAML
import Events
import Glibc
import Planning
import Platform
import Records
import Subprocess

/// Work that the benchmark does itself, in a process of its own: what a peer would do that is no
/// program, and rooms of mtor that cannot be measured from outside.
enum Work {
  /// The program that does one of these.
  static func program(_ words: String...) -> Program {
    Program(["/proc/self/exe", "--inside"] + words)
  }

  static func run(_ words: [String]) throws(BenchFailure) {
    switch (words.first, words.dropFirst().compactMap { Int($0) }) {
    case ("yaml-events", _) where words.count == 2: try readEvents(of: words[1])
    case ("spawn", let numbers) where numbers.count == 2 && words.count == 5:
      try spawn(numbers[1], withResident: numbers[0], supervisor: words[3], into: words[4])
    case ("ledger", let numbers) where numbers.count >= 2 && words.count >= 4:
      try record(numbers[1], steps: numbers[0], run: numbers.dropFirst(2).first ?? 0, in: words[1])
    default: throw BenchFailure("no such work: \(words.joined(separator: " "))")
    }
  }

  /// libyaml's own loop over all events, which keeps nothing.
  private static func readEvents(of path: String) throws(BenchFailure) {
    let bytes = try Files.read(path)
    // It points into itself and into the bytes, so neither may move.
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    defer { parser.deallocate() }
    guard yaml_parser_initialize(parser) == 1 else { throw BenchFailure("no libyaml parser") }
    defer { yaml_parser_delete(parser) }
    let isRead = bytes.withUnsafeBufferPointer { buffer in
      yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
      var event = yaml_event_t()
      while yaml_parser_parse(parser, &event) == 1 {
        let isLast = event.type == YAML_STREAM_END_EVENT
        yaml_event_delete(&event)
        if isLast { return true }
      }
      return false
    }
    guard isRead else { throw BenchFailure("libyaml refuses \(path)") }
  }

  /// Runs `true` often from a process that holds so many MB, and writes the CPU that this took,
  /// without what the memory itself cost.
  private static func spawn(
    _ count: Int, withResident megabytes: Int, supervisor: String, into output: String
  ) throws(BenchFailure) {
    let ballast = [UInt8](repeating: 1, count: megabytes << 20)
    let before = ownCPU()
    do throws(SystemError) {
      let runner = CommandRunner(supervisor: supervisor)
      let command = Command(.sh("true"), directory: "/", environment: ["PATH": "/usr/bin:/bin"])
      for _ in 0..<count { _ = try runner.run(command) }
    } catch { throw BenchFailure("\(error)") }
    let cpu = ownCPU() - before
    guard ballast[ballast.count - 1] == 1 else { throw BenchFailure("the memory is gone") }
    try Files.write("\(cpu)", to: output)
  }

  private static func ownCPU() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Records a run of so many steps with so many commands each.
  private static func record(
    _ commands: Int, steps: Int, run: Int, in path: String
  ) throws(BenchFailure) {
    let ledger = Ledger(path: path)
    var time: Int64 = 1_790_000_000_000_000_000 + Int64(run) * 3_600_000_000_000
    func send(_ kind: RunEvent.Kind) {
      time += 1_000_000
      ledger.receive(RunEvent(time: time, kind))
    }
    send(
      .runStarted(
        RunStart(
          run: "20260921T120000-\(run)", manifestName: "bench",
          manifestDigest: Digest(of: "bench".utf8),
          manifestFile: "bench.yaml", root: "/tmp/bench")))
    for step in 1...steps {
      send(.stepStarted(id: "s\(step)", index: step, of: steps))
      for _ in 0..<commands {
        var command = CommandRecord(
          kind: .test, name: "pytest -q", run: "pytest -q", outcome: .passed, line: 1)
        command.exit = 0
        command.seconds = 0.1
        command.output = "12 passed in 0.05 s"
        send(.commandEnded(step: "s\(step)", command))
      }
      send(.stepEnded(id: "s\(step)", outcome: .passed, reason: nil))
    }
    send(.runEnded(RunEnd(outcome: .passed, exit: 0)))
    if let warning = ledger.warnings.first { throw BenchFailure(warning) }
  }
}
