import Events
import Materialising
import Planning
import Platform
import Subprocess
import YAMLTree

/// What reaches the tree of a run whose commands work in a shadow.
extension RunInProgress {
  /// Lands a step that was planned on what commands made in the shadow: there first, then what
  /// differs from the tree.
  func landThroughShadow(_ step: PlannedStep, of plan: Plan, _ stage: ShadowStage) throws {
    try stage.place(step)
    var whole = step
    whole.files = try stage.differences(
      at: step.files.map(\.path), from: workspace.root, planned: [:], mark: step.mark)
    try land(whole, of: plan)
  }

  /// Runs a step's commands in the shadow, then lands what they made of the step's own files and what
  /// its `outputs` name; all else goes with the shadow.
  func keepingOutputs<Value>(
    of step: PlannedStep, _ plan: Plan, _ stage: ShadowStage, _ body: () throws -> Value
  ) throws -> Value {
    let result = Result { try body() }
    let outputs = try outputs(of: [step], stage)
    let paths = outputs.paths
    noteOutputs(paths)
    unwritableOutputs.formUnion(outputs.unwritable)
    if request.isolation.isRehearsal { return try result.get() }
    var products = PlannedStep(id: step.id, decision: .perform, mark: step.mark)
    let own = ownFiles(of: step)
    products.files = try stage.differences(
      at: paths + own.keys, from: workspace.root, planned: [:], mark: step.mark)
    if products.files.isEmpty { return try result.get() }
    if Interruption.signal != nil {
      // What commands had made when a signal came is no product: it goes with the shadow. Where
      // they had passed already, the step has not, since its outputs are missing.
      _ = try result.get()
      try stopIfInterrupted(in: step.id)
    }
    for index in products.files.indices {
      guard let declared = own[products.files[index].path] else { continue }
      try asResult(of: declared, &products.files[index], plan)
    }
    try land(products, of: plan, besides: Set(own.keys).subtracting(paths))
    return try result.get()
  }

  /// The files that a step with commands declares, by path, as its last entry has them.
  ///
  /// Not those that an earlier run repaired: its repair was made of what the commands had made, and they
  /// work on it again here.
  private func ownFiles(of step: PlannedStep) -> [RelativePath: PlannedFile] {
    if step.run.isEmpty && step.tests.isEmpty { return [:] }
    var files: [RelativePath: PlannedFile] = [:]
    for file in step.files where file.action != .skipped && file.action != .unknown {
      if case .absent = file.after, files[file.path] != nil { continue }
      if file.repairedIn != nil, file.action == .unchanged { continue }
      files[file.path] = file
    }
    return files
  }

  /// Lets what a command made of a declared file be known as the result of that declaration. It
  /// replaces what this run has put there, and nothing that a person wrote meanwhile.
  private func asResult(
    of declared: PlannedFile, _ file: inout PlannedFile, _ plan: Plan
  ) throws {
    file.declared = declared.declared
    file.repairedIn =
      repairedPaths[file.path] == plan.manifestName ? id : declared.repairedIn
    let isAsPlanned: Bool =
      switch (file.before, declared.after) {
      case (.absent, .absent): true
      case (.regular(let present), .regular(let planned)): present.digest == planned.digest
      case (.symlink(let present), .symlink(let planned)): present == planned
      default: false
      }
    if isAsPlanned { return }
    if try workspace.view.state.memory().isOurs(file.path, holding: file.before) { return }
    file.before = declared.after
  }

  /// Lands, as one unit, what the manifests declare and their `outputs`, as the rehearsal left
  /// it; nothing if it failed or only was to be tried.
  func landRehearsal(of plans: [Plan]) throws {
    guard case .rehearsed(let lands, _) = request.isolation, let stage = workspace.stage else {
      return
    }
    guard verdict == nil else { return }
    guard lands else {
      return stream.send(
        .noted("rehearsed in a shadow: the tree is as it was; mtor rehearse --land lands it"))
    }
    try stopIfInterrupted()
    // The shadow is looked at for the last time: from here on the tree below it changes.
    changesSeen = try changesOfCommands(stage)
    var landed: Set<RelativePath> = []
    var steps: [PlannedStep] = []
    for plan in plans {
      var step = try rehearsed(plan, stage)
      // What two manifests declare lands with the first: it is as the last one left it.
      step.files.removeAll { !landed.insert($0.path).inserted }
      steps.append(step)
    }
    for (plan, step) in zip(plans, steps) { try land(step, of: plan) }
    try workspace.materialiser.completeUnit()
    for plan in plans { try commit(plan) }
  }

