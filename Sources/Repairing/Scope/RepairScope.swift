public import Manifests
public import Planning
public import Platform

/// Who may be edited: the one decision that models, fixers, memory and agents all pass through.
public struct RepairScope: Sendable {
  /// Why a path may or may not be edited, in the order in which the rules are asked.
  public enum Decision: Hashable, Sendable {
    case allowed
    /// mtor's, git's, a CI's, a hook's, an agent's or an editor's own.
    case protected
    /// The manifest says `frozen`.
    case frozen
    /// The manifest takes it away.
    case removed
    /// The step's `deny`, with the pattern.
    case denied(String)
    /// A test, or what steers tests and builds.
    case test
    /// Not among the files of the step, or not matched by `allow`.
    case outside
    /// A symbolic link, a folder or the like stands there, or a file or a link above it.
    case irregular
    /// A step that comes later, with its name, puts its own bytes there.
    case later(String)

    public var isAllowed: Bool { self == .allowed }

    /// The end of a sentence that begins with the path.
    public var reason: String {
      switch self {
      case .allowed: "may be edited"
      case .protected: "is protected: no repair may touch it"
      case .frozen: "is frozen by the manifest"
      case .removed: "is deleted by the manifest"
      case .denied(let pattern): "is denied by '\(pattern)'"
      case .test: "is a test or steers how tests run; only 'allow' with its path opens it"
      case .outside: "is not among the files that may be edited"
      case .irregular: "is no regular file, or lies below a file or a link"
      case .later(let step):
        "is declared by the later step '\(step)', which would overwrite a repair of it"
      }
    }
  }

  private let literals: Set<RelativePath>
  private let globs: [Glob]?
  private let denials: [Glob]
  private let frozen: Set<RelativePath>
  private let own: Set<RelativePath>
  private let gitFolders: [RelativePath]
  private let removed: [RelativePath]
  private let later: LaterDeclarations
  /// What is seen in the tree not to be a regular file, of the paths that are named.
  private var irregular: Set<RelativePath> = []

  /// `policy` is the step's, already merged with the manifest's; `files` are those of the step
  /// (or of all steps, for `verify`); `gitFolders` are real git folders below the root; `removed` is
  /// what the manifest has deleted, files and folders; `later` what steps declare that are to come.
  public init(
    policy: RepairPolicy, files: [PlannedFile], gitFolders: [RelativePath] = [],
    removed: [RelativePath] = [], later: LaterDeclarations = LaterDeclarations()
  ) throws(Glob.Fault) {
    self.init(
      policy: policy, own: files.filter { $0.after.digest != nil }.map(\.path),
      frozen: files.filter(\.isFrozen).map(\.path), gitFolders: gitFolders, removed: removed,
      later: later, patterns: try Patterns(policy))
  }

  init(
    policy: RepairPolicy, own: [RelativePath], frozen: [RelativePath] = [],
    gitFolders: [RelativePath] = []
  ) throws(Glob.Fault) {
    self.init(
      policy: policy, own: own, frozen: frozen, gitFolders: gitFolders, removed: [],
      later: LaterDeclarations(), patterns: try Patterns(policy))
  }

  private struct Patterns {
    var allow: [Glob]?
    var deny: [Glob]

    init(_ policy: RepairPolicy) throws(Glob.Fault) {
      if let texts = policy.allow {
        var globs: [Glob] = []
        for text in texts { globs.append(try Glob(text)) }
        allow = globs
      }
      deny = []
      for text in policy.deny { deny.append(try Glob(text)) }
    }
  }

  private init(
    policy: RepairPolicy, own: [RelativePath], frozen: [RelativePath],
    gitFolders: [RelativePath], removed: [RelativePath], later: LaterDeclarations,
    patterns: Patterns
  ) {
    self.own = Set(own)
    self.frozen = Set(frozen)
    self.gitFolders = gitFolders
    self.removed = removed
    self.later = later
    denials = patterns.deny
    globs = patterns.allow
    var literals: Set<RelativePath> = []
    for glob in patterns.allow ?? [] where glob.isLiteral {
      // A literal that is no path opens nothing.
      if case .success(let path) = Result(catching: { try RelativePath(glob.text) }) {
        literals.insert(path)
      }
    }
    self.literals = literals
  }

  /// Takes named paths out at which a tree has something else than a regular file.
  mutating func close(_ isIrregular: (RelativePath) throws -> Bool) rethrows {
    irregular = try Set(editable.filter(isIrregular))
  }

  /// Decides in the contract's order; the first rule that speaks wins.
  public func decision(_ path: RelativePath) -> Decision {
    if ProtectedPaths.contains(path) || gitFolders.contains(where: path.isWithin) {
      return .protected
    }
    if frozen.contains(path) { return .frozen }
    if !own.contains(path), removed.contains(where: path.isWithin) { return .removed }
    if let denial = denials.first(where: { $0.matches(path) }) { return .denied(denial.text) }
    if irregular.contains(path) { return .irregular }
    if !own.contains(path), let step = later.step(declaring: path) { return .later(step) }
    if literals.contains(path) { return .allowed }
    if TestPaths.contains(path) { return .test }
    if let globs {
      return globs.contains { $0.matches(path) } ? .allowed : .outside
    }
    return own.contains(path) ? .allowed : .outside
  }

  /// The step's own paths that may be edited, sorted; what a request shows whole.
  public var editable: [RelativePath] {
    own.union(literals).filter { decision($0).isAllowed }.sorted()
  }
}
