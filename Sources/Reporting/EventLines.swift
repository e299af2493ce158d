public import Events
import Platform

/// `--events FILE`: every event as one line of JSON, written when it happens.
public final class EventLines: RunListener {
  private let console: Console

  /// The console's descriptor is the file's; what cannot be written is in its `failure`.
  public init(_ console: Console) { self.console = console }

  public func receive(_ event: RunEvent) { console.write(event.json.text() + "\n") }
}
