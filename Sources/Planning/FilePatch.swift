/// What a patch says of one file.
struct FilePatch {
  enum Kind: Equatable {
    case modify, create, delete
    case rename(from: String)
    case copy(from: String)
  }

  /// A place of the file with its change.
  struct Hunk {
    struct Line {
      enum Sign: UInt8 {
        case context = 0x20
        case removed = 0x2D
        case added = 0x2B
      }

      var sign: Sign
      /// With the newline, unless the file ends without one.
      var bytes: [UInt8]
    }

    /// The line of its header in the patch, from 1.
    var line: Int
    /// The line of the file where it begins, from 1; nil where the patch gives none.
    var oldStart: Int?
    var newStart: Int?
    /// A line that stands somewhere above it, without spaces at its ends.
    var anchor: [UInt8]?
    /// True if nothing may follow it in the file.
    var isAtEnd = false
    var lines: [Line] = []

    var oldLines: [[UInt8]] { lines.filter { $0.sign != .added }.map(\.bytes) }
    var newLines: [[UInt8]] { lines.filter { $0.sign != .removed }.map(\.bytes) }

    /// The hunk that takes this one back.
    var reversed: Hunk {
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

  var kind = Kind.modify
  /// The names of its headers, where it has any.
  var oldName: String?
  var newName: String?
  /// Modes as git writes them: 0o100644, 0o100755, 0o120000.
  var oldMode: UInt32?
  var newMode: UInt32?
  var hunks: [Hunk] = []

  /// The bytes of a file that the patch creates.
  var content: [UInt8] { hunks.flatMap { $0.newLines.flatMap { $0 } } }

  /// The execute bit that the patch sets; nil where it says nothing of it.
  var isExecutable: Bool? {
    switch newMode {
    case 0o100755: true
    case 0o100644: oldMode == nil && kind == .modify ? nil : kind == .create ? nil : false
    default: nil
    }
  }
}
