public import Manifests
import Platform

/// Opens the queue that the configuration names.
public enum QueueEngine {
  /// Throws where this mtor cannot use the engine, or the engine cannot be used.
  ///
  /// `patience` is how long a lock is waited for, in milliseconds.
  public static func open(
    _ configuration: Configuration, patience: Int = 10_000
  ) throws(QueueError) -> any Queue {
    switch configuration.queue {
    case .sqlite:
      guard let path = QueueFile.defaultPath else {
        throw QueueError(
          .other, "there is no place for the queue: neither XDG_STATE_HOME nor HOME is set",
          hint: "export HOME=~")
      }
      return try SQLiteQueue(path: path, patience: patience)
    case .temporal:
      throw QueueError(
        .cannot, "this mtor cannot use Temporal yet",
        hint: "write 'queue: sqlite' in the configuration, or take 'queue' out")
    }
  }
}
