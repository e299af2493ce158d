import Manifests
import Planning
import Platform
import Repairing
import YAMLTree

/// What a repair works on: a step with its tests, or a plan with its verify.
struct RepairSubject {
  /// Nil for `verify`.
  var step: String?
  var intent: String?
  var files: [PlannedFile]
  var commands: [PlannedCommand]
  var policy: RepairPolicy
  var mark: Mark
  /// The step itself; nil for `verify`.
  var planned: PlannedStep?

  /// Where one of its commands stands in the run.
  func place(of index: Int, in plan: Plan) -> CommandPlace {
    CommandPlace(step == nil ? .verify : .test, index, of: step, in: plan)
  }

  /// The same with what a repair has left: nobody takes that for a command's result.
  func repaired(by proposal: Proposal?) -> RepairSubject {
    guard let proposal, var step = planned else { return self }
    for file in proposal.files {
      let state = FileState.regular(
        RegularFile(digest: Digest(of: file.after), size: file.after.count))
      for index in step.files.indices where step.files[index].path == file.path {
        step.files[index].after = state
      }
    }
    var result = self
    result.planned = step
    return result
  }

  init(_ step: PlannedStep) {
    self.step = step.id
    intent = step.intent
    files = step.files
    commands = step.tests
    policy = step.repair
    mark = step.mark
    planned = step
  }

  init(verify plan: Plan) {
    // A path that several steps write counts as the last one leaves it.
    var last: [RelativePath: PlannedFile] = [:]
    for file in plan.steps.flatMap(\.files) { last[file.path] = file }
    files = last.values.sorted { $0.path < $1.path }
    commands = plan.verify
    policy = plan.repair
    mark = plan.steps.last?.mark ?? Mark(line: 1, column: 1)
  }
}
