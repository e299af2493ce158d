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
      let configuration = try configuration(invocation)
      let desk = try CoachingDesk(
        root: invocation.value(.root), configuration: configuration,
        ledger: Environment.ledgerPath)
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
    var said = "added \(note.id) (\(note.status.rawValue)) in \(path)\n"
    if let check = note.check { said += told(check) }
    return try Output.result(said)
  }

  private static func change(
    _ action: Action, _ desk: CoachingDesk, _ names: [String], _ invocation: Invocation
  ) throws(RunFailure) -> ExitCode {
    if names.isEmpty { _ = try one(names, action) }
    if invocation.has(.check) { _ = try one(names, action) }
    // All of them are there, or nothing is changed.
    for name in names { _ = try desk.standing(of: name) }
    var said = ""
    for name in names {
      switch action {
      case .activate:
        said += "\(name) is active, in \(try desk.activate(name))\n"
        if try desk.standing(of: name).note.check != nil,
          try desk.standing(of: name).check == nil
        {
          said += "  its command does not run on this machine: mtor coach promote \(name)\n"
        }
      case .retire: said += "\(name) is retired, in \(try desk.retire(name))\n"
      default:
        let path = try desk.promote(name, check: invocation.value(.check))
        said += "\(name) is promoted, in \(path)\n"
        let known = try desk.standing(of: name).note.check
        if let check = invocation.value(.check) ?? known { said += told(check) }
      }
    }
    return try Output.result(said)
  }

  private static func told(_ check: String) -> String {
    "  before any model is asked, in the sandbox, this runs: \(Printable.escaped(check))\n"
  }
}
