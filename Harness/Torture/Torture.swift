import CFault
import Glibc
import Platform

/// The command line of the harness.
struct Torture {
  private var words: [String] = []
  private var mtor: String?
  private var work = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
  private var share = Share()
  private var isRepository = false

  static let usage = """
    torture SUITE... [--mtor PATH] [--work DIR] [--share I/N] [--git]
    torture one apply|undo|recover FAULT N [--mtor PATH]
    suites: single, pairs, signals
    """

  init(_ arguments: [String]) {
    var rest = arguments[...]
    while let word = rest.popFirst() {
      switch word {
      case "--mtor": mtor = rest.popFirst()
      case "--work": work = rest.popFirst() ?? work
      case "--git": isRepository = true
      case "--share":
        let parts = (rest.popFirst() ?? "").split(separator: "/").compactMap { Int($0) }
        if parts.count != 2 || parts[1] < 1 { stop("--share I/N") }
        share = Share(index: parts[0], of: parts[1])
      default: words.append(word)
      }
    }
  }

  func run() -> Int32 {
    let folder = work + "/mtor-torture-\(getpid())"
    var scene = TreeScene(work: folder)
    scene.isRepository = isRepository
    let subject = Subject(mtor: mtor, scene: scene)
    defer {
      scene.remove(folder)
      unlink(subject.messages)
      unlink(Subject.manifestPath(scene))
    }
    var tallies: [Tally] = []
    if words.first == "one" {
      guard words.count == 4, let command = Subject.Command(rawValue: words[1]),
        let kind = FaultKind.all.first(where: { $0.name == words[2] }), let number = Int(words[3])
      else { stop(Self.usage) }
      var tally = Tally(words.joined(separator: " "))
      let faults = SingleFaults(subject: subject, command: command)
      if command == .recover { faults.findHalfway() }
      faults.one(kind, number, &tally)
      tallies.append(tally)
    }
    for word in words where words.first != "one" {
      switch word {
      case "single": tallies += single(subject)
      default: stop(Self.usage)
      }
    }
    if tallies.isEmpty { stop(Self.usage) }
    let runs = tallies.reduce(0) { $0 + $1.runs }
    let failures = tallies.reduce(0) { $0 + $1.failures }
    say("\(runs) runs, \(failures) failed")
    return failures == 0 ? 0 : 1
  }

  private func single(_ subject: Subject) -> [Tally] {
    var tallies: [Tally] = []
    for command in Subject.Command.allCases {
      let faults = SingleFaults(subject: subject, command: command)
      if command == .recover { faults.findHalfway() }
      for kinds in [
        FaultKind.kills, FaultKind.singleErrors, FaultKind.lastingErrors,
        [FaultKind.shortWrites], FaultKind.signals,
      ] { tallies.append(faults.run(kinds, share: share)) }
    }
    return tallies
  }
}
