import TestSupport
import Testing
import Transport

@testable import Repairing

private func ladder(_ models: String..., rounds: Int = 2) -> Ladder {
  Ladder(
    rungs: models.map { Ladder.Rung(model: $0, rounds: rounds) }, base: base, preferred: .whole)
}

private func tried(_ tree: String, _ fingerprint: String) -> RepairTrace.Round {
  .tried(
    RepairTrace.Standing(
      tree: tree, fingerprint: fingerprint, errors: 5, failing: ["t1", "t2", "t3"]),
    edits: "edits of \(tree)")
}

extension Ladder {
  fileprivate var ask: Ask? { if case .ask(let ask) = next() { ask } else { nil } }
  fileprivate var end: End? { if case .end(let end) = next() { end } else { nil } }
}

struct LadderTests {
  @Test func twoRoundsThenAFreshOneThenTheNextModel() {
    var ladder = ladder("a", "b")
    #expect(ladder.ask?.model == "a")
    #expect(ladder.ask?.temperature == 0)
    ladder.record(tried("T1", "B"))
    #expect(ladder.ask?.isFresh == false)
    ladder.record(tried("T2", "C"))
    #expect(ladder.ask?.model == "a")
    #expect(ladder.ask?.isFresh == true)
    #expect(ladder.ask?.format == .edits)
    ladder.record(tried("T3", "D"))
    #expect(ladder.ask?.model == "b")
    #expect(ladder.ask?.isFresh == false)
    #expect(ladder.ask?.format == .whole)
    for tree in ["T4", "T5", "T6"] { ladder.record(tried(tree, tree)) }
    #expect(ladder.end == .stalled(nil, "every model was tried"))
  }

