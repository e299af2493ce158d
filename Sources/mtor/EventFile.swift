import Events
import Platform
import Reporting

/// A file that gets every event as a line of JSON, when it happens.
///
/// What stood in it is there until the first event: a run that is not to begin loses nothing.
final class EventFile: RunListener {
  let file: ReportFile
  private let console: Console
  private let lines: EventLines
  private var hasBegun = false
  private var fault: SystemError?

  /// Opens the file without touching what is in it.
  init(path: String) throws(SystemError) {
    file = try ReportFile(path: path)
    console = Console(descriptor: file.raw, color: .never, environment: [:])
    lines = EventLines(console)
  }

  /// What could not be written; nil while all was.
  var failure: SystemError? { fault ?? console.failure }

  /// Takes out what an earlier run left.
  func begin() {
    if hasBegun { return }
    hasBegun = true
    do throws(SystemError) { try file.write("") } catch { fault = error }
  }

  func receive(_ event: RunEvent) {
    begin()
    lines.receive(event)
  }

  func discard() { file.discard() }
}
