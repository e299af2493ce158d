/// What a patch says of one file.
public struct FilePatch: Sendable {
  public enum Kind: Equatable, Sendable {
    case modify, create, delete
    case rename(from: String)
    case copy(from: String)
  }

  /// A place of the file with its change.
  public struct Hunk: Sendable {
    public struct Line: Sendable {
      public enum Sign: UInt8, Sendable {
        case context = 0x20
        case removed = 0x2D
        case added = 0x2B
      }

      public var sign: Sign
      /// With the newline, unless the file ends without one.
      public var bytes: [UInt8]
    }

    /// The line of its header in the patch, from 1.
    public var line: Int
    /// The line of the file where it begins, from 1; nil where the patch gives none.
    public var oldStart: Int?
    public var newStart: Int?
    /// A line that stands somewhere above it, without spaces at its ends.
    public var anchor: [UInt8]?
    /// True if nothing may follow it in the file.
    public var isAtEnd = false
    /// True if nothing may stand before it in the file.
    public var isAtStart = false
    public var lines: [Line] = []

    /// True if the file has no lines before it, by its header.
    public var isOfEmptyFile: Bool { oldStart == 0 && !lines.contains { $0.sign != .added } }

    public var oldLines: [[UInt8]] { lines.filter { $0.sign != .added }.map(\.bytes) }
    public var newLines: [[UInt8]] { lines.filter { $0.sign != .removed }.map(\.bytes) }

    /// True if the line at a place is the last one on each side of the change that it belongs to.
    func isLast(_ place: Int) -> Bool {
      let behind = lines[(place + 1)...]
      return switch lines[place].sign {
      case .context: behind.isEmpty
      case .removed: behind.allSatisfy { $0.sign == .added }
      case .added: behind.allSatisfy { $0.sign == .removed }
      }
    }

    /// The hunk that takes this one back.
    public var reversed: Hunk {
      var hunk = self
      (hunk.oldStart, hunk.newStart) = (newStart, oldStart)
      hunk.lines = lines.map { line in
        switch line.sign {
        case .context: line
        case .removed: Line(sign: .added, bytes: line.bytes)
        case .added: Line(sign: .removed, bytes: line.bytes)
        }
      }
      return hunk
    }
  }

  public var kind = Kind.modify
  /// The path of its `diff --git` line, where that names one.
  var headerName: String?
  /// The names of its headers, where it has any.
  public var oldName: String?
  public var newName: String?
  /// Modes as git writes them: 0o100644, 0o100755, 0o120000.
  public var oldMode: UInt32?
  public var newMode: UInt32?
  public var hunks: [Hunk] = []

  /// A patch that changes nothing.
  public init() {}

  /// The bytes of a file that the patch creates.
  public var content: [UInt8] { hunks.flatMap { $0.newLines.flatMap { $0 } } }

  /// The execute bit that the patch sets; nil where it says nothing of it.
  public var isExecutable: Bool? {
    switch newMode {
    case 0o100755: true
    case 0o100644: oldMode == nil && kind == .modify ? nil : kind == .create ? nil : false
    default: nil
    }
  }
}
