import Engine
import Events
import Glibc
import Manifests
import Platform
import Records
import Repairing
import Reporting
import YAMLTree

/// `mtor coach WHAT`: the notes of a tree.
enum CoachVerb {
  enum Action: String, CaseIterable {
    case list, add, show, activate, retire, promote, stats, lint
  }

  static func run(_ invocation: Invocation) throws -> ExitCode {
    // The parser has checked the word against the table.
    guard let action = invocation.operands.first.flatMap(Action.init) else { return .usage }
    do throws(RunFailure) {
      try refuseWhatMeansNothing(action, invocation)
      let configuration = try configuration(invocation)
      let desk = try CoachingDesk(
        root: invocation.value(.root), configuration: configuration,
        ledger: configuration.ledger ?? LedgerFile.defaultPath)
      let names = Array(invocation.operands.dropFirst())
      switch action {
      case .list: return try list(desk, invocation)
      case .lint: return try lint(desk, invocation)
      case .stats: return try stats(desk, names, invocation)
      case .add: return try add(desk, names, invocation)
      case .show: return try show(desk, try one(names, action), invocation)
      case .activate, .retire, .promote: return try change(action, desk, names, invocation)
      }
    } catch {
      return try FailureOutput(invocation).report(error)
    }
  }

  /// Ids and flags that an action knows nothing of are a mistake, and not taken silently.
  private static func refuseWhatMeansNothing(
    _ action: Action, _ invocation: Invocation
  ) throws(RunFailure) {
    let hint = "'mtor coach --help' says what belongs to which action"
    if action == .list || action == .lint, let extra = invocation.operands.dropFirst().first {
      throw .usage(
        message: "'\(action.rawValue)' takes no '\(Printable.escaped(extra))'", hint: hint)
    }
    if action == .add { return }
    let own: [FlagName] = [
      .name, .severity, .origin, .path, .language, .model, .step, .expires, .check, .proposed,
    ]
    for flag in own where invocation.has(flag) && !(flag == .check && action == .promote) {
      throw .usage(message: "'\(action.rawValue)' takes no \(flag.rawValue)", hint: hint)
    }
  }

  private static func configuration(
    _ invocation: Invocation
  ) throws(RunFailure) -> Configuration {
    do {
      return try ConfigurationFile.read(invocation).configuration
    } catch let faults as DiagnosticList {
      throw .invalid(faults.all)
    } catch {
      throw .system(message: "\(error)", hint: nil)
    }
  }

  private static func one(_ names: [String], _ action: Action) throws(RunFailure) -> String {
    if names.count == 1 { return names[0] }
    throw .usage(
      message: names.isEmpty ? "'\(action.rawValue)' needs a note's id" : "one id at a time",
      hint: "mtor coach \(action.rawValue) ID; 'mtor coach list' lists the notes")
  }

  // MARK: Looking

  private static func list(
    _ desk: CoachingDesk, _ invocation: Invocation
  ) throws(RunFailure) -> ExitCode {
    tell(desk.faults)
    if invocation.value(.format) == "json" {
      let notes = desk.book.standings.map(CoachText.json)
      return try Output.result(
        JSON.object([.init("ok", .bool(true)), .init("notes", .array(notes))]).text(.pretty) + "\n")
    }
    let console = Terminal.console(STDOUT_FILENO, invocation)
    return try Output.result(
      CoachText.list(desk.book, console.style, width: console.width))
  }

  private static func show(
    _ desk: CoachingDesk, _ id: String, _ invocation: Invocation
  ) throws(RunFailure) -> ExitCode {
    let standing = try desk.standing(of: id)
    return try Output.result(
      invocation.value(.format) == "json"
        ? CoachText.json(standing).text(.pretty) + "\n" : CoachText.show(standing))
  }

  private static func stats(
    _ desk: CoachingDesk, _ names: [String], _ invocation: Invocation
  ) throws(RunFailure) -> ExitCode {
    var standings: [NoteStanding] = []
    for name in names { standings.append(try desk.standing(of: name)) }
    if names.isEmpty { standings = desk.book.standings.filter { $0.status != .proposed } }
    if invocation.value(.format) == "json" {
      let notes = standings.map(CoachText.json)
      return try Output.result(
        JSON.object([.init("ok", .bool(true)), .init("notes", .array(notes))]).text(.pretty) + "\n")
    }
    return try Output.result(CoachText.stats(standings))
  }

