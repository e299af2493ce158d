import Glibc
import Platform

/// What came of the runs of a suite.
struct Tally {
  let name: String
  private(set) var runs = 0
  private var trees: [String: Int] = [:]
  private(set) var failures = 0
  private let started = Clock.monotonic

  init(_ name: String) { self.name = name }

  mutating func count(_ tree: String) {
    runs += 1
    trees[tree, default: 0] += 1
  }

  /// Prints what went wrong, and the command that does it again.
  mutating func fail(_ what: String, _ detail: [String], repeating command: String) {
    failures += 1
    say("FAILED  \(what)")
    for line in detail.prefix(12) { say("        \(line)") }
    say("  again: \(command)")
  }

  func report() {
    let parts = trees.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    let seconds = Double(Clock.monotonic - started) / 1e9
    let tenths = Int(seconds * 10)
    say(
      "\(name): \(runs) runs, \(parts.joined(separator: ", ")), \(failures) failed, "
        + "\(tenths / 10).\(tenths % 10) s")
  }
}

func say(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = write(1, bytes, bytes.count)
}