  @Test func withNoRoundsBeforeItTheFreshOneIsTheOnlyOne() {
    var ladder = ladder("a", "b", rounds: 0)
    #expect(ladder.ask?.model == "a")
    #expect(ladder.ask?.isFresh == true)
    #expect(ladder.ask?.format == .whole)
    #expect(ladder.ask?.temperature == 0)
    ladder.record(tried("T1", "B"))
    #expect(ladder.ask?.model == "b")
    #expect(ladder.ask?.isFresh == true)
    ladder.record(.unchanged)
    #expect(
      ladder.end == .stalled(.builtNothing, "the edits leave every file as it was"))
  }

  @Test func anUnchangedReplyIsNeverAskedForAgainTheSameWay() {
    var ladder = ladder("a")
    let first = ladder.ask
    ladder.record(.unchanged)
    let second = ladder.ask
    #expect(second != first)
    #expect(second?.temperature == 0.8)
    #expect(second?.notice?.hasPrefix("Your last reply left every file exactly as it was") == true)
    ladder.record(.unchanged)
    #expect(ladder.ask?.isFresh == true)
    #expect(ladder.ask?.format == .edits)
    ladder.record(.unchanged)
    #expect(
      ladder.end == .stalled(.builtNothing, "the edits leave every file as it was"))
  }

  @Test func aStopGoesToTheFreshRoundAtOnce() {
    var ladder = ladder("a", rounds: 9)
    ladder.record(tried("T1", "A"))
    #expect(ladder.ask?.notice?.hasPrefix("Note: the edits changed neither") == true)
    ladder.record(tried("T2", "A"))
    #expect(ladder.ask?.isFresh == true)
    #expect(ladder.ask?.notice == nil)
  }

  @Test func malformedRepliesHaveABudgetOfTheirOwn() {
    var ladder = ladder("a", "b")
    ladder.record(.malformed, detail: "no path")
    #expect(ladder.ask?.notice == "no path")
    #expect(ladder.ask?.format == .whole)
    ladder.record(.malformed)
    #expect(ladder.ask?.format == .edits)
    ladder.record(.malformed)
    ladder.record(.malformed)
    #expect(ladder.ask?.model == "a")
    ladder.record(.malformed)
    #expect(ladder.ask?.model == "b")
  }

  @Test func aMismatchAsksForWholeFilesWhereTheyFit() {
    var first = Ladder(rungs: [.init(model: "a")], base: base, preferred: .edits)
    var second = first
    first.recordMismatch(detail: "x", wholeFits: true)
    #expect(first.ask?.format == .whole)
    #expect(first.ask?.notice == "x")
    second.recordMismatch(detail: "x", wholeFits: false)
    #expect(second.ask?.format == .edits)
  }

  @Test func wholeFilesAreNeverAskedForWhereSomethingCannotBeShown() {
    var ladder = Ladder(
      rungs: [.init(model: "a", format: .whole)], base: base, preferred: .edits, onlyEdits: true)
    #expect(ladder.ask?.format == .edits)
    for _ in 0..<2 { ladder.record(.malformed) }
    #expect(ladder.ask?.format == .edits)
    for _ in 0..<2 { ladder.record(.noEdits) }
    #expect(ladder.ask?.isFresh == true)
    #expect(ladder.ask?.format == .edits)
  }

  @Test func blockedEndsItWhateverIsLeft() {
    var ladder = ladder("a", "b")
    ladder.record(.blocked("the test is wrong"))
    #expect(ladder.end == .blocked("the test is wrong"))
  }

  @Test func silenceIsTriedOnceMoreThenTheNextModel() {
    var ladder = ladder("a", "b")
    let silent = EndpointFailure(.silent, "a: no content within 60 s")
    ladder.record(silent)
    #expect(ladder.ask?.model == "a")
    ladder.record(silent)
    #expect(ladder.ask?.model == "b")
    ladder.record(silent)
    ladder.record(silent)
    #expect(ladder.end == .unreachable("a: no content within 60 s"))
  }

  @Test(arguments: [
    EndpointFailure.Kind.unauthorised, .quota, .modelGone, .untrusted, .rateLimited, .server,
    .refused, .malformed, .circuitOpen, .thinkingOnly,
  ])
  func whatWillNotAnswerIsLeft(_ kind: EndpointFailure.Kind) {
    var ladder = ladder("a", "b")
    ladder.record(EndpointFailure(kind, "no"))
    #expect(ladder.ask?.model == "b")
  }

  @Test func aTightWindowIsShrunkForOnce() {
    var ladder = ladder("a", "b")
    ladder.record(EndpointFailure(.contextOverflow, "too long"))
    #expect(ladder.ask?.isSmall == true)
    ladder.record(EndpointFailure(.contextOverflow, "too long"))
    #expect(ladder.ask?.model == "b")
    #expect(ladder.ask?.isSmall == false)
  }

  @Test func aCutReplyIsAskedForInLess() {
    var ladder = ladder("a", "b")
    ladder.record(.truncated)
    #expect(ladder.ask?.format == .edits)
    #expect(ladder.ask?.notice?.hasSuffix("only the lines that change.") == true)
    ladder.record(.truncated)
    #expect(ladder.ask?.model == "b")
  }

  @Test func anAgentHasItsRoundsAndNoFreshOne() {
    var ladder = Ladder(
      rungs: [.init(model: "agent", rounds: 1, isAgent: true)], base: base, preferred: .whole)
    #expect(ladder.ask?.isAgent == true)
    ladder.record(tried("T1", "B"))
    #expect(ladder.end == .stalled(nil, "every model was tried"))
  }

  @Test func everyLadderEnds() {
    // Whatever rounds come, in whatever order, no ladder goes on for ever.
    for seed in UInt64(1)...200 {
      var random = SeededGenerator(seed: seed)
      var ladder = ladder("a", "b", "c")
      var asked = 0
      while ladder.ask != nil {
        asked += 1
        switch random.next() % 10 {
        case 0: ladder.record(.unchanged)
        case 1: ladder.record(.noEdits)
        case 2: ladder.record(.malformed)
        case 3: ladder.record(.truncated)
        case 4: ladder.record(EndpointFailure(.empty, "e"))
        case 5: ladder.record(EndpointFailure(.cut, "c"))
        case 6: ladder.recordMismatch(detail: "m", wholeFits: true)
        case 7: ladder.record(.weakened("w"))
        case 8: ladder.record(tried("T\(asked)", "A"))
        default: ladder.record(tried("T\(asked)", "F\(asked)"))
        }
        if asked > 100 { break }
      }
      #expect(asked <= 100, "seed \(seed)")
    }
  }
}
