public import YAMLTree

/// What commands of a manifest or a step have in common; nil where a key was not written.
public struct CommandDefaults: Sendable, Hashable {
  public var directory: String?
  public var environment: [String: String]
  public var passEnvironment: [String]
  /// Folders, relative to the root, put before PATH.
  public var path: [String]

  public init() {
    environment = [:]
    passEnvironment = []
    path = []
  }
}

/// A command as it was written.
public struct CommandSpec: Sendable {
  public enum Shell: String, Sendable, CaseIterable { case sh, bash }

  public enum ExpectedExit: Sendable, Hashable {
    case codes([Int])
    case nonzero
  }

  /// What an output must be.
  public enum ExpectedText: Sendable, Hashable {
    case whole(String)
    case contains(String)
    /// A PCRE2 pattern.
    case matches(String)
  }

  public var run: String
  public var name: String? {
    get { rare[\.name] }
    set { rare[\.name] = newValue }
  }
  public var shell: Shell {
    get { rare[\.shell] }
    set { rare[\.shell] = newValue }
  }
  /// In seconds; 600 by default.
  public var timeout: Double {
    get { rare[\.timeout] }
    set { rare[\.timeout] = newValue }
  }
  public var defaults: CommandDefaults {
    get { rare[\.defaults] }
    set { rare[\.defaults] = newValue }
  }
  public var input: Text? {
    get { rare[\.input] }
    set { rare[\.input] = newValue }
  }
  public var network: Bool? {
    get { rare[\.network] }
    set { rare[\.network] = newValue }
  }
  /// Skip the command where this path stands.
  public var creates: String? {
    get { rare[\.creates] }
    set { rare[\.creates] = newValue }
  }
  /// Skip the command where this one succeeds.
  public var unless: String? {
    get { rare[\.unless] }
    set { rare[\.unless] = newValue }
  }
  public var retries: Int {
    get { rare[\.retries] }
    set { rare[\.retries] = newValue }
  }
  public var inputs: [String] {
    get { rare[\.inputs] }
    set { rare[\.inputs] = newValue }
  }
  public var exit: ExpectedExit {
    get { rare[\.exit] }
    set { rare[\.exit] = newValue }
  }
  public var output: ExpectedText? {
    get { rare[\.output] }
    set { rare[\.output] = newValue }
  }
  public var errors: ExpectedText? {
    get { rare[\.errors] }
    set { rare[\.errors] = newValue }
  }
  public var mark: Mark

  /// What few commands say.
  private struct Options: RareValues {
    var name: String?
    var shell = Shell.sh
    var timeout = 600.0
    var defaults = CommandDefaults()
    var input: Text?
    var network: Bool?
    var creates: String?
    var unless: String?
    var retries = 0
    var inputs: [String] = []
    var exit = ExpectedExit.codes([0])
    var output: ExpectedText?
    var errors: ExpectedText?

    static let unsaid = Options()
  }

  private var rare = Rare<Options>()

  public init(run: String, mark: Mark) {
    self.run = run
    self.mark = mark
  }
}
