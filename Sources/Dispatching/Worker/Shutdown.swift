import Glibc
import Synchronization

/// SIGTERM, SIGINT and SIGHUP of a worker: the first lets the running tasks end and begins none,
/// the second gives the running ones back.
public enum Shutdown {
  private static let count = Atomic<Int>(0)
  private static let first = Atomic<Int32>(0)

  /// Begins to watch; called once, before the worker starts.
  public static func watch() {
    // Touched here, so that the handler finds it made.
    _ = count.load(ordering: .relaxed)
    _ = first.load(ordering: .relaxed)
    for number in [SIGTERM, SIGINT, SIGHUP] {
      signal(number) { number in
        _ = Shutdown.first.compareExchange(expected: 0, desired: number, ordering: .relaxed)
        Shutdown.count.wrappingAdd(1, ordering: .relaxed)
      }
    }
    signal(SIGPIPE, SIG_IGN)
  }

  /// True when no new task is to be begun.
  public static var isAsked: Bool { count.load(ordering: .relaxed) > 0 }
  /// The number of the first signal, or nil.
  public static var firstSignal: Int32? {
    let number = first.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }
  /// True when running tasks are to be given back.
  public static var isUrgent: Bool { count.load(ordering: .relaxed) > 1 }
}