  /// Exit 3 where something is wrong with a file; warnings alone are none.
  private static func lint(
    _ desk: CoachingDesk, _ invocation: Invocation
  ) throws(RunFailure) -> ExitCode {
    let errors = desk.faults.filter { $0.severity == .error }
    if !errors.isEmpty { throw .invalid(desk.faults) }
    tell(desk.faults)
    let remarks = desk.book.standings.compactMap(CoachText.remark)
    if invocation.value(.format) == "json" {
      return try Output.result(
        JSON.object([
          .init("ok", .bool(true)), .init("remarks", .array(remarks.map(JSON.string))),
        ]).text(.pretty) + "\n")
    }
    let count = desk.book.standings.count { $0.path != nil }
    return try Output.result(
      remarks.map { $0 + "\n" }.joined() + "\(count) note\(count == 1 ? "" : "s") in order\n")
  }

  /// Faults of files beside a result that does without them.
  private static func tell(_ faults: [Diagnostic]) {
    let printer = DiagnosticPrinter()
    for fault in faults { Output.complain(printer.line(fault) + "\n") }
  }

  // MARK: Changing

  private static func add(
    _ desk: CoachingDesk, _ texts: [String], _ invocation: Invocation
  ) throws(RunFailure) -> ExitCode {
    let text = texts.joined(separator: " ")
    var note = CoachingNote(
      id: invocation.value(.name) ?? CoachingNote.id(from: text), text: text,
      status: invocation.has(.proposed) ? .proposed : .active)
    note.severity = invocation.value(.severity).flatMap(CoachingNote.Severity.init) ?? .medium
    note.origin = invocation.value(.origin).flatMap(CoachingNote.Origin.init) ?? .review
    note.scope = CoachingNote.Scope(
      paths: invocation.all(.path).map(\.text), languages: invocation.all(.language).map(\.text),
      models: invocation.all(.model).map(\.text), steps: invocation.all(.step).map(\.text))
    note.created = String(Clock.timestamp(Clock.now).prefix(10))
    note.expires = invocation.value(.expires)
    note.check = invocation.value(.check)
    let path = try desk.add(note)
    if invocation.value(.format) == "json" {
      let changed: JSON = [
        "id": .string(note.id), "status": .string(note.status.rawValue), "place": .string(path),
      ]
      return try Output.result(
        JSON.object([.init("ok", .bool(true)), .init("notes", .array([changed]))]).text(.pretty)
          + "\n")
    }
    var said = "added \(note.id) (\(note.status.rawValue)) in \(path)\n"
    if let check = note.check { said += told(check) }
    return try Output.result(said)
  }

  private static func change(
    _ action: Action, _ desk: CoachingDesk, _ names: [String], _ invocation: Invocation
  ) throws(RunFailure) -> ExitCode {
    if names.isEmpty { _ = try one(names, action) }
    if invocation.has(.check) { _ = try one(names, action) }
    let wanted: CoachingDesk.Action =
      switch action {
      case .activate: .activate
      case .retire: .retire
      default: .promote(check: invocation.value(.check))
      }
    // Whatever speaks against one of them is said before any is changed.
    let changes = try desk.changes(wanted, names)
    var said = ""
    var done: [JSON] = []
    let isJSON = invocation.value(.format) == "json"
    do throws(RunFailure) {
      for change in changes {
        try desk.make(change)
        said += text(of: change, action, desk)
        done.append(
          [
            "id": .string(change.note.id), "status": .string(change.note.status.rawValue),
            "place": .string(change.place),
          ])
      }
    } catch {
      // What was done stays done, and is told.
      if !isJSON { _ = try Output.result(said) }
      throw error
    }
    if isJSON {
      return try Output.result(
        JSON.object([.init("ok", .bool(true)), .init("notes", .array(done))]).text(.pretty) + "\n")
    }
    return try Output.result(said)
  }

  private static func text(
    of change: CoachingDesk.Change, _ action: Action, _ desk: CoachingDesk
  ) -> String {
    let id = change.note.id
    switch action {
    case .activate:
      let isAllowed = desk.book.standing(of: id)?.check != nil
      return "\(id) is active, in \(change.place)\n"
        + (change.note.check == nil || isAllowed
          ? "" : "  its command does not run on this machine: mtor coach promote \(id)\n")
    case .retire: return "\(id) is retired, in \(change.place)\n"
    default:
      return "\(id) is promoted, in \(change.place)\n" + (change.note.check.map(told) ?? "")
    }
  }

  private static func told(_ check: String) -> String {
    "  before any model is asked, in the sandbox, this runs: \(Printable.escaped(check))\n"
  }
}
