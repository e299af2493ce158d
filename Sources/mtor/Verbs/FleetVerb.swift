import Dispatching
import Engine
import Events
import Fleet
import Glibc
import Manifests
import Platform
import Reporting
import Subprocess
import YAMLTree

/// `mtor fleet ACTION FLEET.yaml`: one manifest, many repositories.
enum FleetVerb {
  static let actions = ["plan", "apply", "status", "report", "undo"]

  static func run(_ invocation: Invocation) throws -> ExitCode {
    do {
      let configuration = try ConfigurationFile.readForQueue(invocation)
      let fleet = try read(invocation.operands[1])
      switch invocation.operands[0] {
      case "plan": return try plan(fleet, configuration.limits, invocation)
      case "apply": return try apply(fleet, configuration, invocation)
      case "undo": return try undo(fleet, configuration, invocation)
      default: return try look(fleet, configuration, invocation)
      }
    } catch let failure as RunFailure {
      return try FailureOutput(invocation).report(failure)
    } catch let faults as DiagnosticList {
      return try FailureOutput(invocation).report(.invalid(faults.all))
    }
  }

  private static func read(_ file: String) throws -> FleetFile {
    guard let text = try TextFile.read(file) else {
      throw RunFailure.unreadable(
        message: "there is no fleet '\(Printable.escaped(file))'",
        hint: "docs/fleet.md shows one to start from")
    }
    return try FleetReader.read(SourceText(name: file, bytes: Array(text.utf8)))
  }

  /// Where copies of repositories, work trees and records lie.
  private static func folder() throws(RunFailure) -> String {
    guard let home = StateHome.path else {
      throw .system(
        message: "there is no place for the fleet: \(StateHome.absence)",
        hint: "export HOME=~")
    }
    return home + "/mtor/fleet"
  }

  private static func plan(
    _ fleet: FleetFile, _ limits: Limits, _ invocation: Invocation
  ) throws -> ExitCode {
    let files = try MatrixReportFiles(invocation, fleet)
    try Interruption.watch()
    let planner = FleetPlanner(
      fleet, folder: try folder(), runner: CommandRunner(), limits: limits)
    let matrix = try planner.plan()
    let changes = matrix.rows.contains { $0.state == .planned }
    let pending: ExitCode = invocation.has(.detailedExitCode) && changes ? .pending : .success
    let code = ExitCode.stronger(code(matrix), pending)
    try files.write(matrix, code)
    try show(matrix, code, invocation, showsChanges: true)
    return code
  }

  private static func open(
    _ fleet: FleetFile, _ configuration: Configuration, _ invocation: Invocation, isChanging: Bool
  ) throws -> FleetRun {
    // By the process: the file may be replaced by a newer one while this one works.
    var settings = FleetRun.Settings(
      executable: "/proc/\(getpid())/exe", folder: try folder(),
      dispatchFolder: try QueueAccess.folder(), configuration: configuration,
      log: { line in
        if invocation.has(.verbose) { Output.complain(Printable.escaped(line) + "\n") }
      })
    settings.configurationFile = invocation.value(.config).map(absolute)
    return try FleetRun(fleet, settings, runner: CommandRunner(), isChanging: isChanging)
  }

  private static func apply(
    _ fleet: FleetFile, _ configuration: Configuration, _ invocation: Invocation
  ) throws -> ExitCode {
    if invocation.has(.failed) && invocation.has(.resume) {
      throw RunFailure.usage(
        message: "--failed and --continue are two things",
        hint: "--failed repeats what is red, --continue does what has not ended")
    }
    let files = try MatrixReportFiles(invocation, fleet)
    Shutdown.watch()
    let run = try open(fleet, configuration, invocation, isChanging: true)
    if let queue = run.sharedQueue { Output.complain("elsewhere: mtor worker --queue \(queue)\n") }
    let matrix = try run.apply(
      invocation.has(.failed) ? .failed : invocation.has(.resume) ? .unfinished : .all)
    let stop = Shutdown.firstSignal.flatMap { ExitCode(rawValue: Interruption.exitCode(of: $0)) }
    let code = stop ?? code(matrix)
    try files.write(matrix, code)
    try show(matrix, code, invocation, showsChanges: false)
    let file = Printable.escaped(fleet.file)
    if stop != nil {
      Output.complain("interrupted: mtor fleet apply \(file) --continue goes on\n")
      return code
    }
    if matrix.rows.contains(where: { $0.state == .cancelled }) {
      Output.complain("mtor fleet apply \(file) --continue does what was not begun\n")
    }
    if matrix.rows.contains(where: { $0.state == .failed || $0.state == .stalled }) {
      Output.complain("mtor fleet apply \(file) --failed does the red ones again\n")
    }
    return code
  }

