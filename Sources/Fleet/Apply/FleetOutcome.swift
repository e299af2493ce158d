import Dispatching
import Platform
import Repairing

/// What a task's end means for its repository.
enum FleetOutcome {
  /// `mayAsk` says that the task was one that a model could be asked for.
  static func fill(
    _ entry: inout FleetEntry, _ status: TaskStatus, _ report: JSON?, mayAsk: Bool = false
  ) {
    var row = entry.row
    row.tokens = status.tokens
    row.usd = status.usd
    row.detail = status.reason
    row.reason = nil
    entry.failure = nil
    switch status.state {
    case .queued: row.state = .waiting
    case .running: row.state = .running
    case .passed: row.state = status.commit == row.base ? .unchanged : .passed
    case .repaired: row.state = .repaired
    case .failed: row.state = .failed
    case .stalled: row.state = .stalled
    case .cancelled: row.state = .cancelled
    }
    row.commit = row.state.isGood ? status.commit : nil
    let steps = report?["steps"]?.array ?? []
    row.needsModel = row.tokens > 0 || steps.contains { $0["needed_llm"]?.bool == true }
    row.cells = steps.map(cell)
    if row.state.isGood {
      row.detail = nil
    } else if let (step, command) = failed(steps, report) {
      let output = command["output"]?.string ?? ""
      let exit = command["exit"]?.integer.map(String.init) ?? "none"
      let text = FailureText(output: Array(output.utf8), exit: exit)
      row.reason = command["name"]?.string ?? command["run"]?.string
      if mayAsk, report?["outcome"]?.string == "out_of_budget" {
        row.reason = (row.reason.map { $0 + ", " } ?? "") + "out of budget"
      }
      if !text.primary.isEmpty { row.detail = Printable.escaped(text.primary) }
      if Retry.unreachable.hasFailed(status) {
        row.reason = Matrix.noModel
        row.detail = status.reason
      }
      entry.failure = "\(step)\0\(command["run"]?.string ?? "")\0\(exit)\0\(text.fingerprint)"
    } else if row.state.isRed {
      row.reason = row.state == .cancelled ? nil : report?["outcome"]?.string ?? "not run"
    }
    entry.row = row
  }

  /// A run of the manifest that is red is an answer; what never got to one is none.
  static func hasRun(_ report: JSON?) -> Bool { report?["steps"]?.array?.isEmpty == false }

  /// The first command that failed, with the step it belongs to.
  private static func failed(_ steps: [JSON], _ report: JSON?) -> (String, JSON)? {
    let bad: Set<String> = ["failed", "timed_out"]
    for step in steps {
      for command in step["commands"]?.array ?? []
      where bad.contains(command["outcome"]?.string ?? "") {
        return (step["id"]?.string ?? "", command)
      }
    }
    for command in report?["commands"]?.array ?? []
    where bad.contains(command["outcome"]?.string ?? "") {
      return ("", command)
    }
    return nil
  }

  private static func cell(_ step: JSON) -> Matrix.Cell {
    let outcome = step["outcome"]?.string ?? "open"
    // How a step came to be green is no difference: what stands there in the end is.
    let isGreen = ["passed", "flaky", "fixed", "remembered", "repaired"].contains(outcome)
    var told = isGreen ? "green" : outcome
    for file in step["files"]?.array ?? [] {
      told += "\0\(file["path"]?.string ?? "")\0\(file["action"]?.string ?? "")"
      told += "\0\(file["sha256"]?.string ?? "")"
    }
    return Matrix.Cell(
      step: step["id"]?.string ?? "", outcome: outcome, digest: Digest(of: Array(told.utf8)),
      isRed: ["failed", "stalled", "conflict"].contains(outcome))
  }
}
