public import YAMLTree

extension ConfigurationReader {
  /// A person's configuration tightened by a tree's `.mtor/config.yaml`.
  ///
  /// A tree is not trusted: it may choose among the person's models, lower budgets, tighten the
  /// sandbox and name coaching folders. Anything else is an error that names the tree's file.
  public static func tighten(
    _ configuration: Configuration, by source: SourceText
  ) throws(DiagnosticList) -> (configuration: Configuration, warnings: [Diagnostic]) {
    let diagnostics = Diagnostics(source)
    var result = configuration
    if let fields = try fields(of: source, "a tree's configuration", diagnostics) {
      ConfigurationReader(diagnostics).tighten(&result, fields)
    }
    if diagnostics.hasErrors { throw DiagnosticList(diagnostics.sorted) }
    return (result, diagnostics.sorted)
  }

  private func tighten(_ configuration: inout Configuration, _ fields: Fields) {
    for key in ["models", "limits", "queue", "dispatch", "commands", "ledger"] where fields.has(key)
    {
      diagnostics.error(
        "config-trust", "a tree may not set '\(key)'", at: fields.mark(of: key),
        width: key.utf8.count, hint: "remove it here, and set it in your own config.yaml")
    }
    if let node = fields["sandbox"],
      let sandbox: Configuration.Sandbox = fields.choice("sandbox")
    {
      if strictness(sandbox) < strictness(configuration.sandbox) {
        diagnostics.error(
          "config-trust",
          "a tree may not loosen the sandbox from '\(configuration.sandbox.rawValue)' to "
            + "'\(sandbox.rawValue)'", at: node,
          hint: "remove it here, or loosen your own config.yaml")
      } else {
        configuration.sandbox = sandbox
      }
    }
    if fields.has("coaching") { configuration.coaching = values.paths(fields, "coaching") }
    tightenRepair(&configuration, fields)
  }

  private func strictness(_ sandbox: Configuration.Sandbox) -> Int {
    switch sandbox {
    case .off: 0
    case .auto: 1
    case .required: 2
    }
  }

  private func tightenRepair(_ configuration: inout Configuration, _ fields: Fields) {
    guard let node = fields["repair"],
      let keys = Fields(node, "'repair'", known: ["models", "budget"], diagnostics)
    else { return }
    if let models = ladder(keys, among: configuration.models) {
      configuration.repair.models = models
    }
    let budget = budget(keys)
    guard let budgetNode = keys["budget"], case .mapping(let pairs) = budgetNode.value else {
      return
    }
    let marks = Dictionary(
      pairs.compactMap { pair in pair.key.scalar.map { ($0.string, pair.value) } },
      uniquingKeysWith: { first, _ in first })
    lower(&configuration.repair.tokens, budget.tokens, marks["tokens"], "tokens")
    lower(&configuration.repair.usd, budget.usd, marks["usd"], "usd")
    lower(&configuration.repair.seconds, budget.seconds, marks["time"], "time")
  }

  private func lower<Value: Comparable>(
    _ value: inout Value, _ wanted: Value?, _ node: Node?, _ name: String
  ) {
    guard let wanted, let node else { return }
    if wanted > value {
      diagnostics.error(
        "config-trust", "a tree may not raise the budget of '\(name)'", at: node,
        hint: "remove it here, or raise it in your own config.yaml")
    } else {
      value = wanted
    }
  }
}
