import Glibc
import Platform

/// What came of the runs of a suite.
struct Tally {
  let name: String
  private(set) var runs = 0
  private(set) var trees: [String: Int] = [:]
  private(set) var failures = 0
  private(set) var seconds = 0.0
  /// In how many shares the suite runs.
  private(set) var parts = 1
  private let started = Clock.monotonic

  /// True: failures are wanted here, and not to be printed.
  private let isQuiet: Bool

  init(_ name: String, isQuiet: Bool = false) {
    self.name = name
    self.isQuiet = isQuiet
  }

  mutating func count(_ tree: String) {
    runs += 1
    trees[tree, default: 0] += 1
  }

  /// Prints what went wrong, and the command that does it again.
  mutating func fail(_ what: String, _ detail: [String], repeating command: String) {
    failures += 1
    // A fault that everything shows would fill the screen.
    if failures > 20 || isQuiet { return }
    say("FAILED  \(what)")
    for line in detail.prefix(12) { say("        \(line)") }
    say("  again: \(command)")
  }

  /// Prints the line of a suite that has ended; one share of it goes to the harness that began it.
  mutating func report(to share: Share) {
    if isQuiet { return }
    seconds = Double(Clock.monotonic - started) / 1e9
    say(share.isPart ? encoded(parts: share.parts) : text)
  }

  var text: String {
    let parts = trees.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    let tenths = Int(seconds * 10)
    return "\(name): \(runs) runs, \(parts.joined(separator: ", ")), \(failures) failed, "
      + "\(tenths / 10).\(tenths % 10) s"
  }

  // MARK: Between processes

  private static let mark = "\u{1}"

  private func encoded(parts: Int) -> String {
    let fields =
      [name, String(runs), String(failures), String(Int(seconds * 1000)), String(parts)]
      + trees.map { "\($0.value) \($0.key)" }
    return Self.mark + fields.joined(separator: "\t")
  }

  /// Reads a share's line; nil for a line that is for people.
  init?(encoded line: some StringProtocol) {
    guard line.hasPrefix(Self.mark) else { return nil }
    let fields = line.dropFirst().split(separator: "\t", omittingEmptySubsequences: false)
    guard fields.count >= 5, let runs = Int(fields[1]), let failures = Int(fields[2]),
      let milliseconds = Int(fields[3]), let parts = Int(fields[4])
    else { return nil }
    isQuiet = false
    name = String(fields[0])
    self.runs = runs
    self.failures = failures
    self.parts = parts
    seconds = Double(milliseconds) / 1000
    for field in fields.dropFirst(5) {
      let words = field.split(separator: " ", maxSplits: 1)
      if words.count == 2, let count = Int(words[0]) { trees[String(words[1])] = count }
    }
  }

  mutating func add(_ other: Tally) {
    runs += other.runs
    failures += other.failures
    seconds = max(seconds, other.seconds)
    trees.merge(other.trees, uniquingKeysWith: +)
  }
}

/// A part of the numbers: every `of`th, beginning with `index`.
struct Share {
  var index = 0
  var of = 1
  /// True where another process adds the shares up.
  var isPart = false
  /// How many shares there are; `of` may be more, where only some of the numbers are run.
  var parts = 1

  func takes(_ number: Int) -> Bool { number % of == index }

  /// For a suite that is not divided.
  var whole: Share { Share(isPart: isPart) }
}

func say(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = write(1, bytes, bytes.count)
}
