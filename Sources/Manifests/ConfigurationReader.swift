import Platform
public import YAMLTree

/// Reads `config.yaml`: a person's own, and the little that a tree may say.
public struct ConfigurationReader {
  let diagnostics: Diagnostics
  /// Reads fields that manifests have too.
  let values: ManifestReader

  init(_ diagnostics: Diagnostics) {
    self.diagnostics = diagnostics
    values = ManifestReader(diagnostics, .init())
  }

  static let keys = [
    "models", "repair", "sandbox", "limits", "queue", "dispatch", "commands", "coaching",
    "ledger",
  ]

  /// Reads a person's configuration. An empty file is the default configuration.
  public static func read(
    _ source: SourceText
  ) throws(DiagnosticList) -> (configuration: Configuration, warnings: [Diagnostic]) {
    let diagnostics = Diagnostics(source)
    var configuration = Configuration()
    if let fields = try fields(of: source, "a configuration", diagnostics) {
      ConfigurationReader(diagnostics).read(fields, into: &configuration)
    }
    if diagnostics.hasErrors { throw DiagnosticList(diagnostics.sorted) }
    return (configuration, diagnostics.sorted)
  }

  /// The top mapping; nil where the file says nothing at all.
  static func fields(
    of source: SourceText, _ what: String, _ diagnostics: Diagnostics
  ) throws(DiagnosticList) -> Fields? {
    let saysNothing = source.bytes.split(separator: 0x0A).allSatisfy { line in
      let text = line.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
      return text.isEmpty || text.first == UInt8(ascii: "#") || text.elementsEqual("---".utf8)
        || text.elementsEqual("...".utf8)
    }
    if saysNothing { return nil }
    guard let document = Document.read(source, into: diagnostics),
      let fields = Fields(document.root, what, known: keys, diagnostics)
    else { throw DiagnosticList(diagnostics.sorted) }
    return fields
  }

  private func read(_ fields: Fields, into configuration: inout Configuration) {
    configuration.models = models(fields)
    readRepair(fields, &configuration)
    if let sandbox: Configuration.Sandbox = fields.choice("sandbox") {
      configuration.sandbox = sandbox
    }
    readLimits(fields, &configuration)
    readCommands(fields, &configuration)
    if let queue = queue(fields) { configuration.queue = queue }
    configuration.dispatch = dispatch(fields)
    if fields.has("coaching") { configuration.coaching = values.paths(fields, "coaching") }
    configuration.ledger = ledger(fields)
  }

  private func readRepair(_ fields: Fields, _ configuration: inout Configuration) {
    guard let node = fields["repair"],
      let keys = Fields(node, "'repair'", known: ["models", "budget"], diagnostics)
    else { return }
    configuration.repair.models = ladder(keys, among: configuration.models)
    let budget = budget(keys)
    configuration.repair.tokens = budget.tokens ?? configuration.repair.tokens
    configuration.repair.usd = budget.usd ?? configuration.repair.usd
    configuration.repair.seconds = budget.seconds ?? configuration.repair.seconds
  }

  /// `models` of `repair`: names that `models` defines, each once.
  func ladder(_ keys: Fields, among models: [ModelConfiguration]) -> [String]? {
    guard let items = keys.list("models") else { return nil }
    var names: [String] = []
    for node in items {
      guard let name = values.line(node, "an item of 'models'") else { continue }
      if !models.contains(where: { $0.name == name }) {
        diagnostics.error(
          "config-model", "there is no model '\(Excerpt.short(name))'", at: node,
          hint: models.isEmpty
            ? "define it in your own configuration: 'mtor models add …'"
            : NodeReader.suggestion(for: name, among: models.map(\.name)))
      } else if names.contains(name) {
        diagnostics.error(
          "config-model", "the model '\(name)' stands twice in the ladder", at: node,
          hint: "remove one of the two")
      } else {
        names.append(name)
      }
    }
    return names
  }

  func budget(_ keys: Fields) -> (tokens: Int?, usd: Double?, seconds: Double?) {
    guard let node = keys["budget"],
      let budget = Fields(node, "'budget'", known: ["tokens", "usd", "time"], diagnostics)
    else { return (nil, nil, nil) }
    return (budget.int("tokens"), budget.double("usd"), values.duration(budget, "time"))
  }

  private func readLimits(_ fields: Fields, _ configuration: inout Configuration) {
    guard let node = fields["limits"],
      let keys = Fields(
        node, "'limits'", known: ["manifest", "file", "steps", "files"], diagnostics)
    else { return }
    configuration.manifestLimit = size(keys, "manifest") ?? configuration.manifestLimit
    configuration.fileLimit = size(keys, "file") ?? configuration.fileLimit
    let counts = 1...100_000_000
    configuration.stepLimit = keys.int("steps", in: counts) ?? configuration.stepLimit
    configuration.filesLimit = keys.int("files", in: counts) ?? configuration.filesLimit
  }

  /// A size such as `64MB`, in bytes; units are powers of 1024.
  private func size(_ keys: Fields, _ name: String) -> Int? {
    guard let node = keys[name], let text = values.reader.text(node, "'\(name)'") else {
      return nil
    }
    let units = [("KB", 10), ("MB", 20), ("GB", 30)]
    let unit = units.first { text.hasSuffix($0.0) }
    let digits = unit == nil ? text[...] : text.dropLast(2)
    if digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits),
      number > 0, number <= (1 << 34) >> (unit?.1 ?? 0)
    {
      return number << (unit?.1 ?? 0)
    }
    diagnostics.error(
      "size", "'\(name)' cannot be '\(Excerpt.short(text))'", at: node,
      hint: "write a whole number of KB, MB or GB up to 16 GB, such as 64MB")
    return nil
  }

  private func readCommands(_ fields: Fields, _ configuration: inout Configuration) {
    guard let node = fields["commands"],
      let keys = Fields(node, "'commands'", known: ["allow", "else"], diagnostics)
    else { return }
    configuration.allowedCommands = (keys.list("allow") ?? []).compactMap {
      values.commandText($0, "an item of 'allow'")
    }
    configuration.otherCommands = keys.choice("else")
  }

  private func ledger(_ fields: Fields) -> String? {
    guard let node = fields["ledger"], let text = values.line(node, "'ledger'") else { return nil }
    guard text.hasPrefix("/") || text.hasPrefix("~/"), !text.hasSuffix("/") else {
      diagnostics.error(
        "config-ledger", "'\(Excerpt.short(text))' is no file's absolute path", at: node,
        hint: "write the whole path, such as ~/.local/state/mtor/ledger.sqlite")
      return nil
    }
    return text
  }
}
