import CFault
import Glibc
import Platform

/// The command line of the harness.
struct Torture {
  private var words: [String] = []
  private var mtor: String?
  private var work = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
  private var share = Share()
  private var jobs = 1
  private var isRepository = false
  private var hasLedger = false
  private var breakage: Driver.Breakage?
  private let arguments: [String]

  static let usage = """
    torture SUITE... [--mtor PATH] [--work DIR] [--jobs N] [--share I/N] [--git] [--ledger]
    torture one COMMAND FAULT N | pair N M | person CHANGE N [--mtor PATH] [--git] [--ledger]
    suites: self-check, single (or one command), repository, units, units-sample, ledger, torn-ledgers, pairs, pairs-sample,
            persons, persons-sample, rivals, swaps, places, full-tmpfs, full-ext4
    commands: apply, recover, undo, unit, failing-unit
    --broken direct|stray|liar|forgetful: the harness's own stand-in, which must fail
    """

  init(_ arguments: [String]) {
    self.arguments = arguments
    var rest = arguments[...]
    while let word = rest.popFirst() {
      switch word {
      case "--mtor": mtor = rest.popFirst()
      case "--work": work = rest.popFirst() ?? work
      case "--git": isRepository = true
      case "--ledger": hasLedger = true
      case "--broken": breakage = rest.popFirst().flatMap { Driver.Breakage(rawValue: $0) }
      case "--jobs": jobs = rest.popFirst().flatMap { Int($0) } ?? 1
      case "--share", "--part":
        let parts = (rest.popFirst() ?? "").split(separator: "/").compactMap { Int($0) }
        if parts.count != 2 || parts[1] < 1 { stop("\(word) I/N") }
        share = Share(index: parts[0], of: parts[1], isPart: word == "--part", parts: parts[1])
      default: words.append(word)
      }
    }
  }

  func run() -> Int32 {
    if !share.isPart { clearAbandoned() }
    if jobs > 1 && !share.isPart { return Jobs(count: jobs, arguments: arguments).run() }
    let folder = work + "/mtor-torture-\(getpid())"
    var scene = TreeScene(work: folder)
    scene.isRepository = isRepository
    var subject = Subject(mtor: mtor, scene: scene)
    subject.breakage = breakage
    if hasLedger { subject.seedLedger() }
    defer {
      scene.remove(folder)
      subject.removeFolder()
    }
    var tallies: [Tally] = []
    if var repeated = again(subject) {
      repeated.report(to: share)
      return repeated.failures == 0 ? 0 : 1
    }
    var whole = 0
    for word in words {
      if let found = divided(word, subject) {
        tallies += found
        continue
      }
      // Each share takes its turn with what is not divided.
      whole += 1
      if !share.takes(whole) { continue }
      tallies += undivided(word, subject, folder)
    }
    let runs = tallies.reduce(0) { $0 + $1.runs }
    let failures = tallies.reduce(0) { $0 + $1.failures }
    if !share.isPart { say("\(runs) runs, \(failures) failed") }
    return failures == 0 ? 0 : 1
  }

  /// The suites that are divided among the shares; nil for another word.
  private func divided(_ word: String, _ subject: Subject) -> [Tally]? {
    switch word {
    case "single": single(subject, [.apply, .recover, .undo])
    case "units": single(subject, [.unit, .failingUnit])
    case let name where Subject.Command(rawValue: name) != nil:
      Subject.Command(rawValue: name).map { single(subject, [$0]) }
    case "units-sample":
      [Subject.Command.unit, .failingUnit].flatMap { command in
        let faults = SingleFaults(subject: subject, command: command)
        return [
          faults.run(FaultKind.kills, share: share.every(3), title: "kills at every third call"),
          faults.run(
            FaultKind.singleErrors + FaultKind.lastingErrors + FaultKind.signals,
            share: share.every(41), title: "errors and signals at every 41st call"),
        ]
      }
    case "ledger": ledger(subject)
    case "repository": repository(subject)
    case "pairs": [Pairs(subject: subject).run(share: share, every: 1)]
    case "pairs-sample": [Pairs(subject: subject).run(share: share, every: 97)]
    case "persons": [Persons(subject: subject).run(share: share, title: "every call")]
    case "persons-sample":
      [Persons(subject: subject).run(share: share.every(7), title: "every seventh call")]
    default: nil
    }
  }

  private func undivided(_ word: String, _ subject: Subject, _ folder: String) -> [Tally] {
    let share = share.whole
    switch word {
    case "self-check": return [SelfCheck(subject: subject).run(share: share)]
    case "torn-ledgers": return [TornLedgers(subject: subject).run(share: share)]
    case "rivals": return [Rivals(subject: subject).run(share: share)]
    case "swaps": return [Swaps(subject: subject).run(share: share)]
    case "places": return Places(mtor: mtor, work: folder).run(share: share)
    case "full-tmpfs": return [FullDisks(mtor: mtor, work: folder).run(.tmpfs, share: share)]
    case "full-ext4": return [FullDisks(mtor: mtor, work: folder).run(.ext4, share: share)]
    default: stop(Self.usage)
    }
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
      var start: SingleFaults.Start?
      SingleFaults(subject: subject, command: command).one(kind, numbers[0], &tally, &start)
    case "pair":
      if numbers.count != 2 { stop(Self.usage) }
      var start: Pairs.Start?
      Pairs(subject: subject).one(numbers[0], numbers[1], &tally, &start)
    case "person":
      if numbers.count != 2 || !Persons.changes.indices.contains(numbers[0]) { stop(Self.usage) }
      Persons(subject: subject).one(numbers[0], numbers[1], &tally)
    default:
      if words.isEmpty { stop(Self.usage) }
      return nil
    }
    return tally
  }

  /// Every single fault at every call.
  private func single(_ subject: Subject, _ commands: [Subject.Command]) -> [Tally] {
    commands.flatMap { command in
      let faults = SingleFaults(subject: subject, command: command)
      return [
        faults.run(FaultKind.kills, share: share, title: "killed before and after every call"),
        faults.run(FaultKind.singleErrors, share: share, title: "six errors at every call"),
        faults.run(FaultKind.lastingErrors, share: share, title: "lasting errors from every call"),
        faults.run([FaultKind.shortWrites], share: share, title: "short writes from every call"),
        faults.run(FaultKind.signals, share: share, title: "SIGINT and SIGTERM at every call"),
      ]
    }
  }

  /// Kills at every fifth call where state lies in git's folder, and git is asked.
  private func repository(_ subject: Subject) -> [Tally] {
    var subject = subject
    subject.scene.isRepository = true
    return [Subject.Command.apply, .undo].map { command in
      SingleFaults(subject: subject, command: command).run(
        FaultKind.kills, share: share.every(5), title: "in a repository, kills at every fifth call")
    }
  }

  /// Every single fault at every call of an apply from its first look at a ledger that has a run
  /// in it.
  private func ledger(_ subject: Subject) -> [Tally] {
    var subject = subject
    subject.seedLedger()
    let faults = SingleFaults(subject: subject, command: .apply)
    let first = faults.first(naming: subject.scene.home + "/" + SeededLedger.name)
    return [faults.run(FaultKind.all, share: share, title: "ledger, all faults", from: first)]
  }
}

extension Share {
  /// This share of every so many numbers.
  func every(_ step: Int) -> Share {
    Share(index: index * step, of: of * step, isPart: isPart, parts: parts)
  }
}
