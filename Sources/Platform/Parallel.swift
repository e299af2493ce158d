import Synchronization

/// Work on several items side by side.
public enum Parallel {
  /// Calls `body` for each index below `count`, in order, at most `jobs` at a time, and returns
  /// when all have been called.
  ///
  /// `body` returns false to have no further index started; those under way are waited for. The
  /// calling thread works too, so with one job no thread is started, and where the machine has no
  /// thread to give, the work is done with those that there are.
  public static func forEach(
    below count: Int, jobs: Int, _ body: @escaping @Sendable (Int) -> Bool
  ) {
    let next = Counter()
    let work: @Sendable () -> Void = {
      while true {
        let index = next.take()
        guard index < count else { return }
        if !body(index) { next.stop() }
      }
    }
    run(extra: min(jobs, count) - 1, work)
  }

  private static func run(extra: Int, _ work: @escaping @Sendable () -> Void) {
    // A refused thread is no fault: the same work is done by fewer.
    guard extra > 0, let thread = try? Thread(work) else { return work() }
    run(extra: extra - 1, work)
    thread.join()
  }

  private final class Counter: Sendable {
    private let next = Atomic(0)
    private let stopped = Atomic(false)

    func take() -> Int {
      stopped.load(ordering: .acquiring)
        ? .max : next.wrappingAdd(1, ordering: .relaxed).oldValue
    }
    func stop() { stopped.store(true, ordering: .releasing) }
  }
}
