public import Manifests
public import Platform
public import YAMLTree

/// Manifest and tree in, plan out: pure, nothing is written and nothing is run.
public enum Planner {
  /// A manifest of a run with the options that it is planned with.
  public struct Request {
    public var manifest: Manifest
    public var options: PlanOptions

    public init(_ manifest: Manifest, _ options: PlanOptions) {
      self.manifest = manifest
      self.options = options
    }
  }

  /// Plans one manifest.
  ///
  /// Faults of the manifest are thrown, all of them together; what stands in the way in the tree
  /// is in the plan's `conflicts`.
  public static func plan(
    _ manifest: Manifest, on tree: some FileTree, ownership: some Ownership, options: PlanOptions
  ) throws(DiagnosticList) -> Plan {
    try plan([Request(manifest, options)], on: tree, ownership: ownership)[0]
  }

  /// Plans several manifests as one run, in order: each finds what the ones before it make.
  public static func plan(
    _ requests: [Request], on tree: some FileTree, ownership: some Ownership
  ) throws(DiagnosticList) -> [Plan] {
    var resolved: [ResolvedManifest] = []
    var names = DeclaredNames()
    var faults: [Diagnostic] = []
    for request in requests {
      var resolver = ManifestResolver(request.manifest, request.options)
      resolved.append(resolver.resolve(&names))
      faults += resolver.diagnostics.all
    }
    if faults.contains(where: { $0.severity == .error }) { throw DiagnosticList(faults) }

    let session = PlanSession(
      tree: tree, ownership: ownership, manifests: resolved,
      chains: names.hasRepeated ? Chains(resolved) : Chains([]),
      transients: Transients(resolved))
    var plans: [Plan] = []
    for manifest in resolved {
      let plan = session.plan(manifest)
      faults += session.diagnostics?.all ?? []
      plans.append(plan)
    }
    if faults.contains(where: { $0.severity == .error }) { throw DiagnosticList(faults) }
    return plans
  }

  /// A step planned again, with what stands in its way now.
  public struct Replanned: Sendable {
    public var step: PlannedStep
    public var conflicts: [Conflict]
    public var diagnostics: [Diagnostic]
  }

  /// Plans a step again when it is reached: one that was `unknown`, or one whose files were
  /// changed meanwhile by a command or by an accepted repair.
  ///
  /// Nothing is unknown now. The plan's other steps count: what those before it have written is
  /// gone on from, and a file that stands as one behind it leaves it is left alone.
  public static func replan(
    _ step: PlannedStep, of plan: Plan, on tree: some FileTree, ownership: some Ownership,
    options: PlanOptions
  ) throws(DiagnosticList) -> Replanned {
    var resolver = ManifestResolver(planned: plan, options)
    let index = plan.steps.firstIndex { $0.id == step.id } ?? plan.steps.endIndex
    let steps = ([step] + plan.steps.dropFirst(index + 1)).map { resolver.resolve($0) }
    var written: Set<RelativePath> = []
    for earlier in plan.steps.prefix(index) { written.formUnion(earlier.files.map(\.path)) }
    if resolver.diagnostics.hasErrors { throw DiagnosticList(resolver.diagnostics.all) }
    let manifest = ResolvedManifest(plan: plan, options: options, steps: steps)
    let session = PlanSession(
      tree: tree, ownership: ownership, manifests: [manifest], chains: Chains([manifest]))
    let result = session.replan(manifest, after: written)
    let faults = session.diagnostics?.all ?? []
    if faults.contains(where: { $0.severity == .error }) { throw DiagnosticList(faults) }
    return result
  }
}
