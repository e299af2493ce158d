import Events
import Manifests
import Planning
import Platform
import YAMLTree

/// A small seeded generator (splitmix64), so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func int(_ range: Range<Int>) -> Int { Int.random(in: range, using: &self) }
  mutating func chance(_ one: Int) -> Bool { int(0..<one) == 0 }

  mutating func pick<Value>(_ values: [Value]) -> Value { values[int(0..<values.count)] }

  mutating func text() -> String {
    pick(["", "plain", "naïve 😀", "two\nlines", "quote\" and 'tick'", "nul\0inside", "%_", "null"])
  }

  mutating func maybe<Value>(_ make: (inout SplitMix) -> Value) -> Value? {
    chance(2) ? make(&self) : nil
  }
}

/// The events of a run that happened to nobody, with everything that may stand in one.
struct RandomRun {
  var random: SplitMix
  private var time: Int64
  let id: String
  private(set) var events: [RunEvent] = []

  init(seed: UInt64, id: String, started: Int64 = 1_795_271_924_000_000_000) {
    random = SplitMix(state: seed)
    self.id = id
    time = started
    make()
  }

  private mutating func emit(_ kind: RunEvent.Kind) {
    time += Int64(random.int(1..<5_000_000_000))
    events.append(RunEvent(time: time, kind))
  }

  private mutating func make() {
    let provenance = random.maybe { random in
      Provenance(
        author: random.maybe { $0.text() }, model: "opus",
        tokens: random.maybe { $0.int(0..<9999) },
        usd: random.maybe { Double($0.int(0..<100)) / 7 }, created: random.maybe { $0.text() })
    }
    emit(
      .runStarted(
        RunStart(
          run: id, manifestName: random.pick(["alpha", "beta"]),
          manifestDigest: Digest(of: id.utf8), manifestFile: "m/\(random.text()).yaml",
          root: random.pick(["/tmp/a", "/tmp/b"]), provenance: provenance)))
    if random.chance(4) { emit(.recovered([random.text(), "rolled back step a"])) }
    if random.chance(3) { emit(.diagnosed([diagnostic()])) }
    if random.chance(3) { emit(.commandEnded(step: nil, command(.setup))) }
    for index in 0..<random.int(0..<5) { step(index) }
    if random.chance(3) { emit(.noted(random.text())) }
    if random.chance(2) { emit(.commandEnded(step: nil, command(.verify))) }
    if random.chance(4) { emit(.attemptEnded(step: nil, attempt(1))) }
    if random.chance(4) { emit(.committed(id: "abc123", message: random.text())) }
    var end = RunEnd(
      outcome: random.pick(RunOutcome.allCases), exit: Int32(random.int(0..<11)),
      reason: random.maybe { $0.text() }, canUndo: random.chance(2),
      repairEstimate: random.maybe { $0.int(0..<9000) })
    end.isUndone = random.chance(2)
    emit(.runEnded(end))
  }

  private mutating func step(_ index: Int) {
    // The same id may come twice, when several manifests are one run.
    let id = random.pick(["one", "two", "three"])
    emit(.stepStarted(id: id, index: index, of: 5))
    let files = (0..<random.int(0..<4)).map { number in
      FileRecord(
        path: "\(random.text())/\(number)", action: random.pick(PlannedFile.Action.allCases),
        digest: random.maybe { Digest(of: $0.text().utf8) },
        repairedIn: random.maybe { $0.text() })
    }
    emit(.filesLanded(step: id, files: files))
    if random.chance(8) {
      emit(
        .conflicted(
          step: id,
          [
            Conflict(
              path: "a/b", rule: "conflict-changed", message: random.text(),
              hint: random.maybe { $0.text() }, step: id, mark: Mark(line: 3, column: 5))
          ]))
    }
    for _ in 0..<random.int(0..<3) { emit(.commandEnded(step: id, command(.test))) }
    for number in 0..<random.int(0..<3) {
      emit(.attemptEnded(step: id, attempt(number + 1)))
    }
    // A run may be interrupted in the middle of a step.
    if random.chance(12) { return }
    emit(
      .stepEnded(
        id: id, outcome: random.pick(StepOutcome.allCases), reason: random.maybe { $0.text() }))
  }

  private mutating func command(_ kind: PlannedCommand.Kind) -> CommandRecord {
    var record = CommandRecord(
      kind: kind, name: random.text(), run: random.text(),
      outcome: random.pick(CommandRecord.Outcome.allCases), line: random.int(1..<900))
    record.file = random.maybe { $0.text() }
    record.exit = random.maybe { $0.int(0..<256) }
    record.signal = random.maybe { $0.int(1..<32) }
    record.seconds = Double.random(in: 0..<100, using: &random)
    record.userSeconds = Double.random(in: 0..<1, using: &random)
    record.systemSeconds = Double.random(in: 0..<1, using: &random)
    record.peakMemory = random.int(0..<1_000_000_000)
    record.sandbox = random.pick(["none", "bubblewrap"])
    record.output = String(repeating: random.text(), count: random.int(0..<300))
    record.omitted = random.int(0..<9000)
    record.reason = random.maybe { $0.text() }
    return record
  }

  private mutating func attempt(_ number: Int) -> AttemptRecord {
    var record = AttemptRecord(
      number: number, by: random.pick(AttemptRecord.Proposer.allCases),
      model: random.maybe { $0.pick(["cheap", "agent"]) },
      outcome: random.pick(AttemptRecord.Outcome.allCases))
    record.signal = random.maybe { "S\($0.int(1..<12))" }
    record.reason = random.maybe { $0.text() }
    record.files = (0..<random.int(0..<3)).map { _ in random.text() }
    record.notes = (0..<random.int(0..<3)).map { _ in random.text() }
    record.answeredAs = random.maybe { $0.text() }
    record.surprise = random.maybe { $0.text() }
    record.seconds = Double.random(in: 0..<100, using: &random)
    if record.by == .model || record.by == .agent {
      let isMetered = !random.chance(5)
      record.usage = ModelUsage(
        requests: 1, inputTokens: isMetered ? random.int(0..<5000) : 0,
        cachedInputTokens: isMetered ? random.int(0..<100) : 0,
        outputTokens: isMetered ? random.int(0..<900) : 0,
        usd: Double(random.int(0..<1000)) / 65_536, unmetered: isMetered ? 0 : 1,
        unpriced: random.chance(6) ? 1 : 0)
    }
    return record
  }

  private mutating func diagnostic() -> Diagnostic {
    Diagnostic(
      .warning, "no-final-newline", random.text(), file: "m.yaml",
      at: random.maybe { _ in Mark(line: 7, column: 2) }, hint: random.maybe { $0.text() })
  }
}
