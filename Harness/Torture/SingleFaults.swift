import CFault
import Glibc

/// One fault at every call of one command: the tree must be as before or as after, the ledger
/// true, and the exit code what happened.
struct SingleFaults {
  let subject: Subject
  let command: Subject.Command
  /// The trees before and after a whole `apply`.
  let old: [String]
  let new: [String]

  init(subject: Subject, command: Subject.Command) {
    self.subject = subject
    self.command = command
    subject.scene.build()
    old = subject.scene.picture()
    if subject.run(.apply).exit_code != 0 {
      stop("apply fails without a fault: \(subject.lastMessages())")
    }
    new = subject.scene.picture()
    if old == new { stop("apply changes nothing") }
    if command == .recover { findHalfway() }
  }

  /// Brings the scene to where the command begins.
  func prepare() {
    subject.scene.build()
    switch command {
    case .apply, .unit, .failingUnit: break
    case .undo: _ = subject.run(.apply)
    case .recover: _ = subject.run(.apply, halfway)
    }
  }

  /// The fault that leaves a tree with about half of its renames done.
  private var halfway = fault()

  /// Finds the call at which an apply dies with about half of its renames done.
  private mutating func findHalfway() {
    subject.scene.build()
    let renames = CallLog.of(subject, .apply).numbers(of: ["renameat2"])
    let torn = renames.filter { number in
      subject.scene.build()
      _ = subject.run(.apply, FaultKind.kills[0].fault(at: number))
      let tree = subject.scene.picture()
      return tree != old && tree != new
    }
    if torn.isEmpty { stop("no call of apply leaves a tree between old and new") }
    halfway = FaultKind.kills[0].fault(at: torn[torn.count / 2])
  }

  /// The numbers of the calls, by a run without a fault: from the first look at the root or the
  /// manifest on. What comes before is the loader's work, before a line of the program has run.
  func numbers() -> ClosedRange<Int> {
    prepare()
    let log = CallLog.of(subject, command)
    if log.calls.isEmpty { stop("\(command.rawValue) makes no call") }
    return log.first(naming: subject.scene.root, subject.folder)...log.calls.count
  }

  /// The number of the first call that names a file.
  func first(naming path: String) -> Int {
    prepare()
    return CallLog.of(subject, command).first(naming: path)
  }

  /// A share's part of the numbers, beginning with `from`.
  func run(
    _ kinds: [FaultKind], share: Share, title: String, from first: Int = 1, quietly: Bool = false
  ) -> Tally {
    var tally = Tally("\(command.rawValue), \(title)", isQuiet: quietly)
    let numbers = numbers()
    var start: Start?
    for kind in kinds {
      for number in numbers where number >= first && share.takes(number) {
        one(kind, number, &tally, &start)
      }
    }
    tally.report(to: share)
    return tally
  }

  /// A prepared scene to which nothing has been done yet.
  struct Start {
    /// Every name, inode, time and size of it.
    var mark: [UInt64]
    /// Its picture; and, of its recovery, which ran once on a scene made in the same way.
    var tree: [String]
    var recovered: [String]
  }

  /// Prepares, and finds out once what recovery makes of what is prepared.
  private func begin(_ last: Start?) -> Start {
    var recovered = last?.recovered
    if recovered == nil {
      prepare()
      if subject.run(.recover).exit_code != 0 { stop("recover fails without a fault") }
      recovered = subject.scene.picture()
      if !subject.scene.litter().isEmpty { stop("recover leaves \(subject.scene.litter())") }
    }
    prepare()
    return Start(
      mark: subject.scene.mark(), tree: subject.scene.picture(), recovered: recovered ?? [])
  }

  func one(_ kind: FaultKind, _ number: Int, _ tally: inout Tally, _ start: inout Start?) {
    let scene = start ?? begin(nil)
    let result = subject.run(command, kind.fault(at: number))
    let messages = subject.lastMessages()
    // Where the fault came before anything was written, nothing differs: then recovery, which ran
    // on this very state, need not run again, and the next fault may begin from it.
    let isUntouched = subject.scene.mark() == scene.mark
    let between = isUntouched ? scene.tree : subject.scene.picture()
    var wrong = ledgerFaults(result, between, messages)
    var recovery = fault_result()
    if !isUntouched { recovery = subject.run(.recover) }
    let tree = isUntouched ? scene.recovered : subject.scene.picture()
    let litter = isUntouched ? [] : subject.scene.litter()
    let stands = name(tree) == "new" && standsAsTold(result.exit_code, messages)
    start = isUntouched ? scene : begin(scene)
    let state = name(tree)
    tally.count(state)
    if state == "TORN" { wrong.append("the tree is neither old nor new") }
    if !command.ends.contains(state) && !stands {
      wrong.append("the tree is \(state) after recovery")
    }
    if recovery.exit_code != 0 { wrong.append("recover ends with \(recovery.exit_code)") }
    if !litter.isEmpty { wrong.append("left behind: \(litter.joined(separator: ", "))") }
    let usual: Int32 = command == .failingUnit ? 1 : 0
    if let fault = kind.fault(ofExit: result.exit_code, usual: usual) { wrong.append(fault) }
    if result.hung != 0 { wrong.append("it had to be killed") }
    if result.exit_code == 0 && name(between) != command.success {
      wrong.append("exit 0 without the wanted tree")
    }
    if wrong.isEmpty { return }
    let call = Self.text(result.call) + " " + Self.text(result.path)
    tally.fail(
      "\(command.rawValue), \(kind.name) at call \(number) (\(call)), exit \(result.exit_code): "
        + wrong.joined(separator: "; "),
      Self.difference(tree, old, new) + messages.split(separator: "\n").map(String.init)
        + subject.lastMessages().split(separator: "\n").map(String.init),
      repeating: subject.repeating("one \(command.rawValue) \(kind.name) \(number)"))
  }

  /// Whether a run that was to take itself back found beforehand that it could not, touched nothing,
  /// said so, and `undo` puts everything back once the fault is gone. That is the one good end
  /// besides the old tree.
  private func standsAsTold(_ exit: Int32, _ messages: String) -> Bool {
    guard command == .failingUnit, exit == 1,
      messages.contains("--on-failure undo put nothing back")
    else { return false }
    return subject.run(.undo).exit_code == 0 && subject.scene.picture() == old
  }

  func name(_ tree: [String]) -> String { tree == old ? "old" : tree == new ? "new" : "TORN" }

  /// What the ledger says against what happened; only the executable keeps one.
  private func ledgerFaults(
    _ result: fault_result, _ tree: [String], _ messages: String
  ) -> [String] {
    if subject.mtor == nil || command != .apply { return [] }
    return LedgerTruth(home: subject.scene.home, before: subject.scene.ledger).faults(
      exit: result.exit_code, isNew: tree == new, isTorn: tree != new && tree != old,
      messages: messages)
  }

  static func difference(_ tree: [String], _ old: [String], _ new: [String]) -> [String] {
    let known = Set(old).union(new)
    return tree.filter { !known.contains($0) }.map { "strange: \($0)" }
      + tree.filter { known.contains($0) && !Set(old).contains($0) }.map { "of the new: \($0)" }
  }

  static func text<Tuple>(_ tuple: Tuple) -> String {
    withUnsafeBytes(of: tuple) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
