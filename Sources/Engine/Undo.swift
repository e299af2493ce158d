import Events
public import Materialising
import Planning
import Platform

/// Taking a run back, and finishing what a crash left.
public struct Undo: Sendable {
  public let run: String
  public let root: String
  /// The paths that are as they were before the run, in order.
  public let paths: [String]
  /// The paths that were left because somebody changed them at that very moment, in order: the tree
  /// is not as before the run.
  public let left: [String]
  /// What became of these, and what could not be found
  /// out, one sentence each.
  public let kept: [String]
  /// What recovery did first.
  public let recovered: [String]
  /// The run's commits, the newest first: one for each manifest that asked for one.
  public let commits: [String]
  /// True if the commits were taken back too.
  public let tookCommitBack: Bool

  /// That the run's commits stand, and what takes them back; nil where none does.
  public let standing: String?

  /// Undoes a run: the named one (or a prefix of its id), else, and for `last`, the newest that
  /// changed something.
  ///
  /// HEAD stays where it is unless `withCommit` is true, and then only if HEAD is that very commit
  /// and no remote has it; that is found out before a file is touched.
  public static func perform(
    _ run: String?, root: String?, withCommit: Bool, ledger: String?,
    durability: Durability = .full, stateHome: String? = nil
  ) throws(RunFailure) -> Undo {
    guard let path = try RootFolder.resolve(root, making: false) else {
      throw RootFolder.missing(root)
    }
    // Every id begins with nothing: none is meant.
    if run == "" {
      throw .refused(
        message: "there is no run ''", details: [], hint: "'mtor log' lists the runs")
    }
    let run = run == "last" ? nil : run
    let workspace = try Workspace.open(
      path, durability: durability, stateHome: stateHome)
    let runs: [UndoableRun]
    do throws(TreeError) { runs = try workspace.view.state.undoable() } catch {
      throw RunFailure(error)
    }
    if let done = done(by: workspace, run, besides: runs) {
      return try alreadyTakenBack(done, in: workspace, withCommit: withCommit, ledger: ledger)
    }
    let target = try undoable(run, of: runs, in: workspace)
    var notes: [String] = []
    let made = try commits(of: target, in: workspace, ledger, isNeeded: withCommit, &notes)
    if withCommit && made.newestFirst.isEmpty { throw made.none(of: target, in: workspace) }
    let taken = try takeBack(
      target, commits: withCommit ? made.newestFirst : [], in: workspace)
    let standing = withCommit ? nil : noted(made.newestFirst, in: workspace, &notes)
    return Undo(
      run: target, root: workspace.root.path, paths: taken.paths.map(\.text),
      left: taken.left.map(\.text), kept: taken.kept + notes,
      recovered: workspace.recovered, commits: made.newestFirst, tookCommitBack: withCommit,
      standing: standing?.sentence)
  }

  /// The run that is meant, where recovery has left nothing of it: to go on would undo another one.
  private static func done(
    by workspace: Workspace, _ run: String?, besides runs: [UndoableRun]
  ) -> Materialiser.UndoReport? {
    guard let report = workspace.materialiser.recovered,
      run.map(report.run.hasPrefix) ?? true,
      !runs.contains(where: { $0.run == report.run || run.map($0.run.hasPrefix) ?? false })
    else { return nil }
    return report
  }

  private static func alreadyTakenBack(
    _ report: Materialiser.UndoReport, in workspace: Workspace, withCommit: Bool, ledger: String?
  ) throws(RunFailure) -> Undo {
    var notes: [String] = []
    let made = try commits(of: report.run, in: workspace, ledger, isNeeded: withCommit, &notes)
    let standing = noted(made.newestFirst, in: workspace, &notes)
    if withCommit {
      guard let standing, let newest = made.newestFirst.first else {
        throw made.none(of: report.run, in: workspace)
      }
      throw .refused(
        message: "the commit \(newest.prefix(12)) of run \(report.run) still stands",
        details: workspace.recovered,
        hint: standing.reverting.map { "take it back yourself: \($0)" })
    }
    return Undo(
      run: report.run, root: workspace.root.path, paths: report.paths.map(\.text),
      left: report.left.map(\.text), kept: report.kept + notes,
      recovered: workspace.recovered.filter { !report.kept.contains($0) },
      commits: made.newestFirst, tookCommitBack: false, standing: standing?.sentence)
  }

  private static func undoable(
    _ run: String?, of runs: [UndoableRun], in workspace: Workspace
  ) throws(RunFailure) -> String {
    guard let run else {
      guard let newest = runs.first else {
        throw .refused(
          message: "there is nothing to undo in this tree", details: workspace.recovered,
          hint: "mtor log lists its runs; another tree is named by -C DIR")
      }
      return newest.run
    }
    let matches = runs.filter { $0.run.hasPrefix(run) }
    if matches.count == 1 { return matches[0].run }
    let known = runs.prefix(5).map { "\($0.run)  \(Printable.escaped($0.manifest))" }
    throw .refused(
      message: matches.isEmpty
        ? "run '\(Printable.escaped(run))' cannot be undone: it changed nothing here, is undone"
          + " already, or is too old"
        : "'\(Printable.escaped(run))' begins the id of \(matches.count) runs",
      details: workspace.recovered + known,
      hint: known.isEmpty
        ? "nothing can be undone in this tree; mtor log lists its runs"
        : "these can be undone, the newest first")
  }

  private static func takeBack(
    _ run: String, commits: [String], in workspace: Workspace
  ) throws(RunFailure) -> Materialiser.UndoReport {
    do {
      if commits.isEmpty { return try taken(run, in: workspace) }
      guard let repository = try workspace.view.repository() else {
        throw GitFailure("the root is in no git repository")
      }
      let takeBack = GitCommit(repository: repository, message: "", hooks: false)
      try takeBack.refuseTakingBack(commits)
      let report = try taken(run, in: workspace)
      for commit in commits { try takeBack.takeBack(commit) }
      return report
    } catch TreeError.conflict(let conflicts) {
      throw .refused(
        message: "run \(run) cannot be undone, and nothing was put back",
        details: conflicts.map { "\($0.path): \($0.message) [\($0.rule)]" },
        hint: conflicts.compactMap(\.hint).first)
    } catch let error as TreeError {
      throw RunFailure(error)
    } catch let error as GitFailure {
      throw .refused(message: error.message, details: [], hint: error.hint)
    } catch {
      throw .system(message: "\(error)", hint: nil)
    }
  }

  private static func taken(
    _ run: String, in workspace: Workspace
  ) throws -> Materialiser.UndoReport {
    guard let report = try workspace.materialiser.undo(run: run) else {
      throw GitFailure("run \(run) cannot be undone any more")
    }
    try workspace.materialiser.finish()
    return report
  }
}

/// Finishing what a crash left.
public enum Recovery {
  /// Takes the lock and recovers; what was done, one sentence each.
  public static func perform(root: String?) throws(RunFailure) -> [String] {
    guard let path = try RootFolder.resolve(root, making: false) else {
      throw RootFolder.missing(root)
    }
    return try Workspace.open(path).recovered
  }
}
