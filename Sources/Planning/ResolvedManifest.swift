import Manifests
import Platform

/// A manifest with its parameters expanded and its paths checked; the tree was not asked yet.
struct ResolvedManifest {
  /// The plan as far as it does not depend on the tree.
  var plan: Plan
  var options: PlanOptions
  var steps: [ResolvedStep]

  /// Every path that an entry names.
  var paths: [RelativePath] {
    steps.flatMap { step in
      step.entries.flatMap { entry in entry.source.map { [entry.path, $0] } ?? [entry.path] }
    }
  }
}

/// A step with its commands planned and its entries resolved.
struct ResolvedStep {
  var step: PlannedStep
  var entries: [ResolvedEntry]
  var condition: ResolvedCondition?
  var outputs: [Glob]
}