  /// All of a plan as one step, from what stands in the tree to what stands in the shadow.
  private func rehearsed(_ plan: Plan, _ stage: ShadowStage) throws -> PlannedStep {
    // The first entry of a path knows what stood there before the run; one of a step that was
    // planned late, what stood in the shadow then.
    var first: [RelativePath: PlannedFile] = [:]
    for step in plan.steps {
      var own: Set<RelativePath> = []
      for file in step.files where file.action != .unknown && file.action != .skipped {
        // What a step takes away it takes away first, wherever that is written.
        let isEarlier =
          own.contains(file.path) && file.after.isAbsent && !file.before.isAbsent
        guard first[file.path] == nil || isEarlier else { continue }
        first[file.path] = file
        own.insert(file.path)
      }
    }
    let plan = asPerformed(plan)
    let declared = plan.steps.flatMap { $0.files.map(\.path) }
    let mark = plan.steps.first?.mark ?? Mark(line: 1, column: 1)
    var whole = PlannedStep(id: plan.manifestName, decision: .perform, mark: mark)
    whole.entries = plan.steps.flatMap(\.entries)
    let repaired = repairedPaths.filter { $0.value == plan.manifestName }.keys
    whole.files = try stage.differences(
      at: declared + (try outputs(of: plan.steps, stage).paths) + repaired,
      from: workspace.root, planned: first, mark: mark)
    for index in whole.files.indices where repaired.contains(whole.files[index].path) {
      let path = whole.files[index].path
      whole.files[index].repairedIn = id
      whole.files[index].declared =
        plan.steps.flatMap(\.files).last { $0.path == path }?.declared
    }
    for folder in plan.steps.flatMap(\.emptiedFolders) {
      // A file in its place is of the step, too.
      let status = try stage.shadow.tree.reachableStatus(of: folder)
      if status?.kind != .directory { whole.emptiedFolders.append(folder) }
    }
    return whole
  }

  /// What differs from the tree of that which some steps' `outputs` name.
  private func outputs(of steps: [PlannedStep], _ stage: ShadowStage) throws -> CommandChanges {
    var globs: [Glob] = []
    for text in steps.flatMap(\.outputs) { globs.append(try Glob(text)) }
    guard !globs.isEmpty else { return CommandChanges([]) }
    var changes = try changesOfCommands(stage)
    changes.paths.removeAll { path in !globs.contains { $0.matches(path) } }
    changes.unwritable.removeAll { path in !globs.contains { $0.matches(path.raw.decoded) } }
    return changes
  }

  private func changesOfCommands(_ stage: ShadowStage) throws -> CommandChanges {
    CommandChanges(try stage.shadow.changes())
  }

  /// Says what commands changed in the shadow that nobody declared.
  func reportWhatGoesWithTheShadow(_ stage: ShadowStage) {
    for note in stage.notes { stream.send(.noted(note)) }
    do {
      let known = declaredPaths.union(outputPaths).union(repairedPaths.keys)
      let changes = try changesSeen ?? changesOfCommands(stage)
      let others =
        changes.paths.filter { !known.contains($0) }.map { Printable.escaped($0.text) }
        + changes.unwritable.filter { !unwritableOutputs.contains($0) }.map(\.description)
      guard !others.isEmpty else { return }
      let shown = others.prefix(10).joined(separator: ", ")
      let rest = others.count > 10 ? " and \(others.count - 10) more" : ""
      stream.send(.noted("commands also changed, in the shadow only: \(shown)\(rest)"))
    } catch {
      stream.send(.noted("what commands changed cannot be listed: \(error)"))
    }
  }
}

/// What commands changed in a shadow.
struct CommandChanges {
  var paths: [RelativePath] = []
  /// What of it cannot be landed, since no manifest could name it.
  var unwritable: [UnwritablePath] = []

  init(_ changes: [ShadowChange]) {
    for change in changes where !change.raw.isGits {
      switch change.raw.relative {
      case .success(let path): paths.append(path)
      case .failure(let path): unwritable.append(path)
      }
    }
  }
}
