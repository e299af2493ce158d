public import Platform
public import YAMLTree

/// One entry of a step's `files`.
public struct FileEntry: Sendable {
  /// What the entry does to its path: exactly one of these.
  public enum Action: Sendable {
    /// `content`, with `base64` decoded already.
    case content(Text)
    /// `from`: a file below the manifest's folder, by its text; read by the planner.
    case from(String)
    case edit([Edit])
    case patch(Text)
    case delete
    case deleteTree
    /// `move_from`, then the edits, where there are some.
    case move(from: String, edits: [Edit])
    case moveTree(from: String)
    case symlink(target: String)
    /// Only `executable` or `mode`.
    case attributes
  }

  public enum EndOfLine: String, Sendable, CaseIterable { case crlf, keep }

  /// `was`: what must be there before.
  public enum Before: Sendable, Hashable {
    case absent, present
    case digest(Digest)
    case symlink(target: String)
  }

  public var path: String
  public var action: Action
  public var isExecutable: Bool? {
    get { rare[\.isExecutable] }
    set { rare[\.isExecutable] = newValue }
  }
  /// The permission bits, exact.
  public var mode: UInt32? {
    get { rare[\.mode] }
    set { rare[\.mode] = newValue }
  }
  public var digest: Digest? {
    get { rare[\.digest] }
    set { rare[\.digest] = newValue }
  }
  public var bytes: Int? {
    get { rare[\.bytes] }
    set { rare[\.bytes] = newValue }
  }
  public var lines: Int? {
    get { rare[\.lines] }
    set { rare[\.lines] = newValue }
  }
  public var elisionIsFine: Bool {
    get { rare[\.elisionIsFine] }
    set { rare[\.elisionIsFine] = newValue }
  }
  public var markersAreFine: Bool {
    get { rare[\.markersAreFine] }
    set { rare[\.markersAreFine] = newValue }
  }
  public var before: Before? {
    get { rare[\.before] }
    set { rare[\.before] = newValue }
  }
  public var endOfLine: EndOfLine? {
    get { rare[\.endOfLine] }
    set { rare[\.endOfLine] = newValue }
  }
  public var expands: Bool {
    get { rare[\.expands] }
    set { rare[\.expands] = newValue }
  }
  public var isFrozen: Bool {
    get { rare[\.isFrozen] }
    set { rare[\.isFrozen] = newValue }
  }
  public var condition: Condition? {
    get { rare[\.condition] }
    set { rare[\.condition] = newValue }
  }
  /// Where the path stands.
  public var mark: Mark
  /// Where the action's value stands (the content, the edits).
  public var actionMark: Mark

  /// What few entries say.
  private struct Options: RareValues {
    var isExecutable: Bool?
    var mode: UInt32?
    var digest: Digest?
    var bytes: Int?
    var lines: Int?
    var elisionIsFine = false
    var markersAreFine = false
    var before: Before?
    var endOfLine: EndOfLine?
    var expands = false
    var isFrozen = false
    var condition: Condition?

    static let unsaid = Options()
  }

  private var rare = Rare<Options>()

  public init(path: String, action: Action, mark: Mark, actionMark: Mark) {
    self.path = path
    self.action = action
    self.mark = mark
    self.actionMark = actionMark
  }
}

/// One edit of a file; edits apply in order, each on the result of the one before.
public struct Edit: Sendable {
  /// How often a text must occur.
  public enum Count: Sendable, Hashable {
    case exactly(Int)
    case all
  }

  /// Where a text may stand.
  public enum Extent: Sendable, Hashable {
    /// Wherever its bytes are.
    case bytes
    /// Where no word goes on over its ends.
    case words
    /// From the beginning of a line to the end of one: a SEARCH/REPLACE block.
    case lines
  }

  public enum Operation: Sendable {
    /// A SEARCH/REPLACE block, or `{find, replace}`.
    case replace(find: Text, with: Text, count: Count, extent: Extent)
    /// `{match, replace}` with a PCRE2 pattern and `$1` in the replacement.
    case match(pattern: String, with: String, count: Count)
    case insertAfter(anchor: Text, Text)
    case insertBefore(anchor: Text, Text)
    case append(Text)
    case prepend(Text)
    /// `{set: {pointer, value}}`: the value as it was written in the manifest.
    case set(pointer: String, value: Node)
  }

  public var operation: Operation
  public var mark: Mark

  /// True for a SEARCH/REPLACE block.
  var isBlock: Bool {
    if case .replace(_, _, _, .lines) = operation { true } else { false }
  }

  public init(_ operation: Operation, at mark: Mark) {
    self.operation = operation
    self.mark = mark
  }
}
