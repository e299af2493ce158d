public import YAMLTree

/// The unit of work: files that land together, then commands that must pass.
public struct Step: Sendable {
  public var id: String
  public var intent: String?
  public var files: [FileEntry]
  public var run: [CommandSpec]
  public var tests: [CommandSpec]
  /// True if the tests may run side by side.
  public var isParallel: Bool
  /// Globs of what the step's commands make and the result keeps.
  public var outputs: [String]
  public var needs: [String]
  public var defaults: CommandDefaults
  public var repair: RepairPolicy
  public var condition: Condition?
  public var mark: Mark

  public init(id: String, mark: Mark) {
    self.id = id
    self.mark = mark
    files = []
    run = []
    tests = []
    isParallel = false
    outputs = []
    needs = []
    defaults = CommandDefaults()
    repair = RepairPolicy()
  }
}

/// A `when`: otherwise the step or the file is skipped.
public enum Condition: Sendable, Hashable {
  case exists(path: String)
  case missing(path: String)
  case contains(path: String, text: String)
}

/// The `repair` keys of a manifest or a step; nil where a key was not written.
public struct RepairPolicy: Sendable, Hashable {
  public var isOff: Bool?
  public var allow: [String]?
  public var deny: [String]
  public var show: [String]
  public var fixers: [String]?
  /// Rounds per model before its one fresh round.
  public var attempts: Int?
  public var models: [String]?
  public var candidates: Int?
  public var tokens: Int?
  public var usd: Double?
  public var seconds: Double?
  public var cache: [String]?

  public init() {
    deny = []
    show = []
  }
}
