import Platform
import Records

/// Why the queue cannot be used; what was in it is there still.
public struct QueueError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    case busy, full, readOnly, damaged, other
    /// No server answers; it may soon.
    case unreachable
    /// The engine cannot do what was asked.
    case cannot
  }

  public let kind: Kind
  /// One sentence without a final stop, safe to print.
  public let message: String
  public let hint: String?

  /// True where the same call may succeed in a moment.
  var isPassing: Bool { kind == .busy || kind == .full || kind == .unreachable }

  public var description: String { message }

  public init(_ kind: Kind, _ message: String, hint: String? = nil) {
    self.kind = kind
    self.message = message
    self.hint = hint
  }

  init(_ error: DatabaseError, path: String) {
    let shown = Printable.escaped(path)
    let (kind, reason, hint): (Kind, String, String?) =
      if error.isBusy {
        (.busy, "another process holds it", "try again")
      } else if error.isFull {
        (.full, "no space is left", "make room on the disk; what is queued is kept")
      } else if error.isReadOnly {
        (.readOnly, "it may not be written", "chmod u+w '\(shown)'; its folder too")
      } else if error.isForeign {
        (.damaged, "it is no queue of mtor", Self.aside(shown))
      } else if error.isDamaged {
        (.damaged, "it is damaged", Self.aside(shown))
      } else {
        (.other, error.message, nil)
      }
    self.init(kind, "the queue \(shown) cannot be used: \(reason)", hint: hint)
  }

  private static func aside(_ path: String) -> String {
    "set it aside: mv '\(path)' '\(path).damaged'; sqlite3 '\(path).damaged' .recover shows "
      + "what can be read"
  }
}
