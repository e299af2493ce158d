import Manifests
import Planning
import Platform
import Repairing

extension RunInProgress {
  /// What later steps declare, of any manifest of the run: its bytes, edits of it, or that it goes.
  func declaredLater(than subject: RepairSubject, of plan: Plan) throws -> LaterDeclarations {
    var later = LaterDeclarations()
    guard let index = plans.firstIndex(where: { $0.manifestFile == plan.manifestFile }) else {
      return later
    }
    let own = plans[index].steps
    let next = subject.step.flatMap { id in own.firstIndex { $0.id == id } }.map { $0 + 1 }
    let begun = plans[..<index].flatMap(\.steps) + own[..<(next ?? own.endIndex)]
    let declared = Set(begun.flatMap { $0.files.map(\.path) })
    for step in own[(next ?? own.endIndex)...] { try add(step, to: &later, besides: declared) }
    for other in plans[(index + 1)...] {
      for step in other.steps { try add(step, to: &later, besides: declared) }
    }
    return later
  }

  /// An edit of what an earlier step has `declared` is made on what stands there then, repairs included.
  private func add(
    _ step: PlannedStep, to later: inout LaterDeclarations, besides declared: Set<RelativePath>
  ) throws {
    if step.decision == .skip { return }
    let skipped = Set(step.files.filter { $0.action == .skipped }.map(\.path.text))
    for entry in step.entries where !skipped.contains(entry.path) {
      switch entry.action {
      case .edit, .patch:
        let path = try RelativePath(entry.path)
        if !declared.contains(path) { later.add(file: path, of: step.id) }
      case .content, .from, .delete, .symlink:
        later.add(file: try RelativePath(entry.path), of: step.id)
      case .move(let source, _):
        later.add(file: try RelativePath(entry.path), of: step.id)
        later.add(file: try RelativePath(source), of: step.id)
      case .deleteTree: later.add(tree: try RelativePath(entry.path), of: step.id)
      case .moveTree(let source): later.add(tree: try RelativePath(source), of: step.id)
      case .attributes: break
      }
    }
  }
}
