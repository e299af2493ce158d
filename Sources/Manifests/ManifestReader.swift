import Platform
public import YAMLTree

/// Reads a manifest: every fault at once, or the values and what is to be said about them.
public struct ManifestReader {
  /// What is asked of a text beyond being a manifest.
  public struct Options: Sendable {
    public var limits: Limits
    /// True for standard input, where the end mark is required: a cut-off text must not pass.
    public var isStream: Bool
    /// True to lint contents (`check`); a plan does that itself, against the tree.
    public var lintsContents: Bool
    /// Nil to tell it by the text's name, or by the text where it has none.
    public var notation: Notation?

    public init(
      limits: Limits = Limits(), isStream: Bool = false, lintsContents: Bool = true,
      notation: Notation? = nil
    ) {
      self.limits = limits
      self.isStream = isStream
      self.lintsContents = lintsContents
      self.notation = notation
    }
  }

  let diagnostics: Diagnostics
  let options: Options
  let reader: NodeReader
  /// The declared parameters' names.
  var parameters: Set<String> = []

  init(_ diagnostics: Diagnostics, _ options: Options) {
    self.diagnostics = diagnostics
    self.options = options
    reader = NodeReader(diagnostics)
  }

  /// Reads a manifest in either notation. The warnings are in the order of the text.
  public static func read(
    _ source: SourceText, options: Options = Options()
  ) throws(DiagnosticList) -> (manifest: Manifest, warnings: [Diagnostic]) {
    let diagnostics = Diagnostics(source)
    let root: Node?
    let isWhole: Bool
    var comments = 0
    switch options.notation ?? Notation(of: source, isStream: options.isStream) {
    case .yaml:
      let document = Document.read(source, limits: options.limits, into: diagnostics)
      (root, isWhole) = (document?.root, document?.isWhole ?? false)
      comments = document?.comments ?? 0
    case .markdown:
      let read = MarkdownReader.read(source, limits: options.limits, into: diagnostics)
      (root, isWhole) = (read?.root, read?.isWhole ?? false)
    }
    guard let root else { throw DiagnosticList(diagnostics.sorted) }
    var result = try read(root, isWhole: isWhole, of: source, options: options, into: diagnostics)
    result.manifest.comments = comments
    return result
  }

  /// Reads a manifest from nodes, whatever notation they were made from; `diagnostics` may hold
  /// what was said about the text before.
  public static func read(
    _ root: Node, isWhole: Bool, of source: SourceText, options: Options,
    into diagnostics: Diagnostics
  ) throws(DiagnosticList) -> (manifest: Manifest, warnings: [Diagnostic]) {
    var reader = ManifestReader(diagnostics, options)
    if !isWhole { reader.reportMissingEnd(of: source) }
    guard var manifest = reader.manifest(root, of: source), !diagnostics.hasErrors else {
      throw DiagnosticList(diagnostics.sorted)
    }
    manifest.isWhole = isWhole
    return (manifest, diagnostics.sorted)
  }

  private func reportMissingEnd(of source: SourceText) {
    let mark = Mark(line: max(1, source.lineCount), column: 1)
    diagnostics.report(
      options.isStream ? .error : .warning, "end-mark",
      options.isStream
        ? "the end mark is missing, so the text may be cut off"
        : "the end mark is missing", at: mark,
      hint: "end the manifest with the line '...' (in Markdown '<!-- end -->')")
  }

  static let keys = [
    "mtor", "name", "description", "base", "params", "env", "pass_env", "path", "cwd", "setup",
    "steps", "verify", "commit", "repair", "provenance",
  ]

  private mutating func manifest(_ root: Node, of source: SourceText) -> Manifest? {
    guard case .mapping = root.value else {
      diagnostics.error(
        "wrong-type", "a manifest is a mapping, not \(root.kind)", at: root.start,
        hint: "begin with 'mtor: 1' and 'name: …'")
      return nil
    }
    guard let fields = Fields(root, "a manifest", known: Self.keys, diagnostics) else { return nil }
    readVersion(fields)
    let params = readParameters(fields)
    parameters = Set(params.map(\.name))
    let name = fields.required("name").flatMap { nameText($0, "the name") } ?? ""
    var manifest = Manifest(source: source, digest: Digest(of: source.bytes), name: name)
    manifest.params = params
    manifest.description = prose(fields, "description")
    manifest.base = readBase(fields)
    manifest.defaults = commandDefaults(fields)
    manifest.setup = commands(fields, "setup", .setup)
    manifest.steps = readSteps(fields)
    manifest.verify = commands(fields, "verify", .verify)
    manifest.commit = readCommit(fields)
    manifest.repair = repairPolicy(fields)
    manifest.provenance = readProvenance(fields)
    if !["setup", "steps", "verify"].contains(where: fields.has) {
      diagnostics.error(
        "missing-key", "the manifest has nothing to do: it lacks 'steps'", at: root.start,
        hint: "add 'steps:' with '- id: …' below it")
    }
    PathChecks.run(on: manifest, into: diagnostics)
    return manifest
  }

  private func readVersion(_ fields: Fields) {
    guard let node = fields.required("mtor", hint: "begin the manifest with 'mtor: 1'"),
      let version = reader.int(node, "the format's version")
    else { return }
    if version != 1 {
      diagnostics.error(
        "format-version", "this mtor reads version 1 of the format, not \(version)", at: node,
        hint: version > 1 ? "a newer mtor may read it" : "write 'mtor: 1'")
    }
  }

  private func readBase(_ fields: Fields) -> Located<String>? {
    guard let node = fields["base"], let text = line(node, "'base'") else { return nil }
    let isRevision =
      text.utf8.first != UInt8(ascii: "-")
      && text.unicodeScalars.allSatisfy {
        $0.isASCII
          && ($0.properties.isAlphabetic || "0123456789./_-@^~{}".unicodeScalars.contains($0))
      } && !text.contains("..")
    guard isRevision, !text.isEmpty else {
      diagnostics.error(
        "base-name", "'\(Excerpt.short(text))' names no commit", at: node,
        hint: "write the commit's hash, as 'git rev-parse HEAD' prints it")
      return nil
    }
    return Located(text, at: node.start)
  }

  private func readCommit(_ fields: Fields) -> Located<String>? {
    guard let node = fields["commit"], let text = reader.wholeText(node, "'commit'") else {
      return nil
    }
    checkParameters(text, node)
    if text.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
      diagnostics.error(
        "commit-empty", "the commit's message is empty", at: node,
        hint: "say in a few words what changes, or leave 'commit' out")
    }
    return Located(text, at: node.start)
  }

  private func readProvenance(_ fields: Fields) -> Provenance? {
    guard let node = fields["provenance"],
      let keys = Fields(
        node, "'provenance'", known: ["author", "model", "tokens", "usd", "created"], diagnostics)
    else { return nil }
    return Provenance(
      author: line(keys, "author"), model: line(keys, "model"), tokens: keys.int("tokens"),
      usd: keys.double("usd"), created: line(keys, "created"))
  }
}
