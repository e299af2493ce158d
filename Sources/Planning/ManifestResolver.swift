import Manifests
import Platform
import YAMLTree

/// Expands a manifest's texts and checks its paths: everything that is decided without the tree.
struct ManifestResolver {
  let diagnostics: Diagnostics
  let options: PlanOptions
  var parameters: ParameterValues
  private let manifest: Manifest?
  /// Folders and files that no entry may touch, by collision key.
  private let forbidden: [(key: String, rule: String, why: String)]

  init(_ manifest: Manifest, _ options: PlanOptions) {
    self.manifest = manifest
    self.options = options
    diagnostics = Diagnostics(manifest.source)
    parameters = ParameterValues(manifest.params, given: options.params, diagnostics)
    forbidden = Self.forbidden(options)
  }

  /// For steps that were planned before: their texts are expanded already.
  init(planned plan: Plan, _ options: PlanOptions) {
    manifest = nil
    self.options = options
    diagnostics = Diagnostics(plan.source ?? SourceText(name: plan.manifestFile, bytes: []))
    parameters = .expanded
    forbidden = Self.forbidden(options)
  }

  private static func forbidden(_ options: PlanOptions) -> [(
    key: String, rule: String, why: String
  )] {
    let rule = "path-protected"
    var result = [(key: ".mtor/state", rule: "path-state", why: "is mtor's own state")]
    result += options.protected.map { ($0.collisionKey, rule, "is inside git's own folder") }
    result += options.manifestPaths.map { ($0.collisionKey, rule, "is a manifest of this run") }
    return result
  }

  /// Resolves the whole manifest; what is wrong with it is in `diagnostics`.
  mutating func resolve(_ names: inout DeclaredNames) -> ResolvedManifest {
    guard let manifest else { preconditionFailure("a plan is resolved step by step") }
    var plan = Plan(
      manifestName: manifest.name, manifestDigest: manifest.digest,
      manifestFile: manifest.source.name)
    plan.source = manifest.source
    plan.base = manifest.base?.value
    plan.params = parameters.values
    plan.provenance = manifest.provenance
    plan.setup = manifest.setup.compactMap { command($0, .setup, [manifest.defaults]) }
    var steps: [ResolvedStep] = []
    for step in manifest.steps where options.only == nil || options.only == step.id {
      steps.append(resolve(step, manifest, &names))
    }
    if let only = options.only {
      if options.isStepElsewhere {
        plan.setup = []
      } else if steps.isEmpty {
        reportUnknownStep(only, manifest)
      }
    } else {
      plan.verify = manifest.verify.compactMap { command($0, .verify, [manifest.defaults]) }
      plan.commit = manifest.commit.map { expand($0.value, at: $0.mark) }
      plan.commitMark = manifest.commit?.mark
    }
    plan.repair = manifest.repair
    return ResolvedManifest(plan: plan, options: options, steps: steps)
  }

  private func reportUnknownStep(_ id: String, _ manifest: Manifest) {
    let ids = manifest.steps.map(\.id)
    let near = Suggestion.nearest(to: id, in: ids).map { "did you mean '\($0)'?" }
    diagnostics.error(
      "step-unknown", "the manifest has no step '\(Printable.escaped(id))'", at: nil,
      hint: near ?? "it has: \(ids.joined(separator: ", "))")
  }

  private func resolve(
    _ step: Step, _ manifest: Manifest, _ names: inout DeclaredNames
  ) -> ResolvedStep {
    var planned = PlannedStep(id: step.id, decision: .perform, mark: step.mark)
    planned.intent = step.intent
    planned.isParallel = step.isParallel
    planned.needs = step.needs
    planned.repair = step.repair.over(manifest.repair)
    planned.condition = step.condition
    let defaults = [manifest.defaults, step.defaults]
    planned.run = step.run.compactMap { command($0, .run, defaults) }
    planned.tests = step.tests.compactMap { command($0, .test, defaults) }
    planned.outputs = step.outputs.map { expand($0, at: step.mark) }
    var entries: [ResolvedEntry] = []
    entries.reserveCapacity(step.files.count)
    for file in step.files {
      if let entry = resolve(file) { entries.append(entry) }
    }
    check(entries, &names)
    // The manifest's own array where nothing was expanded: no second copy of many entries.
    planned.entries = isExpanding(step) ? entries.map(\.entry) : step.files
    return ResolvedStep(
      step: planned, entries: entries,
      condition: step.condition.flatMap { condition($0, at: step.mark) },
      outputs: globs(planned.outputs, at: step.mark))
  }

  private func isExpanding(_ step: Step) -> Bool {
    if !parameters.values.isEmpty { return true }
    return step.files.contains { if case .from = $0.action { true } else { false } }
  }

  /// Resolves a step of a plan once more.
  mutating func resolve(_ step: PlannedStep) -> ResolvedStep {
    ResolvedStep(
      step: step, entries: step.entries.compactMap { resolve($0) },
      condition: step.condition.flatMap { condition($0, at: step.mark) },
      outputs: globs(step.outputs, at: step.mark))
  }

  // MARK: Texts and paths

  func expand(_ text: String, at mark: Mark) -> String {
    parameters.expand(text, at: mark, diagnostics)
  }

  /// A path below the root, expanded; nil where it breaks a rule, which is reported.
  func path(_ text: String, at mark: Mark) -> RelativePath? {
    do {
      return try RelativePath(expand(text, at: mark))
    } catch {
      diagnostics.error(error.rule, error.message, at: mark, hint: error.hint)
      return nil
    }
  }

  /// A path that an entry changes: protected ones are reported.
  func target(_ text: String, at mark: Mark) -> RelativePath? {
    guard let path = path(text, at: mark) else { return nil }
    let key =
      forbidden.count == 1 && !path.text.utf8.starts(with: ".".utf8)
      ? nil : path.collisionKey
    if let key, let hit = forbidden.first(where: { key == $0.key || key.hasPrefix($0.key + "/") }) {
      diagnostics.error(
        hit.rule, "'\(path)' \(hit.why)", at: mark, hint: "mtor never writes there")
      return nil
    }
    return path
  }

  func condition(_ condition: Condition, at mark: Mark) -> ResolvedCondition? {
    switch condition {
    case .exists(let text): path(text, at: mark).map { .exists($0) }
    case .missing(let text): path(text, at: mark).map { .missing($0) }
    case .contains(let text, let wanted):
      path(text, at: mark).map { .contains($0, text: wanted) }
    }
  }

  private func globs(_ texts: [String], at mark: Mark) -> [Glob] {
    var globs: [Glob] = []
    for text in texts {
      do {
        globs.append(try Glob(text))
      } catch {
        diagnostics.error(
          "glob", "'\(Excerpt.short(text))' is no pattern: \(error.message)", at: mark)
      }
    }
    return globs
  }
}
