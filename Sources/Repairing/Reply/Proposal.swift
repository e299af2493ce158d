public import Platform

/// A change of files that passed every rule for replies; whether it repairs, the tests decide.
public struct Proposal: Sendable {
  public struct File: Hashable, Sendable {
    public var path: RelativePath
    /// Nil where nothing stood.
    public var before: [UInt8]?
    public var after: [UInt8]

    public init(path: RelativePath, before: [UInt8]?, after: [UInt8]) {
      self.path = path
      self.before = before
      self.after = after
    }
  }

  /// By path; only files that become different.
  public var files: [File]

  public init(files: [File]) { self.files = files.sorted { $0.path < $1.path } }

  /// Equal for equal edits of equal files.
  public var digest: Digest {
    var hash = Hasher256()
    for file in files {
      hash.update(Array("\(file.path.text)\0\(file.after.count)\0".utf8))
      hash.update(file.after)
    }
    return hash.finish()
  }

  /// How many lines differ, added and taken together: the smaller of two repairs is the better.
  public var changedLines: Int {
    files.reduce(0) { sum, file in
      let change = LineChange(from: file.before ?? [], to: file.after)
      return sum + change.removed.count + change.added.count
    }
  }
}

/// Why a reply was not taken, worded for the model that wrote it.
public struct Rejection: Error, Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable {
    /// No change in the reply (S1).
    case monologue
    /// The change leaves every file as it is (S2).
    case unchanged
    /// The reply is not whole (S8).
    case truncated
    /// The stream was cut because it repeated itself (S10).
    case degenerate
    /// The notation is broken, or names no file.
    case malformed
    /// A search text that does not match exactly once.
    case mismatch
    /// A path that may not be edited, or a test weakened (S7t).
    case forbidden
    /// Elision, shrinking, NUL: contents that cannot be meant.
    case suspicious
  }

  public var kind: Kind
  /// One sentence without a final stop.
  public var reason: String
  /// The nearest real lines, where a search text did not match.
  public var nearest: String?

  public init(_ kind: Kind, _ reason: String, nearest: String? = nil) {
    self.kind = kind
    self.reason = reason
    self.nearest = nearest
  }
}

/// The middle in which two texts differ, in lines: a cheap bound of the real difference.
struct LineChange {
  let removed: ArraySlice<ArraySlice<UInt8>>
  let added: ArraySlice<ArraySlice<UInt8>>

  init(from old: [UInt8], to new: [UInt8]) {
    let a = old.linesWithEnds
    let b = new.linesWithEnds
    var head = 0
    while head < a.count, head < b.count, a[head].elementsEqual(b[head]) { head += 1 }
    var tail = 0
    while tail < a.count - head, tail < b.count - head,
      a[a.count - 1 - tail].elementsEqual(b[b.count - 1 - tail])
    {
      tail += 1
    }
    removed = a[head..<(a.count - tail)]
    added = b[head..<(b.count - tail)]
  }

  /// Added lines that stood nowhere in the old text.
  static func newLines(from old: [UInt8], to new: [UInt8]) -> [ArraySlice<UInt8>] {
    let known = Set(old.linesWithEnds.map { Array($0.withoutTrailingSpace) })
    return LineChange(from: old, to: new).added.filter {
      !known.contains(Array($0.withoutTrailingSpace))
    }
  }
}
