import Platform

/// Git could not be asked, or said no.
public struct GitFailure: Error, Sendable, CustomStringConvertible {
  /// One sentence, safe to print.
  public let message: String
  public let hint: String?

  init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }

  init(listing record: some Sequence<UInt8>) {
    self.init("git's list of files has a line that is not understood: \(Printable.output(record))")
  }

  /// For a git that ended with an error: its own first line says why.
  init(command: String, exit: String, errors: [UInt8]) {
    let lines = String(decoding: errors, as: UTF8.self).split(separator: "\n")
    let line = lines.first { $0.hasPrefix("fatal:") || $0.hasPrefix("error:") } ?? lines.first
    let text = line.map { Printable.escaped(String($0)) } ?? "no message"
    if lines.contains(where: { $0.contains("dubious ownership") }) {
      self.init(
        "git refuses this repository: it belongs to another user",
        hint: "git config --global --add safe.directory PATH, if you trust it")
    } else {
      self.init("git \(command) \(exit): \(text)")
    }
  }

  public var description: String { message }
}
