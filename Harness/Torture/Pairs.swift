import CFault
import Glibc

/// Two crashes: the apply is killed at one call, its recovery at another; the next recovery must
/// bring the old or the new tree.
struct Pairs {
  let faults: SingleFaults
  private var subject: Subject { faults.subject }

  init(subject: Subject) { faults = SingleFaults(subject: subject, command: .apply) }

  /// `every`: one of so many pairs is run, other ones in every share.
  ///
  /// An apply that was killed before it wrote anything leaves what it found: of those the first
  /// alone is paired.
  func run(share: Share, every: Int) -> Tally {
    var tally = Tally("pairs of crashes" + (every == 1 ? "" : ", one of \(every)"))
    let numbers = faults.numbers()
    var pair = share.index
    var hasPairedUntouched = false
    for first in numbers where share.takes(first) {
      faults.prepare()
      let mark = subject.scene.mark()
      _ = subject.run(.apply, FaultKind.kills[0].fault(at: first))
      let isUntouched = subject.scene.mark() == mark
      let log = CallLog.of(subject, .recover)
      let seconds = log.first(naming: subject.scene.root)...log.calls.count
      if isUntouched && hasPairedUntouched { continue }
      hasPairedUntouched = hasPairedUntouched || isUntouched
      var start: Start?
      for second in seconds {
        pair += 1
        if pair % every == 0 { one(first, second, &tally, &start) }
      }
    }
    tally.report(to: share)
    return tally
  }

  /// What an apply that was killed left, before anything else was done to it.
  struct Start {
    var mark: [UInt64]
    /// The names of tree and litter after its recovery, once that has been run.
    var recovered: [String]?
  }

  func one(_ first: Int, _ second: Int, _ tally: inout Tally, _ start: inout Start?) {
    if start == nil || start?.mark != subject.scene.mark() {
      faults.prepare()
      _ = subject.run(.apply, FaultKind.kills[0].fault(at: first))
      start = Start(mark: subject.scene.mark(), recovered: start?.recovered)
    }
    let kill = subject.run(.recover, FaultKind.kills[0].fault(at: second))
    // Killed before it wrote anything: the next recovery begins where this one began, and has
    // been run from there already.
    let isUntouched = subject.scene.mark() == start?.mark
    if isUntouched, let recovered = start?.recovered {
      tally.count(faults.name(recovered))
      return
    }
    let recovery = subject.run(.recover)
    let tree = subject.scene.picture()
    let litter = subject.scene.litter()
    let state = faults.name(tree)
    tally.count(state)
    var wrong = litter.isEmpty ? [] : ["left behind: \(litter.joined(separator: ", "))"]
    if state == "TORN" { wrong.append("the tree is neither old nor new") }
    if recovery.exit_code != 0 { wrong.append("recover ends with \(recovery.exit_code)") }
    if kill.hung != 0 { wrong.append("it had to be killed") }
    if wrong.isEmpty {
      if isUntouched { start?.recovered = tree }
      return
    }
    tally.fail(
      "killed at call \(first) of apply and \(second) of recover: "
        + wrong.joined(separator: "; "),
      SingleFaults.difference(tree, faults.old, faults.new) + [subject.lastMessages()],
      repeating: subject.repeating("pair \(first) \(second)"))
  }
}
