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
  public var isExecutable: Bool?
  /// The permission bits, exact.
  public var mode: UInt32?
  public var digest: Digest?
  public var bytes: Int?
  public var lines: Int?
  public var elisionIsFine: Bool
  public var markersAreFine: Bool
  public var before: Before?
  public var endOfLine: EndOfLine?
  public var expands: Bool
  public var isFrozen: Bool
  public var condition: Condition?
  /// Where the path stands.
  public var mark: Mark
  /// Where the action's value stands (the content, the edits).
  public var actionMark: Mark

  public init(path: String, action: Action, mark: Mark, actionMark: Mark) {
    self.path = path
    self.action = action
    self.mark = mark
    self.actionMark = actionMark
    elisionIsFine = false
    markersAreFine = false
    expands = false
    isFrozen = false
  }
}

/// One edit of a file; edits apply in order, each on the result of the one before.
public struct Edit: Sendable {
  /// How often a text must occur.
  public enum Count: Sendable, Hashable {
    case exactly(Int)
    case all
  }

  public enum Operation: Sendable {
    /// A SEARCH/REPLACE block, or `{find, replace}`.
    case replace(find: Text, with: Text, count: Count, word: Bool)
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

  public init(_ operation: Operation, at mark: Mark) {
    self.operation = operation
    self.mark = mark
  }
}