  private static func undo(
    _ fleet: FleetFile, _ configuration: Configuration, _ invocation: Invocation
  ) throws -> ExitCode {
    let files = try MatrixReportFiles(invocation, fleet)
    try Interruption.watch()
    let matrix = try open(fleet, configuration, invocation, isChanging: true).undo()
    let code: ExitCode = matrix.isGreen ? .success : .conflict
    try files.write(matrix, code)
    try show(matrix, code, invocation, showsChanges: false)
    return code
  }

  /// `status` and `report`: what is known, nothing done; they end as `apply` would have.
  private static func look(
    _ fleet: FleetFile, _ configuration: Configuration, _ invocation: Invocation
  ) throws -> ExitCode {
    let files = try MatrixReportFiles(invocation, fleet)
    let run = try open(fleet, configuration, invocation, isChanging: false)
    if run.isNew {
      throw RunFailure.usage(
        message: "nothing of this fleet has been begun",
        hint: "mtor fleet apply \(Printable.escaped(fleet.file))")
    }
    let isUnfinished = run.isUnfinished
    let matrix = try run.current()
    let code = ExitCode.stronger(code(matrix), isUnfinished ? .failed : .success)
    try files.write(matrix, code)
    try show(matrix, code, invocation, showsChanges: invocation.operands[0] == "report")
    return code
  }

  /// The strongest of what its repositories came to.
  private static func code(_ matrix: Matrix) -> ExitCode {
    matrix.rows.reduce(.success) { code, row in
      let own: ExitCode =
        switch row.state {
        case .stalled: .gaveUp
        case .failed where row.reason == Matrix.noModel: .unreachable
        case .failed, .cancelled, .waiting, .running: .failed
        case .refused: row.reason == Matrix.noSpace ? .system : .conflict
        default: .success
        }
      return ExitCode.stronger(code, own)
    }
  }

  private static func show(
    _ matrix: Matrix, _ code: ExitCode, _ invocation: Invocation, showsChanges: Bool
  ) throws {
    if invocation.value(.format) == "json" {
      try Output.print(matrix.json(ok: code == .success).text(.pretty) + "\n")
    } else {
      let console = Terminal.console(STDOUT_FILENO, invocation)
      try Output.print(MatrixText(console.style, showsChanges: showsChanges).text(matrix))
    }
  }

  private static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
    defer { free(folder) }
    return String(cString: folder) + "/" + path
  }
}

/// The files that are to get a matrix, opened before anything is begun.
struct MatrixReportFiles {
  private var files: [(ReportFile, (Matrix, ExitCode) -> String)] = []

  init(_ invocation: Invocation, _ fleet: FleetFile) throws {
    try Self.refuseOverwriting(fleet, invocation)
    let kinds: [(FlagName, (Matrix, ExitCode) -> String)] = [
      (.json, { $0.json(ok: $1 == .success).text(.pretty) + "\n" }),
      (.junit, { matrix, _ in matrix.junit }), (.markdown, { matrix, _ in matrix.markdown }),
      (.html, { matrix, _ in matrix.html }),
    ]
    for (flag, text) in kinds {
      if let path = invocation.value(flag) { files.append((try ReportFile.opened(path), text)) }
    }
  }

  /// What the fleet is read from stays.
  private static func refuseOverwriting(
    _ fleet: FleetFile, _ invocation: Invocation
  ) throws(RunFailure) {
    func placed(_ path: String) -> String { path.hasPrefix("/") ? path : "\(fleet.folder)/\(path)" }
    try invocation.refuseOverwriting()
    let files = invocation.writtenFiles
    try files.refuse(over: fleet.file, "the fleet's own file")
    try files.refuse(over: placed(fleet.manifest), "the fleet's manifest")
    for source in fleet.repositories {
      if case .list(let path) = source.place {
        try files.refuse(over: placed(path), "the fleet's list of repositories")
      }
    }
  }

  func write(_ matrix: Matrix, _ code: ExitCode) throws {
    for (file, text) in files { try file.finish(text(matrix, code)) }
  }
}
