import Dispatching
import Glibc
import Manifests
import Platform
import YAMLTree

extension Machine {
  /// The engine that holds dispatched work: a queue that is there must be whole.
  static func queue(_ invocation: Invocation) -> Finding {
    let configuration: Configuration
    do {
      configuration = try ConfigurationFile.readForQueue(invocation)
    } catch {
      // What is wrong with it is told by the finding of the configuration.
      return Finding("queue", .odd, "not looked at: the configuration cannot be read")
    }
    if case .temporal(let server) = configuration.queue { return temporal(server, configuration) }
    guard let path = QueueFile.defaultPath else {
      return Finding("queue", .odd, "no place for it: \(StateHome.absence)")
    }
    let shown = Printable.escaped(path)
    if access(path, F_OK) != 0 {
      return errno == ENOENT || errno == ENOTDIR
        ? Finding("queue", .good, "none yet; mtor dispatch makes it")
        : Finding("queue", .bad, "\(shown) cannot be looked at: \(SystemError("access").reason)")
    }
    do throws(QueueError) {
      let queue = try SQLiteQueue(path: path)
      try queue.check()
      return Finding("queue", .good, "\(shown): \(QueueText.sum(try queue.tasks(batch: nil)))")
    } catch {
      return Finding("queue", .bad, error.message, remedy: error.hint)
    }
  }

  /// A server must answer on both of its ports.
  private static func temporal(
    _ server: TemporalConfiguration, _ configuration: Configuration
  ) -> Finding {
    let name = "Temporal at \(server.address), namespace '\(server.namespace)'"
    guard let folder = DispatchFolder.path else {
      return Finding("queue", .bad, "no place for trees: \(StateHome.absence)")
    }
    do throws(QueueError) {
      let queue = try TemporalQueue(
        server, heartbeat: configuration.dispatch.heartbeat, folder: folder)
      try queue.checkWorkers()
      return Finding("queue", .good, "\(name): \(QueueText.sum(try queue.tasks(batch: nil)))")
    } catch {
      return Finding("queue", .bad, error.message, remedy: error.hint)
    }
  }
}
