import TestSupport
import Testing

@testable import Repairing

typealias Round = RepairTrace.Round

let base = RepairTrace.Standing(
  tree: "T0", fingerprint: "A", errors: 5, failing: ["t1", "t2", "t3"], executed: 14, skipped: 0)

private func tried(
  _ tree: String, _ fingerprint: String, errors: Int = 5,
  _ failing: Set<String> = ["t1", "t2", "t3"],
  executed: Int = 14, skipped: Int = 0, edits: String? = nil
) -> Round {
  .tried(
    RepairTrace.Standing(
      tree: tree, fingerprint: fingerprint, errors: errors, failing: failing, executed: executed,
      skipped: skipped), edits: edits ?? "edits of \(tree)")
}

private func said(_ rounds: [Round]) -> [String] {
  RepairTrace(base: base, rounds: rounds).verdicts().flatMap { $0 }.map {
    "\($0.rule.rawValue) \($0.action.rawValue)"
  }
}

struct RepairTraceTests {
  /// Traces that must fire, with what every rule says.
  private static let firing: [(String, [Round], [String])] = [
    ("S1", [.noEdits, .noEdits], ["S1 nudge", "S1 stop"]),
    ("S2", [.unchanged], ["S2 stop"]),
    ("S2 by the tree", [tried("T1", "B"), tried("T1", "B", edits: "others")], ["S2 stop"]),
    (
      "S3", [tried("T1", "B"), tried("T2", "C"), tried("T3", "C", edits: "edits of T1")],
      ["S3 stop"]
    ),
    ("S3 at once", [tried("T1", "B"), tried("T1", "B")], ["S3 stop"]),
    (
      "S4",
      [
        tried("T1", "A", ["t1", "t2", "t4"]), tried("T2", "A", errors: 6),
        tried("T3", "A", ["t1", "t2", "t4"]),
      ], ["S4 nudge", "S4 stop"]
    ),
    (
      "S5", [tried("T1", "B"), tried("T0", "A", edits: "back"), tried("T1", "B", edits: "forth")],
      ["S5 nudge", "S5 stop"]
    ),
    (
      "S5 by a period",
      [
        tried("T1", "B", ["a", "b", "c"]), tried("T2", "C"), tried("T3", "B", ["a", "b", "c"]),
        tried("T4", "C"), tried("T5", "B", ["a", "b", "c"]), tried("T6", "C"),
        tried("T7", "B", ["a", "b", "c"]),
      ], ["S5 nudge", "S5 stop"]
    ),
    ("S7", [tried("T1", "A"), tried("T2", "A")], ["S7 nudge", "S7 stop", "S4 nudge"]),
    (
      "S7t", [.weakened("tests/a.py"), tried("T2", "-", errors: 0, [], executed: 13)],
      ["S7t nudge", "S7t stop"]
    ),
    ("S7t by skipping", [tried("T1", "-", errors: 0, [], skipped: 1)], ["S7t nudge"]),
    ("S8", [.truncated, .truncated], ["S8 nudge", "S8 stop"]),
    ("S9", [.overflow, .overflow], ["S9 nudge", "S9 stop"]),
    ("S10", [.degenerate, .degenerate], ["S10 nudge", "S10 stop"]),
    ("S12", [.blocked("step 3 tests what step 2 does not define")], ["S12 stop"]),
    ("S14", [.empty, .empty], ["S14 nudge", "S14 stop"]),
    ("S6h", [.endpointSilent, .endpointSilent], ["S6h nudge", "S6h stop"]),
  ]

  @Test(arguments: firing)
  func fires(_ name: String, _ rounds: [Round], _ expected: [String]) {
    #expect(said(rounds) == expected, "\(name)")
  }

