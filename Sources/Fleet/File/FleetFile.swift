public import Manifests
public import YAMLTree

/// A FLEET.yaml: one manifest for many repositories.
public struct FleetFile: Sendable {
  /// The text, for faults that only the repositories show.
  public var source: SourceText
  /// Where what it names is looked for.
  public var folder: String
  /// The manifest's file, relative to the folder.
  public var manifest: String
  public var repositories: [RepositorySource]
  public var select: [Selection]
  /// Parameters of every repository; one's own win.
  public var params: [ParameterSource]
  /// The branch that is pushed.
  public var branch: String
  /// The commit's message, where the manifest asks for no commit of its own.
  public var commit: String?
  /// Nil: nothing leaves this machine.
  public var push: Push?
  /// A command for each repository that is green and pushed.
  public var open: Open?
  /// How many repositories are worked on at a time.
  public var concurrency: Int
  public var budget: Budget
  /// After so many failures no further repository is begun.
  public var stopAfter: Int?

  public struct Push: Sendable, Hashable {
    /// An address with `{name}` for the repository's name; nil: where the repository came from.
    public var remote: String?
    public var isDry: Bool
  }

  public struct Open: Sendable, Hashable {
    public var command: String
    /// Seconds after which it is ended.
    public var timeout: Double
  }

  public struct Budget: Sendable, Hashable {
    public var tokens: Int?
    public var usd: Double?

    public init(tokens: Int? = nil, usd: Double? = nil) {
      self.tokens = tokens
      self.usd = usd
    }
  }

  /// The file as the user named it.
  public var file: String { source.name }

  public init(source: SourceText, manifest: String) {
    self.source = source
    let file = source.name
    folder =
      file.lastIndex(of: "/").map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
    self.manifest = manifest
    repositories = []
    select = []
    params = []
    branch = "mtor/fleet"
    concurrency = 4
    budget = Budget()
  }
}

/// An entry of `repositories`: one of them, or where there are more.
public struct RepositorySource: Sendable {
  public enum Place: Sendable, Hashable {
    /// A folder of this machine.
    case folder(String)
    /// Folders of this machine by a pattern.
    case glob(String)
    case address(GitAddress)
    /// A file with one folder or address a line.
    case list(String)
    /// A command that prints the same.
    case command(String)
  }

  public var place: Place
  public var params: [ParameterSource]
  /// Where the work begins; nil: the branch that the repository itself shows first.
  public var branch: String?
  /// Why it is left out; nil where it is not.
  public var skip: String?
  public var mark: Mark
}

/// A condition that a repository has to fulfil to be worked on.
public enum Selection: Sendable, Hashable {
  case exists(path: String)
  case matches(path: String, pattern: String)
  /// It exits with 0 in a work tree of the repository.
  case command(String)
}

/// Where a parameter's value comes from.
public struct ParameterSource: Sendable, Hashable {
  public enum Value: Sendable, Hashable {
    case text(String)
    /// A value of a JSON, YAML or TOML file of the repository.
    case pointer(file: String, pointer: String, format: Format)
    /// A group of a regular expression in a file of the repository.
    case match(file: String, pattern: String, group: String)
  }

  public enum Format: String, Sendable, Hashable, CaseIterable { case json, yaml, toml }

  public var name: String
  public var value: Value
  /// What holds where nothing is found; nil: that is a fault.
  public var fallback: String?
  public var mark: Mark
}
