import Glibc
import Synchronization

/// SIGTERM, SIGINT and SIGHUP of a worker: the first lets the running tasks end and begins none,
/// the second gives the running ones back.
public enum Shutdown {
  private static let count = Atomic<Int>(0)

  /// Begins to watch; called once, before the worker starts.
  public static func watch() {
    // Touched here, so that the handler finds it made.
    _ = count.load(ordering: .relaxed)
    for number in [SIGTERM, SIGINT, SIGHUP] {
      signal(number) { _ in Shutdown.count.wrappingAdd(1, ordering: .relaxed) }
    }
    signal(SIGPIPE, SIG_IGN)
  }

  /// True when no new task is to be begun.
  public static var isAsked: Bool { count.load(ordering: .relaxed) > 0 }
  /// True when running tasks are to be given back.
  public static var isUrgent: Bool { count.load(ordering: .relaxed) > 1 }
}