  /// Look-alikes: nothing may stop.
  private static let lookAlikes: [(String, [Round])] = [
    ("a reply without edits, then one with", [.noEdits, tried("T1", "B"), .noEdits]),
    (
      "fewer failures under one fingerprint",
      [
        tried("T1", "A", ["t1", "t2"]), tried("T2", "A", ["t1"]),
        tried("T3", "A", errors: 4, ["t1"]),
      ]
    ),
    ("a new failure every time", [tried("T1", "B"), tried("T2", "C"), tried("T3", "D")]),
    ("fewer errors", [tried("T1", "A", errors: 4), tried("T2", "A", errors: 3)]),
    ("more tests", [tried("T1", "-", errors: 0, [], executed: 15)]),
    (
      "an alternation that got better",
      [
        tried("T1", "B"), tried("T2", "A", ["t1"]), tried("T3", "B", errors: 3, ["t1"]),
      ]
    ),
    ("cut off once, then whole", [.truncated, tried("T1", "B"), .truncated]),
    ("empty once, cut off once", [.empty, .truncated]),
    ("broken notation only", [.malformed, .malformed]),
    (
      "two trees with one failure, then progress",
      [
        tried("T1", "A", ["x", "y", "z"]), tried("T2", "B"), tried("T3", "C"),
      ]
    ),
  ]

  @Test(arguments: lookAlikes)
  func doesNotStopALookAlike(_ name: String, _ rounds: [Round]) {
    #expect(!said(rounds).contains { $0.hasSuffix("stop") }, "\(name): \(said(rounds))")
  }

  @Test func aPassAfterNudgesIsNoStall() {
    #expect(said([tried("T1", "A"), tried("T2", "-", errors: 0, [])]) == ["S7 nudge"])
  }

  @Test func theEvidenceIsQuoted() {
    let verdicts = RepairTrace(base: base, rounds: [tried("T1", "A")]).verdicts()[0]
    #expect(verdicts.map(\.evidence) == ["the edits changed neither what fails nor how: A"])
  }
}

struct WorkerTraceTests {
  private func said(_ trace: WorkerTrace) -> [String] {
    trace.verdicts().map { "\($0.rule.rawValue) \($0.action.rawValue)" }
  }

  private typealias Sample = WorkerTrace.Sample

  private let talk = [
    Sample(time: 300, output: 6000, tree: "T0", cpu: 9),
    Sample(time: 640, output: 9300, tree: "T0", cpu: 20, exit: 0),
  ]

  @Test func aMonologueWarnsAndEndsWhateverTheExitCode() {
    #expect(said(WorkerTrace(tree: "T0", samples: talk)) == ["S1w nudge", "S1w stop"])
    #expect(said(WorkerTrace(tree: "T0", onlyLooks: true, samples: talk)).isEmpty)
  }

  @Test func nothingBuiltIsAStopAtExitZeroToo() {
    let trace = WorkerTrace(
      tree: "T0", samples: [Sample(time: 2, output: 0, tree: "T0", cpu: 0, exit: 0)])
    #expect(said(trace) == ["S2 stop"])
    let built = WorkerTrace(
      tree: "T0", samples: [Sample(time: 2, output: 0, tree: "T1", cpu: 0, exit: 0)])
    #expect(said(built).isEmpty)
  }

  private func samples(cpu: (Double) -> Double, isStreaming: Bool = false) -> [Sample] {
    stride(from: 30.0, through: 660, by: 30).map {
      Sample(time: $0, output: 50, tree: "T1", cpu: cpu($0), isStreaming: isStreaming)
    }
  }

  @Test func silenceIsNoOutputNoChangeAndNoWork() {
    let blocked = WorkerTrace(tree: "T0", samples: samples { _ in 1 })
    #expect(
      said(blocked)
        == [String](repeating: "S6 nudge", count: 10) + ["S6 stop", "S6 stop"])
    #expect(said(WorkerTrace(tree: "T0", samples: samples { $0 * 2 })).isEmpty)
    #expect(
      said(WorkerTrace(tree: "T0", samples: samples(cpu: { _ in 1 }, isStreaming: true))).isEmpty)
  }
}

struct ToolTraceTests {
  private typealias Event = ToolTrace.Event

  private func said(_ events: [Event]) -> [String] {
    ToolTrace(events).verdicts().map { "\($0.rule.rawValue) \($0.action.rawValue)" }
  }

