import YAMLTree

extension ManifestReader {
  private static let stepKeys = [
    "id", "intent", "files", "run", "tests", "parallel", "outputs", "needs", "repair", "when",
    "env", "pass_env", "path", "cwd",
  ]
  /// What few steps say; one that says none of it takes no room for it.
  private static let rareKeys = [
    "parallel", "outputs", "needs", "repair", "when", "env", "pass_env", "path", "cwd",
  ]

  func readSteps(_ fields: Fields) -> [Step] {
    var steps: [Step] = []
    var places: [String: Mark] = [:]
    let nodes = fields.list("steps") ?? []
    guard isWithinLimits(nodes) else { return [] }
    let order = StepOrder(nodes.map(Self.id))
    for (index, node) in nodes.enumerated() {
      guard let step = step(node, index, order) else { continue }
      if let first = places[step.id], step.id != "" {
        diagnostics.error(
          "step-twice", "two steps have the id '\(step.id)'", at: step.mark,
          notes: [.init("the first one", at: first)], hint: "give each step an id of its own")
      } else {
        places[step.id] = step.mark
      }
      steps.append(step)
    }
    return steps
  }

  /// Whether there are not too many steps and files; said at the first beyond the limit.
  private func isWithinLimits(_ steps: [Node]) -> Bool {
    func refuse(_ rule: String, _ limit: Int, _ what: String, at node: Node) -> Bool {
      diagnostics.error(
        rule, "the manifest has more than \(limit) \(what)", at: node.start,
        hint: "split it in two, which may be given at once, or raise limits.\(what) in the "
          + "configuration")
      return false
    }
    if steps.count > options.limits.steps {
      return refuse("steps-limit", options.limits.steps, "steps", at: steps[options.limits.steps])
    }
    var files = 0
    for step in steps {
      guard case .mapping(let pairs) = step.value,
        case .sequence(let entries)? = pairs.first(where: { $0.key.scalar?.string == "files" })?
          .value.value
      else { continue }
      if files + entries.count > options.limits.files {
        let first = entries[options.limits.files - files]
        return refuse("files-limit", options.limits.files, "files", at: first)
      }
      files += entries.count
    }
    return true
  }

  /// The id that a step's node seems to have; checked when the step is read.
  private static func id(_ node: Node) -> String {
    guard case .mapping(let pairs) = node.value else { return "" }
    return pairs.first { $0.key.scalar?.string == "id" }?.value.scalar?.string ?? ""
  }

  /// Where each id stands first.
  private struct StepOrder {
    let ids: [String]
    private var first: [String: Int] = [:]

    init(_ ids: [String]) {
      self.ids = ids
      for (index, id) in ids.enumerated() where first[id] == nil { first[id] = index }
    }

    func index(of id: String) -> Int? { first[id] }
  }

  private func step(_ node: Node, _ index: Int, _ order: StepOrder) -> Step? {
    guard let fields = Fields(node, "a step", known: Self.stepKeys, diagnostics) else { return nil }
    let idNode = fields.required("id")
    let id = idNode.flatMap { nameText($0, "the step's id", capitals: true) } ?? ""
    var step = Step(id: id, mark: idNode?.start ?? node.start)
    if fields.has("intent") { step.intent = prose(fields, "intent") }
    step.files = (fields.list("files") ?? []).compactMap { fileEntry($0) }
    step.run = commands(fields, "run", .run)
    step.tests = commands(fields, "tests", .test)
    if Self.rareKeys.contains(where: fields.has) {
      step.isParallel = fields.bool("parallel") ?? false
      step.outputs = globs(fields, "outputs") ?? []
      step.needs = needs(fields, index, order)
      step.defaults = commandDefaults(fields)
      step.repair = repairPolicy(fields)
      step.condition = condition(fields)
    }
    if !["files", "run", "tests"].contains(where: fields.has) {
      diagnostics.report(
        .warning, "step-empty", "the step does nothing: it has no files, run or tests",
        at: step.mark, hint: "add 'files:' or 'tests:', or remove the step")
    }
    return step
  }

  private func needs(_ fields: Fields, _ index: Int, _ order: StepOrder) -> [String] {
    (fields.list("needs") ?? []).compactMap { node in
      guard let name = reader.text(node, "an item of 'needs'") else { return nil }
      let shown = Excerpt.short(name)
      switch order.index(of: name) {
      case let found? where found < index: return name
      case index?:
        diagnostics.error("needs", "a step cannot need itself", at: node, hint: "remove it")
      case _?:
        diagnostics.error(
          "needs", "the step '\(shown)' comes later; steps run in the order they are written",
          at: node, hint: "move that step up, or remove it here")
      case nil:
        diagnostics.error(
          "needs", "there is no step '\(shown)'", at: node,
          hint: index == 0
            ? "no step stands before this one"
            : NodeReader.suggestion(for: name, among: Array(order.ids[..<index].suffix(50))))
      }
      return nil
    }
  }

  /// `when` of a step or a file.
  func condition(_ fields: Fields) -> Condition? {
    guard let node = fields["when"],
      let keys = Fields(node, "'when'", known: ["exists", "missing", "contains"], diagnostics)
    else { return nil }
    let present = ["exists", "missing", "contains"].filter(keys.has)
    guard present.count == 1 else {
      diagnostics.error(
        "one-of", "'when' needs exactly one of 'exists', 'missing' and 'contains'", at: node,
        hint: "write 'when: {exists: a/path}'")
      return nil
    }
    if let path = path(keys, "exists") { return .exists(path: path) }
    if let path = path(keys, "missing") { return .missing(path: path) }
    guard let node = keys["contains"],
      let inner = Fields(node, "'contains'", known: ["path", "text"], diagnostics)
    else { return nil }
    let pathNode = inner.required("path")
    let textNode = inner.required("text")
    guard let path = pathNode.flatMap({ path($0, "'path'") }),
      let text = textNode.flatMap({ line($0, "'text'") })
    else { return nil }
    return .contains(path: path, text: text)
  }
}
