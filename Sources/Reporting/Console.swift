import Glibc
public import Platform

/// Where text for a person goes: one descriptor, and what it can show.
///
/// Every write is one write(2) where the system takes it whole. A reader that has gone away
/// (EPIPE) is no fault: what follows is dropped. Any other fault is kept in `failure`.
public final class Console: @unchecked Sendable {
  // Unchecked: `failure` is the only state, and a console is written by one thread at a time.

  /// When to colour.
  public enum ColorChoice: String, Sendable, CaseIterable { case auto, always, never }

  public let descriptor: Int32
  /// True if it is a terminal that can move its cursor: a line may be drawn again.
  public let isLive: Bool
  public let style: Style
  /// The first fault of a write; nothing is written after it.
  public private(set) var failure: SystemError?

  private let isTerminal: Bool
  private let fixedWidth: Int?

  /// `environment` decides with `NO_COLOR` and `TERM`; the descriptor stays the caller's.
  ///
  /// `width` replaces the terminal's own, for tests.
  public init(
    descriptor: Int32, color: ColorChoice = .auto, environment: [String: String],
    width: Int? = nil
  ) {
    self.descriptor = descriptor
    fixedWidth = width
    isTerminal = isatty(descriptor) == 1
    isLive = isTerminal && !["", "dumb"].contains(environment["TERM"] ?? "")
    let isColored =
      switch color {
      case .always: true
      case .never: false
      // https://no-color.org: set and not empty, whatever it says.
      case .auto: isLive && (environment["NO_COLOR"] ?? "").isEmpty
      }
    style = Style(isColored: isColored)
  }

  /// Columns of the terminal as it is now; nil where lines may have any length.
  public var width: Int? {
    if let fixedWidth { return fixedWidth }
    guard isTerminal else { return nil }
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes the text as it stands; it must be safe to print already.
  public func write(_ text: String) {
    guard failure == nil, !text.isEmpty else { return }
    var text = text
    text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        if count > 0 {
          done += count
        } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
          failure = SystemError("write", code: count == 0 ? EIO : errno)
          return
        } else if errno == EAGAIN {
          waitUntilWritable()
        }
      }
    }
  }

  /// True if the output could not be written for another reason than a reader that went away.
  public var hasFailed: Bool { failure.map { $0.code != EPIPE } ?? false }

  /// A parent may have left the descriptor non-blocking (node does): poll(2) instead of spinning.
  private func waitUntilWritable() {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    poll(&entry, 1, 1000)
  }
}
