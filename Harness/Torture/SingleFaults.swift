import CFault
import Glibc

/// One fault at every call of one command: the tree must be as before or as after.
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
  }

  /// Brings the scene to where the command begins.
  func prepare() {
    subject.scene.build()
    switch command {
    case .apply: break
    case .undo: _ = subject.run(.apply)
    case .recover: _ = subject.run(.apply, halfway)
    }
  }

  /// The fault that leaves a tree with about half of its renames done; found once by `findHalfway`.
  private(set) var halfway = fault()

  /// Finds the call at which an apply dies with about half of its renames done.
  mutating func findHalfway() {
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

  /// The numbers of the calls that are worth a fault, by a run without one.
  func numbers() -> ClosedRange<Int> {
    prepare()
    let log = CallLog.of(subject, command)
    if log.calls.isEmpty { stop("\(command.rawValue) makes no call") }
    return log.first(naming: subject.scene.root)...log.calls.count
  }

  /// All numbers, or those of a share (`index` of `of`).
  func run(_ kinds: [FaultKind], share: Share) -> Tally {
    let names = kinds.count == 1 ? kinds[0].name : "\(kinds[0].name) … \(kinds.last?.name ?? "")"
    var tally = Tally("\(command.rawValue), \(names)")
    let numbers = numbers()
    for kind in kinds {
      for number in numbers where share.takes(number) {
        one(kind, number, &tally)
      }
    }
    tally.report()
    return tally
  }

  func one(_ kind: FaultKind, _ number: Int, _ tally: inout Tally) {
    prepare()
    let result = subject.run(command, kind.fault(at: number))
    let messages = subject.lastMessages()
    let between = subject.scene.picture()
    let recovery = subject.run(.recover)
    let tree = subject.scene.picture()
    let litter = subject.scene.litter()
    let state = tree == old ? "old" : tree == new ? "new" : "TORN"
    tally.count(state)
    var faults: [String] = []
    if state == "TORN" { faults.append("the tree is neither old nor new") }
    if recovery.exit_code != 0 { faults.append("recover ends with \(recovery.exit_code)") }
    if !litter.isEmpty { faults.append("left behind: \(litter.joined(separator: ", "))") }
    if result.exit_code == 0 && command != .recover {
      let wanted = command == .apply ? new : old
      if between != wanted { faults.append("exit 0 without the wanted tree") }
    }
    if faults.isEmpty { return }
    let call = Self.text(result.call) + " " + Self.text(result.path)
    tally.fail(
      "\(command.rawValue), \(kind.name) at call \(number) (\(call)), exit \(result.exit_code): "
        + faults.joined(separator: "; "),
      Self.difference(tree, old, new) + messages.split(separator: "\n").map(String.init)
        + subject.lastMessages().split(separator: "\n").map(String.init),
      repeating: "torture one \(command.rawValue) \(kind.name) \(number)"
        + (subject.mtor.map { " --mtor \($0)" } ?? ""))
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

/// A part of the numbers: every `of`th, beginning with `index`.
struct Share {
  var index = 0
  var of = 1

  func takes(_ number: Int) -> Bool { number % of == index }
}
