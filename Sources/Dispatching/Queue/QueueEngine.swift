public import Manifests
import Platform

/// Opens the queue that the configuration names.
public enum QueueEngine {
  /// Throws where the engine cannot be used.
  ///
  /// `patience` is how long a lock or a server is waited for, in milliseconds.
  public static func open(
    _ configuration: Configuration, patience: Int = 10_000
  ) throws(QueueError) -> any Queue {
    switch configuration.queue {
    case .sqlite:
      guard let path = QueueFile.defaultPath else { throw noPlace }
      return try SQLiteQueue(path: path, patience: patience)
    case .temporal(let server):
      guard let folder = DispatchFolder.path else { throw noPlace }
      return try TemporalQueue(
        server, heartbeat: configuration.dispatch.heartbeat, folder: folder, patience: patience)
    }
  }

  /// Where a worker keeps the trees of its tasks: each engine has its own names.
  public static func folder(_ configuration: Configuration, below folder: String) -> String {
    switch configuration.queue {
    case .sqlite: folder
    case .temporal(let server): TemporalQueue.folder(below: folder, server)
    }
  }

  private static var noPlace: QueueError {
    QueueError(
      .other, "there is no place for the queue: \(StateHome.absence)",
      hint: "export HOME=~")
  }
}
