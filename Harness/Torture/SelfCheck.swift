import CFault
import Glibc

/// The harness against programs that break the promise on purpose: it must see every one.
struct SelfCheck {
  let subject: Subject

  func run(share: Share) -> Tally {
    var tally = Tally("self-check: broken programs that were found out")
    for breakage in Driver.Breakage.allCases {
      var broken = subject
      broken.mtor = nil
      broken.breakage = breakage
      let seen = Self.failures(of: broken, breakage)
      judge("\(breakage.rawValue): \(breakage.crime)", isSeen: seen > 0, &tally)
    }
    if subject.mtor != nil { checkLedger(&tally) }
    tally.report(to: share)
    return tally
  }

  private func judge(_ what: String, isSeen: Bool, _ tally: inout Tally) {
    tally.count(isSeen ? "seen" : "NOT SEEN")
    if isSeen { return }
    tally.fail(
      "the harness does not see a program that \(what)", [],
      repeating: subject.repeating("self-check"))
  }

  private static func failures(of broken: Subject, _ breakage: Driver.Breakage) -> Int {
    let faults = SingleFaults(subject: broken, command: breakage.command)
    let kinds = breakage == .liar ? [FaultKind.singleErrors[0]] : FaultKind.kills
    let share = Share(index: 0, of: 11)
    return faults.run(kinds, share: share, title: "broken", quietly: true).failures
  }

  /// A row of a run that did not happen, and a run without a row.
  private func checkLedger(_ tally: inout Tally) {
    let scene = subject.scene
    scene.build()
    _ = subject.run(.apply)
    let truth = LedgerTruth(home: scene.home, before: nil)
    func faults(isNew: Bool) -> [String] {
      truth.faults(exit: 0, isNew: isNew, isTorn: false, messages: "")
    }
    if !faults(isNew: true).isEmpty { stop("the ledger of a whole apply is not true") }
    judge("records what did not land", isSeen: !faults(isNew: false).isEmpty, &tally)
    for name in SeededLedger.files { unlink(scene.home + "/" + name) }
    judge("loses a run", isSeen: !faults(isNew: true).isEmpty, &tally)
  }
}
