public import YAMLTree

/// The unit of work: files that land together, then commands that must pass.
public struct Step: Sendable {
  public var id: String
  public var intent: String? {
    get { rare[\.intent] }
    set { rare[\.intent] = newValue }
  }
  public var files: [FileEntry]
  public var run: [CommandSpec]
  public var tests: [CommandSpec]
  /// True if the tests may run side by side.
  public var isParallel: Bool {
    get { rare[\.isParallel] }
    set { rare[\.isParallel] = newValue }
  }
  /// Globs of what the step's commands make and the result keeps.
  public var outputs: [String] {
    get { rare[\.outputs] }
    set { rare[\.outputs] = newValue }
  }
  public var needs: [String] {
    get { rare[\.needs] }
    set { rare[\.needs] = newValue }
  }
  public var defaults: CommandDefaults {
    get { rare[\.defaults] }
    set { rare[\.defaults] = newValue }
  }
  public var repair: RepairPolicy {
    get { rare[\.repair] }
    set { rare[\.repair] = newValue }
  }
  public var condition: Condition? {
    get { rare[\.condition] }
    set { rare[\.condition] = newValue }
  }
  public var mark: Mark

  /// What few steps say.
  private struct Options: RareValues {
    var intent: String?
    var isParallel = false
    var outputs: [String] = []
    var needs: [String] = []
    var defaults = CommandDefaults()
    var repair = RepairPolicy()
    var condition: Condition?

    static let unsaid = Options()
  }

  private var rare = Rare<Options>()

  public init(id: String, mark: Mark) {
    self.id = id
    self.mark = mark
    files = []
    run = []
    tests = []
  }
}

/// A `when`: otherwise the step or the file is skipped.
public enum Condition: Sendable, Hashable {
  case exists(path: String)
  case missing(path: String)
  case contains(path: String, text: String)

  /// What it looks at, as it was written.
  public var path: String {
    switch self {
    case .exists(let path), .missing(let path), .contains(let path, _): path
    }
  }
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
