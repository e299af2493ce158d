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
  public var name: String?
  public var shell: Shell
  /// In seconds; 600 by default.
  public var timeout: Double
  public var defaults: CommandDefaults
  public var input: Text?
  public var network: Bool?
  /// Skip the command where this path stands.
  public var creates: String?
  /// Skip the command where this one succeeds.
  public var unless: String?
  public var retries: Int
  public var inputs: [String]
  public var exit: ExpectedExit
  public var output: ExpectedText?
  public var errors: ExpectedText?
  public var mark: Mark

  public init(run: String, mark: Mark) {
    self.run = run
    self.mark = mark
    shell = .sh
    timeout = 600
    defaults = CommandDefaults()
    retries = 0
    inputs = []
    exit = .codes([0])
  }
}
