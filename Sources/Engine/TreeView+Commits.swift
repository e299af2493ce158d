import Materialising
import Planning
import Platform
import YAMLTree

/// What git says of the commits that plans ask for, before anything is written.
extension TreeView {
  /// The commit of a plan; nil where the root is in no git repository.
  func commit(of plan: Plan, message: String) throws(RunFailure) -> PlannedCommit? {
    do {
      return try repository().map {
        PlannedCommit(plan: plan, message: message, view: self, repository: $0)
      }
    } catch {
      throw RunFailure(lookingAtCommit: error)
    }
  }

  /// The plans, each with a conflict where the commit that it asks for could not be made.
  ///
  /// - Parameter behind: gets the paths of which git's index lacks what HEAD has, since a commit
  ///   of mtor's was killed before its last call.
  func judgingCommits(
    of plans: [Plan], behind: inout [RelativePath]
  ) throws(RunFailure) -> [Plan] {
    var plans = plans
    for (index, plan) in plans.enumerated() {
      guard let message = plan.commit else { continue }
      guard let commit = try commit(of: plan, message: message) else {
        plans[index].refuseCommitOutsideGit()
        continue
      }
      do {
        if let obstacle = try commit.obstacle(behind: &behind) {
          plans[index].refuseCommit(obstacle)
        }
      } catch {
        throw RunFailure(lookingAtCommit: error)
      }
    }
    return plans
  }

  /// The plans, each with what would become of its commit.
  func withCommitOutlooks(_ plans: [Plan]) throws(RunFailure) -> [Plan] {
    var plans = plans
    for (index, plan) in plans.enumerated() {
      guard let message = plan.commit, let commit = try commit(of: plan, message: message) else {
        continue
      }
      do { plans[index].commitOutlook = try commit.outlook() } catch {
        throw RunFailure(lookingAtCommit: error)
      }
    }
    return plans
  }
}

extension Plan {
  mutating func refuseCommitOutsideGit() {
    refuseCommit(
      "the manifest asks for a commit, but the root is in no git repository",
      hint: "git init, or take 'commit' out of the manifest")
  }

  mutating func refuseCommit(_ obstacle: GitCommit.Obstacle) {
    refuseCommit(
      "the commit could not be made: \(obstacle.message)", at: obstacle.path, hint: obstacle.hint)
  }

  private mutating func refuseCommit(_ message: String, at path: RelativePath? = nil, hint: String)
  {
    conflicts.append(
      Conflict(
        path: path?.text ?? "", rule: "conflict-commit", message: message, hint: hint, step: "",
        mark: commitMark ?? Mark(line: 1, column: 1)))
  }
}

extension RunFailure {
  /// Git or the tree could not be asked what a commit needs.
  init(lookingAtCommit error: any Error) {
    switch error {
    case let failure as RunFailure: self = failure
    case let failure as TreeError: self = RunFailure(failure)
    default: self = .system(message: "\(error)", hint: (error as? GitFailure)?.hint)
    }
  }
}
