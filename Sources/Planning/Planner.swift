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

    let chains = names.hasRepeated ? Chains(resolved) : Chains([])
    let session = PlanSession(
      tree: tree, ownership: ownership, manifests: resolved, chains: chains,
      transients: Transients(resolved))
    var found = plan(resolved, by: session)
    // Where all that stands is only passed through once more, the commands between may need that.
    if !found.isDone(in: session), let standing = Replay.find(resolved, tree, ownership),
      found.isFaulty || !session.leavesTreeAlone(found.steps(of: standing))
    {
      found = plan(resolved, behind: standing, found, on: tree, ownership: ownership)
    }
    faults += found.faults
    if faults.contains(where: { $0.severity == .error }) { throw DiagnosticList(faults) }
    return found.plans
  }

  /// Plans, and what is to be said about their manifests.
  private struct Found {
    var plans: [Plan] = []
    var faults: [Diagnostic] = []

    /// True if something is in the way.
    var isFaulty: Bool {
      !plans.allSatisfy(\.conflicts.isEmpty) || faults.contains { $0.severity == .error }
    }

    /// True if nothing is in the way, and nothing is to be done.
    func isDone<Tree: FileTree>(in session: PlanSession<Tree, some Ownership>) -> Bool {
      !isFaulty && session.leavesTreeAlone(plans.flatMap(\.steps))
    }

    /// The planned steps of those that stand.
    func steps(of standing: ReplayedSteps) -> [PlannedStep] {
      plans.indices.flatMap { plans[$0].steps.prefix(standing.count(in: $0)) }
    }
  }

  private static func plan(
    _ manifests: [ResolvedManifest], by session: PlanSession<some FileTree, some Ownership>
  ) -> Found {
    var found = Found()
    for manifest in manifests {
      found.plans.append(session.plan(manifest))
      found.faults += session.diagnostics?.all ?? []
    }
    return found
  }

  /// Plans what is behind the steps that stand.
  private static func plan(
    _ manifests: [ResolvedManifest], behind standing: ReplayedSteps, _ first: Found,
    on tree: some FileTree, ownership: some Ownership
  ) -> Found {
    var rest = manifests
    for index in rest.indices { rest[index].steps.removeFirst(standing.count(in: index)) }
    let session = PlanSession(
      tree: tree, ownership: ownership, manifests: rest, chains: Chains(rest),
      transients: Transients(rest), after: standing.paths)
    var found = plan(rest, by: session)
    for index in found.plans.indices where standing.count(in: index) > 0 {
      let planned = first.plans[index]
      var mayChange = !planned.setup.isEmpty
      var steps: [PlannedStep] = []
      for (done, planned) in zip(standing.steps[index], planned.steps) {
        steps.append(mayChange ? done.keepingUnknown(of: planned) : done)
        mayChange = mayChange || !planned.run.isEmpty || !planned.outputs.isEmpty
      }
      found.plans[index].steps = steps + found.plans[index].steps
    }
    return found
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
  /// `run` is the one that is doing it. Nothing is unknown now. The plan's other steps count: what those before it have written is
  /// gone on from, and a file that stands as one behind it leaves it is left alone.
  public static func replan(
    _ step: PlannedStep, of plan: Plan, on tree: some FileTree, ownership: some Ownership,
    options: PlanOptions, during run: String? = nil
  ) throws(DiagnosticList) -> Replanned {
    var resolver = ManifestResolver(planned: plan, options)
    let index = plan.steps.firstIndex { $0.id == step.id } ?? plan.steps.endIndex
    let steps = ([step] + plan.steps.dropFirst(index + 1)).map { resolver.resolve($0) }
    var written: Set<RelativePath> = []
    for earlier in plan.steps.prefix(index) { written.formUnion(earlier.files.map(\.path)) }
    if resolver.diagnostics.hasErrors { throw DiagnosticList(resolver.diagnostics.all) }
    let manifest = ResolvedManifest(plan: plan, options: options, steps: steps)
    let session = PlanSession(
      tree: tree, ownership: ownership, manifests: [manifest], chains: Chains([manifest]),
      after: written)
    let result = session.replan(manifest)
    if session.hasFaults || !session.leavesTreeAlone([result.step]) {
      let whole = ResolvedManifest(
        plan: plan, options: options, steps: plan.steps.map { resolver.resolve($0) })
      if let standing = Replay.find([whole], tree, ownership, during: run),
        standing.count(in: 0) > index
      {
        return Replanned(step: standing.steps[0][index], conflicts: [], diagnostics: [])
      }
    }
    let faults = session.diagnostics?.all ?? []
    if faults.contains(where: { $0.severity == .error }) { throw DiagnosticList(faults) }
    return result
  }

  /// The files of a step that do not stand as they did when it was planned, each with what stands
  /// there now.
  public static func changes(
    since step: PlannedStep, on tree: some FileTree
  ) throws(SystemError) -> [(file: PlannedFile, present: FileState)] {
    let present = PlanningOverlay(tree: tree)
    var changes: [(PlannedFile, FileState)] = []
    // Of a path that goes and comes in one step, the second file knows what the first one leaves.
    var standing: Set<RelativePath> = []
    for file in step.files where file.action != .skipped && !standing.contains(file.path) {
      if try present.holds(file.path, file.before) {
        standing.insert(file.path)
      } else {
        changes.append((file, try present.state(at: file.path)))
      }
    }
    return changes.filter { !standing.contains($0.0.path) }
  }
}

extension PlannedStep {
  /// The step as it stands, with what was not known when it was planned: a command comes before it
  /// that may change those files again.
  fileprivate func keepingUnknown(of planned: PlannedStep) -> PlannedStep {
    let unknown = planned.files.filter { $0.action == .unknown }
    guard !unknown.isEmpty || planned.decision == .unknown else { return self }
    var step = self
    let paths = Set(unknown.flatMap { [$0.path] + ($0.movedFrom.map { [$0] } ?? []) })
    step.decision = planned.decision
    step.files = files.filter { !paths.contains($0.path) } + unknown
    return step
  }
}
