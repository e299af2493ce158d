import CFault
import Glibc

/// Two crashes: the apply is killed at one call, its recovery at another; the next recovery must
/// bring the old or the new tree.
struct Pairs {
  let faults: SingleFaults
  private var subject: Subject { faults.subject }

  init(subject: Subject) { faults = SingleFaults(subject: subject, command: .apply) }

  /// `every`: one of so many pairs is run, another one in every share.
  func run(share: Share, every: Int) -> Tally {
    var tally = Tally(every == 1 ? "pairs of crashes" : "pairs of crashes, one of \(every)")
    let numbers = faults.numbers()
    var pair = 0
    for first in numbers where share.takes(first) {
      faults.prepare()
      _ = subject.run(.apply, FaultKind.kills[0].fault(at: first))
      let log = CallLog.of(subject, .recover)
      let start = log.first(naming: subject.scene.root)
      for second in start...max(start, log.calls.count) {
        pair += 1
        if pair % every != 0 { continue }
        one(first, second, &tally)
      }
    }
    tally.report()
    return tally
  }

  func one(_ first: Int, _ second: Int, _ tally: inout Tally) {
    faults.prepare()
    _ = subject.run(.apply, FaultKind.kills[0].fault(at: first))
    _ = subject.run(.recover, FaultKind.kills[0].fault(at: second))
    let recovery = subject.run(.recover)
    let tree = subject.scene.picture()
    let litter = subject.scene.litter()
    let state = tree == faults.old ? "old" : tree == faults.new ? "new" : "TORN"
    tally.count(state)
    if state != "TORN" && recovery.exit_code == 0 && litter.isEmpty { return }
    tally.fail(
      "killed at call \(first) of apply and \(second) of recover: \(state), recover ends with "
        + "\(recovery.exit_code), left behind: \(litter.joined(separator: ", "))",
      SingleFaults.difference(tree, faults.old, faults.new) + [subject.lastMessages()],
      repeating: "torture pair \(first) \(second)" + (subject.mtor.map { " --mtor \($0)" } ?? ""))
  }
}
