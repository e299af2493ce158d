import Platform
import Repairing
import Subprocess

/// What the command of `open` said, fit for a report that many people read.
struct OpenOutput {
  /// The values of variables that hold secrets by their names: programs say them when they fail.
  private let secrets: [String]

  /// Shorter ones would take ordinary words out.
  private static let shortest = 6
  /// Bytes of a line that are told.
  private static let longest = 400

  init(_ environment: [String: String]) {
    let names = CommandEnvironment()
    secrets = environment.filter {
      names.isSecret($0.key) && $0.value.utf8.count >= Self.shortest
    }.map(\.value).sorted { $0.utf8.count > $1.utf8.count }
  }

  /// The last line that says something, without secrets.
  func lastLine(of outcome: Outcome) -> String {
    let lines = (outcome.output.head + outcome.output.tail).split(separator: 0x0A)
    let line = lines.last { line in !line.allSatisfy { [0x20, 0x09, 0x0D].contains($0) } } ?? []
    return told(String(decoding: line.prefix(Self.longest), as: UTF8.self))
  }

  func told(_ line: String) -> String {
    var text = line
    for secret in secrets { text = text.replacing(secret, with: "[secret]") }
    var redaction = Redaction(mark: "secret")
    return Printable.escaped(redaction.redact(text))
  }
}
