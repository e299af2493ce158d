import Glibc

/// A POSIX thread for work that blocks.
public struct Thread: ~Copyable, Sendable {
  private let id: UInt

  /// Starts a thread by pthread_create(3). It must be joined.
  public init(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Body(body))
    let code = pthread_create(
      &thread, nil,
      { raw in
        if let raw { Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run() }
        return nil
      }, box.toOpaque())
    guard code == 0 else {
      box.release()
      throw SystemError("pthread_create", code: code)
    }
    id = UInt(thread)
  }

  /// Waits until the thread has ended.
  public consuming func join() { pthread_join(pthread_t(id), nil) }

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
