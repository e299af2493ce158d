import Platform

/// A sandbox that is a program of its own (`Bubblewrap`), and starts a command by mtor's own
/// executable: how the command ended is what counts, and only it gets the request to end.
struct Wrapping: Sendable {
  /// What is run in the end.
  var program: Command.Program
  /// Makes the sandbox's arguments again, from the machine as it is by now.
  var remake: @Sendable () throws(SystemError) -> Command.Program

  /// What a failure of the sandbox itself is told as (`SystemError.call`).
  static let call = "bwrap"

  /// How often a sandbox is tried that could not be made.
  ///
  /// It covers what was found a moment ago: a socket of any service, anywhere on the machine, may
  /// have gone since, and bubblewrap has no word for "if it is still there".
  static let attempts = 5
}

/// The lines of a wrapped command on their way to the screen, without what its sandbox says of an
/// attempt that was made again.
final class WrappedLines {
  private let deliver: ([UInt8]) -> Void
  private var held: [[UInt8]] = []

  init(_ deliver: @escaping ([UInt8]) -> Void) { self.deliver = deliver }

  /// bubblewrap says why it fails in one line, its last.
  func take(_ line: [UInt8]) {
    release()
    if line.starts(with: "bwrap: ".utf8) { held.append(line) } else { deliver(line) }
  }

  /// Drops what is held: the sandbox said it, and is made again.
  func forget() { held.removeAll() }

  /// Delivers what is held: the command said it.
  func release() {
    for line in held { deliver(line) }
    held.removeAll()
  }
}
