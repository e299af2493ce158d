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
    torture one apply|undo|recover FAULT N | pair N M | person CHANGE N [--mtor PATH]
    suites: quick, single, pairs, pairs-sample, persons, rivals, swaps, places, full-tmpfs, full-ext4
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
      subject.removeFolder()
    }
    var tallies: [Tally] = []
    if let repeated = again(subject) {
      repeated.report()
      return repeated.failures == 0 ? 0 : 1
    }
    for word in words {
      switch word {
      case "single": tallies += single(subject)
      case "quick": tallies += quick(subject)
      case "pairs": tallies.append(Pairs(subject: subject).run(share: share, every: 1))
      case "pairs-sample": tallies.append(Pairs(subject: subject).run(share: share, every: 97))
      case "rivals": tallies.append(Rivals(subject: subject).run())
      case "swaps": tallies.append(Swaps(subject: subject).run())
      case "places": tallies += Places(mtor: mtor, work: folder).run()
      case "full-tmpfs": tallies.append(FullDisks(mtor: mtor, work: folder).run(.tmpfs))
      case "full-ext4": tallies.append(FullDisks(mtor: mtor, work: folder).run(.ext4))
      case "persons": tallies.append(Persons(subject: subject).run(share: share))
      default: stop(Self.usage)
      }
    }
    if tallies.isEmpty { stop(Self.usage) }
    let runs = tallies.reduce(0) { $0 + $1.runs }
    let failures = tallies.reduce(0) { $0 + $1.failures }
    say("\(runs) runs, \(failures) failed")
    return failures == 0 ? 0 : 1
  }

  /// One run again, as a failure's last line says; nil where whole suites are asked for.
  private func again(_ subject: Subject) -> Tally? {
    var tally = Tally(words.joined(separator: " "))
    let numbers = words.dropFirst().compactMap { Int($0) }
    switch words.first {
    case "one":
      guard words.count == 4, let command = Subject.Command(rawValue: words[1]),
        let kind = FaultKind.all.first(where: { $0.name == words[2] }), numbers.count == 1
      else { stop(Self.usage) }
      var faults = SingleFaults(subject: subject, command: command)
      if command == .recover { faults.findHalfway() }
      faults.one(kind, numbers[0], &tally)
    case "pair":
      if numbers.count != 2 { stop(Self.usage) }
      Pairs(subject: subject).one(numbers[0], numbers[1], &tally)
    case "person":
      if numbers.count != 2 || !Persons.changes.indices.contains(numbers[0]) { stop(Self.usage) }
      Persons(subject: subject).one(numbers[0], numbers[1], &tally)
    default: return nil
    }
    return tally
  }

  /// What CI runs in minutes: every kill and one error at every call of all three commands, the
  /// other faults at every third, pairs and persons sampled.
  private func quick(_ subject: Subject) -> [Tally] {
    var tallies: [Tally] = []
    let third = Share(index: share.index, of: share.of * 3)
    for command in Subject.Command.allCases {
      var faults = SingleFaults(subject: subject, command: command)
      if command == .recover { faults.findHalfway() }
      tallies.append(faults.run(FaultKind.kills, share: share))
      tallies.append(faults.run([FaultKind.singleErrors[0]], share: share))
      let others =
        Array(FaultKind.singleErrors.dropFirst()) + FaultKind.lastingErrors
        + [FaultKind.shortWrites] + FaultKind.signals
      tallies.append(faults.run(others, share: third))
    }
    return tallies
  }

  private func single(_ subject: Subject) -> [Tally] {
    var tallies: [Tally] = []
    for command in Subject.Command.allCases {
      var faults = SingleFaults(subject: subject, command: command)
      if command == .recover { faults.findHalfway() }
      for kinds in [
        FaultKind.kills, FaultKind.singleErrors, FaultKind.lastingErrors,
        [FaultKind.shortWrites], FaultKind.signals,
      ] { tallies.append(faults.run(kinds, share: share)) }
    }
    return tallies
  }
}