  private func events(_ list: [(String, String)], isError: Bool = false) -> [Event] {
    list.map { Event(action: $0.0, result: $0.1, isError: isError) }
  }

  @Test func theSameAgainIsARepetition() {
    let four = [(String, String)](repeating: ("run swift test", "o1"), count: 4)
    #expect(said(events(four)) == ["S3 nudge", "S3 stop"])
    let errors = [(String, String)](repeating: ("write ", "path required"), count: 4)
    #expect(said(events(errors, isError: true)) == ["S3e nudge", "S3e stop"])
    #expect(
      said(
        events(Array(errors.prefix(3)), isError: true) + [Event(action: "write a", result: "ok")])
        == ["S3e nudge"])
  }

  @Test func anotherResultIsNone() {
    #expect(said(events((1...8).map { ("poll 7", "line\($0)") })).isEmpty)
    #expect(said(events((1...4).map { ("run t", "\($0)") })).isEmpty)
  }

  @Test func readingTheSameAgainWithoutAnEditIsCounted() {
    let offsets = [0, 75, 175, 0, 75, 175, 0, 75]
    let reads = offsets.enumerated().map { ("read c@\($1)", "x\($0)") }
    #expect(said(events(reads)) == ["S11 nudge", "S11 stop", "S11 stop"])
    #expect(said(events((0..<12).map { ("read c@\($0 * 100)", "x\($0)") })).isEmpty)
    #expect(
      said(events((0..<8).flatMap { [("read c", "v\($0)"), ("edit c", "e\($0)")] })).isEmpty)
    #expect(
      said(events((0..<5).flatMap { [("read f\($0)", "v"), ("edit f\($0)", "ok")] })).isEmpty)
  }
}

struct DegenerationTests {
  @Test func repeatedTextIsSeen() {
    let sentence = String(repeating: "Wait, I should check item... Done. Sent.\n", count: 40)
    #expect(Degeneration.unit(in: "So:\n" + sentence) != nil)
    #expect(Degeneration.unit(in: String(repeating: "a", count: 1500)) == "a")
    let fenced = "```\n" + String(repeating: "x = x + 1\n", count: 200)
    #expect(Degeneration.unit(in: fenced) != nil)
  }

  @Test func listsTablesAndRulesAreNot() {
    let list = (0..<60).map { "\($0). step \($0) of the plan touches file \($0)\n" }.joined()
    #expect(Degeneration.unit(in: list) == nil)
    #expect(Degeneration.unit(in: String(repeating: "-", count: 200)) == nil)
    let long = String(repeating: "y", count: 120)
    let block = "```\n" + String(repeating: "    (\"\(long)\", 0, 0),\n", count: 10)
    #expect(Degeneration.unit(in: block) == nil)
    #expect(Degeneration.unit(in: "short short short short short short") == nil)
  }

  @Test func aFollowedTextIsInAFenceWhereTheWholeOneIs() {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    let pieces = ["```\n", "````", "\n", "\r\n", "~~~ python\n", "  ", "é", "x = 1\n", "``", "`"]
    var text = ""
    var follower = FenceFollower()
    for _ in 0..<2000 {
      text += pieces[Int.random(in: pieces.indices, using: &random)]
      var fresh = FenceFollower()
      let expected = fresh.isOpen(at: text)
      #expect(follower.isOpen(at: text) == expected, "seed \(seed): \(text.suffix(40))")
    }
  }

  @Test func fencesOpenAndClose() {
    for (text, isOpen) in [
      ("a\n```\nx", true), ("```\nx\n```\n", false), ("```\r\nx\r\n```\r\n", false),
      ("````\n```\n", true), ("```", true), ("``\nx", false), ("~~~\n```\n", true),
    ] {
      var follower = FenceFollower()
      #expect(follower.isOpen(at: text) == isOpen, "\(text)")
    }
  }

  @Test func theWatchCutsAStreamThatRepeatsItself() {
    let watch = DegenerationWatch()
    var text = ""
    var pieces = 0
    while pieces < 1000, watch.allows(text) {
      text += "and again "
      pieces += 1
    }
    #expect(pieces < 200)
  }
}
