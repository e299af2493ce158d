import Glibc
public import Platform

/// What a fleet came to: repository by step.
public struct Matrix: Sendable {
  public enum Kind: String, Sendable { case plan, apply, undo }

  public var kind: Kind
  /// The manifest's name.
  public var manifest: String
  /// The fleet's file.
  public var file: String
  public var rows: [Row]
  /// The text of each distinct change, kept once however many repositories have it.
  public var changes: [Digest: String]

  public init(kind: Kind, manifest: String, file: String, rows: [Row], changes: [Digest: String]) {
    self.kind = kind
    self.manifest = manifest
    self.file = file
    self.rows = rows
    self.changes = changes
  }

  /// Where a repository stands.
  public enum State: String, Sendable, CaseIterable {
    /// Something would be changed.
    case planned
    case passed, repaired
    /// Everything is there already.
    case unchanged
    case waiting, running
    case failed, stalled, cancelled
    /// It cannot be worked on as it is.
    case refused
    /// A `select` does not hold.
    case unselected
    /// The fleet's file leaves it out.
    case skipped

    public var isGood: Bool { [.planned, .passed, .repaired, .unchanged].contains(self) }
    public var isRed: Bool { [.failed, .stalled, .cancelled, .refused].contains(self) }
    /// True where it has not come to its end.
    public var isOpen: Bool { [.waiting, .running].contains(self) }
  }

  public struct Row: Sendable {
    public var repository: String
    public var address: String
    public var state: State
    /// A word or two that many repositories may share, such as `dirty`; nil where all is well.
    public var reason: String?
    /// What is to be known beyond it, of this repository alone.
    public var detail: String?
    public var cells: [Cell]
    /// The whole change; nil where there is none.
    public var change: Digest?
    public var params: [String: String]
    public var base: String?
    public var commit: String?
    /// What was told to the repository: `pushed`, `would push`, why not.
    public var push: String?
    public var tokens: Int
    public var usd: Double
    public var needsModel: Bool

    public init(_ repository: String, _ address: String, _ state: State, reason: String? = nil) {
      self.repository = repository
      self.address = address
      self.state = state
      self.reason = reason
      cells = []
      params = [:]
      tokens = 0
      usd = 0
      needsModel = false
    }
  }

  /// What one step came to in one repository.
  public struct Cell: Sendable, Hashable {
    public var step: String
    /// `2 edited`, `passed`, `failed`.
    public var outcome: String
    /// What was, or would be, changed and run: equal digests are equal outcomes.
    public var digest: Digest
    public var isRed: Bool

    public init(step: String, outcome: String, digest: Digest, isRed: Bool = false) {
      self.step = step
      self.outcome = outcome
      self.digest = digest
      self.isRed = isRed
    }
  }
}

extension Matrix {
  /// The reason of a repository that this machine has no room for.
  public static let noSpace = "no space"

  /// The reason of a repository that no model could be asked about.
  public static let noModel = "no model could be reached"

  /// What git's words mean: a full disk here says nothing of the repository.
  static func reason(_ message: String) -> String {
    let words = Array(message.utf8)
    let isFull = [ENOSPC, EDQUOT].contains { code in
      let wanted = Array(String(cString: strerror(code)).utf8)
      return words.indices.contains { words[$0...].starts(with: wanted) }
    }
    return isFull ? noSpace : "unreachable"
  }
}
