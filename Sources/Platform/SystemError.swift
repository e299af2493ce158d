public import Glibc

/// A system call that failed: which, on what, and with which errno.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The C function, such as `renameat2`.
  public let call: String
  /// The path it was called on, relative to the root where there is one; nil where none.
  public let path: String?
  /// The errno.
  public let code: Int32

  public init(_ call: String, _ path: String? = nil, code: Int32 = errno) {
    self.call = call
    self.path = path
    self.code = code
  }

  /// The C library's text for the errno, such as `No space left on device`.
  public var reason: String { String(cString: strerror(code)) }

  public var description: String {
    // `Printable` keeps a hostile file name from writing control characters to a terminal.
    path.map { "\(call) \(Printable.escaped($0)): \(reason)" } ?? "\(call): \(reason)"
  }

  /// True where the call says what stands at a path (nothing, a file, a link), not that looking
  /// failed.
  public var isAboutPath: Bool { [ENOENT, ENOTDIR, ELOOP].contains(code) }
}
