public import Platform
public import YAMLTree

/// A manifest as plain values, whatever notation it was written in.
///
/// `${{ params.NAME }}` still stands in its texts; the planner expands it. Paths are therefore
/// texts here and become `RelativePath`s in the plan.
public struct Manifest: Sendable {
  public var source: SourceText
  /// The digest of the source's bytes.
  public var digest: Digest
  public var name: String
  public var description: String?
  /// A commit that the manifest was written against; targets must not differ since.
  public var base: Located<String>?
  public var defaults: CommandDefaults
  public var params: [Parameter]
  public var setup: [CommandSpec]
  public var steps: [Step]
  public var verify: [CommandSpec]
  public var commit: Located<String>?
  public var repair: RepairPolicy
  public var provenance: Provenance?
  /// True if the end mark stands (`...` or `<!-- end -->`).
  public var isWhole: Bool
  /// How many comments stand in its text, which are no part of what it says.
  public var comments: Int

  public init(source: SourceText, digest: Digest, name: String) {
    self.source = source
    self.digest = digest
    self.name = name
    defaults = CommandDefaults()
    params = []
    setup = []
    steps = []
    verify = []
    repair = RepairPolicy()
    isWhole = false
    comments = 0
  }
}

/// A value with the place where it was written.
public struct Located<Value: Sendable>: Sendable {
  public var value: Value
  public var mark: Mark

  public init(_ value: Value, at mark: Mark) {
    self.value = value
    self.mark = mark
  }
}

/// A value that `--param` sets.
public struct Parameter: Sendable {
  public var name: String
  public var defaultValue: String?
  /// A PCRE2 pattern that the whole value must match.
  public var pattern: String?
  public var description: String?
  public var mark: Mark

  public init(
    name: String, defaultValue: String? = nil, pattern: String? = nil, description: String? = nil,
    mark: Mark
  ) {
    self.name = name
    self.defaultValue = defaultValue
    self.pattern = pattern
    self.description = description
    self.mark = mark
  }
}

/// Who wrote the manifest and what that cost.
public struct Provenance: Sendable, Hashable {
  public var author: String?
  public var model: String?
  public var tokens: Int?
  public var usd: Double?
  public var created: String?

  public init(
    author: String? = nil, model: String? = nil, tokens: Int? = nil, usd: Double? = nil,
    created: String? = nil
  ) {
    self.author = author
    self.model = model
    self.tokens = tokens
    self.usd = usd
    self.created = created
  }
}
