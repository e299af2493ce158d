import Events
import Manifests
import Planning
import Platform

/// Whether a trial in which everything passed may be believed.
struct Judgement {
  let task: RepairTask
  let scope: RepairScope
  /// What the declared bytes alone change when the command runs: its build products.
  let usual: Set<String>
  let baseline: TestSummary?

  enum Verdict {
    case accepted(countIsUnknown: Bool)
    case weakened(String)
  }

  func judge(_ outcome: TrialOutcome, _ proposal: Proposal) -> Verdict {
    if let path = touched(outcome, proposal) {
      return .weakened("running it changed '\(Printable.escaped(path))', which is protected")
    }
    if let path = outcome.rewritten.first(where: { !usual.contains($0) }) {
      return .weakened("running it rewrote '\(Printable.escaped(path))', which is protected")
    }
    var unknown = false
    for (result, before) in zip(outcome.results, befores) {
      let text = CleanOutput.text(result.output)
      let runner = TestRunner(command: before.0.spec.run)
      let after = TestSummary(in: text, by: runner ?? before.1?.runner)
      switch SummaryGate.judge(runner: runner, before: before.1, after: after) {
      case .believed: break
      case .unknown: unknown = true
      case .weakened(let why): return .weakened(why)
      }
    }
    if unknown && task.isStrict {
      return .weakened("no known test runner says how many tests ran, which --strict refuses")
    }
    return .accepted(countIsUnknown: unknown)
  }

  /// The first command of which no known runner says how many tests it runs; nil where every one is
  /// counted.
  var uncounted: PlannedCommand? {
    befores.first { TestRunner(command: $0.0.spec.run) == nil && $0.1 == nil }?.0
  }

  /// The failing command and those that passed, each with what its runner said.
  private var befores: [(PlannedCommand, TestSummary?)] {
    [(task.command, baseline)]
      + task.passed.map { ($0.command, summary($0.record.output, $0.command)) }
  }

  func summary(_ output: String, _ command: PlannedCommand) -> TestSummary? {
    TestSummary(in: output, by: TestRunner(command: command.spec.run))
  }

  /// A path that no repair may touch and that stood there before, yet differs afterwards.
  ///
  /// What differs after a run of the declared bytes too is the runner's own, such as its caches.
  private func touched(_ outcome: TrialOutcome, _ proposal: Proposal) -> String? {
    let own = Set(proposal.files.map(\.path.text))
    return outcome.changes.first { change in
      guard !own.contains(change.path), !usual.contains(change.path) else { return false }
      guard case .success(let path) = Result(catching: { try RelativePath(change.path) }) else {
        return true
      }
      if path.components.contains("__pycache__") || path.components.contains(".pytest_cache") {
        return false
      }
      switch scope.decision(path) {
      case .protected: return true
      // A test may leave new files beside itself; it may not change what stood there.
      case .frozen, .denied, .test: return change.before != nil
      case .allowed, .outside, .removed, .irregular, .later: return false
      }
    }?.path
  }
}
