public import Planning
import Platform

/// Git could not be asked, or said no.
public struct GitFailure: OwnershipFailure, Sendable, CustomStringConvertible {
  /// One sentence, safe to print.
  public internal(set) var message: String
  public let hint: String?
  /// True where a server, the way to it or another's turn is in the way, so that the same may go
  /// well soon.
  public let isPassing: Bool
  /// True where a server is at fault, for good or not, whatever it is asked for.
  let isOfServer: Bool

  init(
    _ message: String, hint: String? = nil, isPassing: Bool = false, isOfServer: Bool = false
  ) {
    self.message = message
    self.hint = hint
    self.isPassing = isPassing
    self.isOfServer = isOfServer
  }

  init(listing record: some Sequence<UInt8>) {
    self.init("git's list of files has a line that is not understood: \(Printable.output(record))")
  }

  /// For a git that ended with an error: its own first line says why, or what a server said to it.
  init(command: String, exit: String, errors: [UInt8]) {
    // ssh ends its lines like a terminal, which to Swift is one character and no newline.
    let lines = errors.split { $0 == 0x0A || $0 == 0x0D }
      .map { Printable.escaped(String(decoding: $0, as: UTF8.self)) }
    if let line = lines.first(where: { $0.contains("dubious ownership") }) {
      let named = line.split(separator: "'", omittingEmptySubsequences: false)
      let folder = named.count == 3 ? String(named[1]) : "PATH"
      self.init(
        "git refuses this repository: it belongs to another user",
        hint: "git config --global --add safe.directory '\(folder)', if you trust it")
      return
    }
    if ["fetch", "ls-remote", "push"].contains(command), let fault = ServerFault(lines) {
      self.init(
        "git \(command) \(exit): \(fault.line)", hint: fault.hint, isPassing: fault.isPassing,
        isOfServer: true)
      return
    }
    let line = lines.first { $0.hasPrefix("fatal:") || $0.hasPrefix("error:") } ?? lines.first
    self.init("git \(command) \(exit): \(line ?? "no message")")
  }

  public var description: String { message }

  /// What is wrong and what to do, as one sentence.
  public var text: String { hint.map { "\(message); \($0)" } ?? message }
}
