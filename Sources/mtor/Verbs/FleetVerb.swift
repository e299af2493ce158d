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
  static let actions = ["plan"]

  static func run(_ invocation: Invocation) throws -> ExitCode {
    do {
      guard invocation.operands.count == 2 else {
        throw RunFailure.usage(
          message: "'fleet' needs an action and a file",
          hint: "write mtor fleet \(invocation.operands.first ?? "plan") FLEET.yaml")
      }
      let limits = try ConfigurationFile.limits(invocation)
      let fleet = try read(invocation.operands[1])
      return try plan(fleet, limits, invocation)
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

  /// Where copies of repositories and work trees lie.
  private static func folder() throws(RunFailure) -> String {
    guard let home = StateHome.path else {
      throw .system(
        message: "there is no place for the fleet: neither XDG_STATE_HOME nor HOME is set",
        hint: "export HOME=~")
    }
    return home + "/mtor/fleet"
  }

  private static func plan(
    _ fleet: FleetFile, _ limits: Limits, _ invocation: Invocation
  ) throws -> ExitCode {
    let files = try MatrixReportFiles(invocation)
    try Interruption.watch()
    let planner = FleetPlanner(
      fleet, folder: try folder(), runner: CommandRunner(), limits: limits)
    let matrix = try planner.plan()
    try files.write(matrix)
    try show(matrix, invocation)
    if matrix.rows.contains(where: \.state.isRed) { return .conflict }
    let changes = matrix.rows.contains { $0.state == .planned }
    return invocation.has(.detailedExitCode) && changes ? .pending : .success
  }

  private static func show(_ matrix: Matrix, _ invocation: Invocation) throws {
    if invocation.value(.format) == "json" {
      try Output.print(matrix.json.text(.pretty) + "\n")
    } else {
      let console = Terminal.console(STDOUT_FILENO, invocation)
      try Output.print(MatrixText(console.style).text(matrix))
    }
  }
}

/// The files that are to get a matrix, opened before anything is begun.
struct MatrixReportFiles {
  private var files: [(ReportFile, (Matrix) -> String)] = []

  init(_ invocation: Invocation) throws {
    let kinds: [(FlagName, (Matrix) -> String)] = [
      (.json, { $0.json.text(.pretty) + "\n" }), (.junit, { $0.junit }),
      (.markdown, { $0.markdown }), (.html, { $0.html }),
    ]
    for (flag, text) in kinds {
      if let path = invocation.value(flag) { files.append((try ReportFile.opened(path), text)) }
    }
  }

  func write(_ matrix: Matrix) throws {
    for (file, text) in files { try file.finish(text(matrix)) }
  }
}
