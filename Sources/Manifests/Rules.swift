public import YAMLTree

/// A rule that manifests, contents and configurations are held to.
public struct Rule: Sendable {
  /// Where an example stands, so that the lines that matter are enough.
  public enum Frame: Sendable, Hashable {
    /// The whole text.
    case manifest
    /// The whole text, where a manifest may have 100 bytes and a file 20.
    case limited
    /// The whole text, where a manifest may have 3 steps and 2 files.
    case few
    /// Keys of a manifest; of its first step; its files; its tests.
    case top, step, files, tests
    /// The bytes of a file of that name.
    case content(path: String)
    /// The bytes of a file that is replaced, and what replaces it, divided by `Rule.division`.
    case replacement(path: String)
    /// A person's configuration, and a tree's beside a person's default one.
    case configuration, treeConfiguration
    /// What stands below the front matter of a manifest in Markdown; the whole of one.
    case markdown, wholeMarkdown
    /// A source that is imported.
    case imported
    /// A tree and what is said about it, in parts that begin with `== WHAT`.
    case tree
    /// What is typed in an empty folder, where a rule is met only in a run.
    case typed
    /// Keys of a FLEET.yaml.
    case fleet
  }

  /// Stands in an example for a byte that is not UTF-8.
  public static let invalidByte = "\u{10FFFD}"
  /// Divides the old file from the new one in a `replacement` example.
  public static let division = "\u{1D}"

  /// Stable: never changed, never used again for something else.
  public let id: String
  public let severity: Diagnostic.Severity
  /// What it is about and why, in one line.
  public let meaning: String
  public let frame: Frame
  public let bad: String
  public let good: String

  init(
    _ id: String, _ severity: Diagnostic.Severity, _ meaning: String,
    _ frame: Frame = .files, bad: String, good: String
  ) {
    self.id = id
    self.severity = severity
    self.meaning = meaning
    self.frame = frame
    self.bad = bad
    self.good = good
  }

  /// An error.
  init(_ id: String, _ meaning: String, _ frame: Frame = .files, bad: String, good: String) {
    self.init(id, .error, meaning, frame, bad: bad, good: good)
  }
}

/// Every rule there is: the table that `docs/rules.md` is made from.
public enum Rules {
  /// A group of rules with its heading.
  public struct Group: Sendable {
    public let title: String
    public let rules: [Rule]
  }

  public static let groups: [Group] = [
    Group(title: "The text", rules: text),
    Group(title: "YAML", rules: structure),
    Group(title: "Fields", rules: fields),
    Group(title: "Paths", rules: paths),
    Group(title: "Files and edits", rules: files),
    Group(title: "Patches", rules: patches),
    Group(title: "Contents", rules: contents),
    Group(title: "Commands", rules: commands),
    Group(title: "Parameters and steps", rules: steps),
    Group(title: "Manifests in Markdown", rules: markdown),
    Group(title: "Imports", rules: importing),
    Group(title: "The plan", rules: planning),
    Group(title: "Conflicts with the tree", rules: conflicts),
    Group(title: "Met in a run", rules: running),
    Group(title: "Configuration", rules: configuration),
    Group(title: "Fleets", rules: fleets),
  ]

  public static let all: [Rule] = groups.flatMap(\.rules)

  /// The rule of that id.
  public static func rule(_ id: String) -> Rule? { all.first { $0.id == id } }
}
