import Events
import Materialising
import Platform
import Records

/// The commits of the run that is undone.
extension Undo {
  /// What is known of a run's commits.
  struct Made {
    var newestFirst: [String]
    /// False where nothing was kept of the run that could tell.
    var isKnown: Bool

    /// Why `--commit` has nothing to take back.
    func none(of run: String, in workspace: Workspace) -> RunFailure {
      .refused(
        message: isKnown
          ? "run \(run) made no commit"
          : "no commit of run \(run) is known: neither the tree's state nor the ledger has one",
        details: workspace.recovered, hint: "leave --commit out")
    }
  }

  /// Asks the state of the tree, and then the ledger, which knows the runs of an mtor that kept no
  /// commits in the state, and those of a state whose record of them is damaged.
  ///
  /// Only a commit to take back needs an answer; the files do not. Where that is not wanted, a note
  /// says why there is none.
  static func commits(
    of run: String, in workspace: Workspace, _ ledger: String?, isNeeded: Bool,
    _ notes: inout [String]
  ) throws(RunFailure) -> Made {
    do throws(RunFailure) {
      var damage: RunFailure?
      do throws(TreeError) {
        let kept = try workspace.view.state.commits(of: run)
        if !kept.isEmpty { return Made(newestFirst: kept.reversed(), isKnown: true) }
      } catch {
        damage = Self.damage(error, run)
      }
      let told = try commits(of: run, ledger)
      if let damage, told.newestFirst.isEmpty { throw damage }
      return told
    } catch {
      if isNeeded { throw error }
      if case .refused(let message, _, _) = error {
        notes.append(message)
      } else {
        notes.append("whether the run made a commit cannot be told: \(error.reason)")
      }
      return Made(newestFirst: [], isKnown: false)
    }
  }

  /// To set the state aside, as is said elsewhere, would cost what can still be undone.
  private static func damage(_ error: TreeError, _ run: String) -> RunFailure {
    guard case .state(let what, _) = error else { return RunFailure(error) }
    return .refused(
      message: "no commit of run \(run) is known: \(what)", details: [],
      hint: "leave --commit out")
  }

  private static func commits(of run: String, _ ledger: String?) throws(RunFailure) -> Made {
    guard let ledger else { return Made(newestFirst: [], isKnown: false) }
    do throws(LedgerError) {
      guard let report = try LedgerReader.open(at: ledger)?.report(of: run) else {
        return Made(newestFirst: [], isKnown: false)
      }
      return Made(
        newestFirst: report.commit.map { [$0.id] + $0.earlier } ?? [], isKnown: true)
    } catch {
      throw .system(message: "\(error)", hint: error.hint)
    }
  }

  /// Remembers that the commits stand, now that the files are back; nil where there is none.
  static func noted(
    _ newestFirst: [String], in workspace: Workspace, _ notes: inout [String]
  ) -> StandingCommits? {
    if newestFirst.isEmpty { return nil }
    let standing = StandingCommits(newestFirst: newestFirst, view: workspace.view)
    do { try standing.note() } catch {
      notes.append("the next apply takes these files for a person's: \(error)")
    }
    return standing
  }
}
