public import Engine
import Manifests
import Planning
import Platform
public import Subprocess
import Synchronization
public import YAMLTree

/// `mtor fleet plan`: what the manifest would do in every repository; nothing is changed in any.
public struct FleetPlanner: Sendable {
  let fleet: FleetFile
  let folder: String
  let runner: CommandRunner
  let limits: Limits

  /// `folder` is where mtor keeps copies and work trees, absolute.
  public init(_ fleet: FleetFile, folder: String, runner: CommandRunner, limits: Limits) {
    self.fleet = fleet
    self.folder = folder
    self.runner = runner
    self.limits = limits
  }

  private struct Found: Sendable {
    var rows: [Matrix.Row?]
    var changes: [Digest: String] = [:]
  }

  /// Looks at every repository, several at a time.
  ///
  /// `onRow` is told of each when it is known, from several threads.
  public func plan(
    onRow: @escaping @Sendable (Matrix.Row) -> Void = { _ in }
  ) throws(RunFailure) -> Matrix {
    let members: [FleetMember]
    do throws(DiagnosticList) {
      members = try RepositoryFinder(fleet: fleet, runner: runner).members()
    } catch { throw .invalid(error.all) }
    var request = ApplyRequest(sources: [.file(manifestPath)])
    request.limits = limits
    let manifests = try ManifestFiles.read(request)
    WorkSlots.clear(in: folder + "/trees", runner: runner)
    let found = Mutex(Found(rows: Array(repeating: nil, count: members.count)))
    Parallel.forEach(below: members.count, jobs: fleet.concurrency) { [request] index in
      let (row, change, _) = look(at: members[index], request, manifests)
      onRow(row)
      found.withLock {
        $0.rows[index] = row
        if let change, let digest = row.change { $0.changes[digest] = change }
      }
      return Interruption.count == 0
    }
    if let signal = Interruption.signal { throw .interrupted(signal: signal) }
    let result = found.withLock { $0 }
    return Matrix(
      kind: .plan, manifest: manifests.first?.manifest.name ?? "", file: fleet.file,
      rows: result.rows.compactMap { $0 }, changes: result.changes)
  }

  var manifestPath: String {
    fleet.manifest.hasPrefix("/") ? fleet.manifest : fleet.folder + "/" + fleet.manifest
  }

  /// The row of one repository, the text of its change, and where it was looked at: a work tree
  /// that is gone again.
  func look(
    at member: FleetMember, _ request: ApplyRequest, _ manifests: [LoadedManifest]
  ) -> (Matrix.Row, String?, Preparation.Ready?) {
    let preparation = Preparation(fleet: fleet, folder: folder, runner: runner)
    let slot = WorkSlots.name(for: member)
    let ready: Preparation.Ready
    switch preparation.prepare(member, slot: slot) {
    case .ended(let row): return (row, nil, nil)
    case .ready(let found): ready = found
    }
    var request = request
    request.root = ready.tree
    request.params = ready.params
    var row = Matrix.Row(member.name, member.address, .planned)
    row.base = ready.base
    row.params = ready.params
    var change: String?
    do throws(RunFailure) {
      let inspection = try Inspection.make(request, manifests: manifests)
      change = Self.fill(&row, inspection)
    } catch {
      row.state = .refused
      (row.reason, row.detail) = Self.words(error)
    }
    if let left = preparation.remove(ready) { row.detail = left }
    return (row, change, ready)
  }

  private static func fill(_ row: inout Matrix.Row, _ inspection: Inspection) -> String? {
    if let conflict = inspection.plans.flatMap(\.conflicts).first {
      row.state = .refused
      row.reason = "conflict"
      row.detail = Self.words(conflict)
      return nil
    }
    var whole = ""
    for step in inspection.plans.flatMap(\.steps) {
      let text = UnifiedDiff.text(of: step)
      whole += text
      row.cells.append(cell(step, text))
    }
    if !inspection.hasChanges { row.state = .unchanged }
    if whole.isEmpty { return nil }
    row.change = Digest(of: Array(whole.utf8))
    return whole
  }

  private static func cell(_ step: PlannedStep, _ change: String) -> Matrix.Cell {
    var told = "\(step.decision.rawValue)\0\(change)"
    for command in step.run + step.tests { told += "\0\(command.spec.run)" }
    var counts: [PlannedFile.Action: Int] = [:]
    for file in step.files where file.movedTo == nil { counts[file.action, default: 0] += 1 }
    let outcome =
      step.decision == .skip
      ? "skipped"
      : step.decision == .unknown
        ? "unknown"
        : PlannedFile.Action.allCases.compactMap { action in
          counts[action].map { "\($0) \(action.rawValue)" }
        }.joined(separator: ", ")
    return Matrix.Cell(
      step: step.id, outcome: outcome.isEmpty ? "commands" : outcome,
      digest: Digest(of: Array(told.utf8)))
  }

  /// What stands against a commit belongs to no step.
  private static func words(_ conflict: Conflict) -> String {
    conflict.step.isEmpty ? conflict.message : "step \(conflict.step): \(conflict.message)"
  }

  /// A failure as a reason that may be shared, and what is to be known beyond it.
  static func words(_ failure: RunFailure) -> (reason: String, detail: String) {
    switch failure {
    case .invalid(let all):
      let first = all.first { $0.severity == .error }
      return (first?.rule ?? "invalid", first?.message ?? failure.reason)
    case .conflicts(let all, _):
      return ("conflict", all.first.map(words) ?? failure.reason)
    case .refused(let message, let details, _):
      return (failure.code, ([message] + details.prefix(1)).joined(separator: ": "))
    default: return (failure.code, failure.reason)
    }
  }
}
