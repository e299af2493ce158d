import Glibc
import Platform

/// Time and chance as the transport needs them, so that tests can hold both still.
public protocol TimeSource: Sendable {
  /// Monotonic, in seconds from any origin.
  var monotonic: Double { get }
  /// Seconds since 1970.
  var wall: Double { get }
  /// A number in 0..<1, different every time.
  var fraction: Double { get }
  /// Waits; false where an interruption ended the wait early.
  func wait(seconds: Double) -> Bool
}

/// The machine's own clocks and generator.
public struct SystemTime: TimeSource {
  public init() {}

  public var monotonic: Double { Self.read(CLOCK_MONOTONIC) }
  public var wall: Double { Self.read(CLOCK_REALTIME) }
  public var fraction: Double { Double.random(in: 0..<1) }

  public func wait(seconds: Double) -> Bool {
    let end = monotonic + seconds
    while true {
      if Interruption.count > 0 { return false }
      let left = end - monotonic
      if left <= 0 { return true }
      // At least a millisecond, so that the last fraction is slept and not spun away.
      let milliseconds = Int32(min(max((left * 1000).rounded(.up), 1), 60_000))
      if let descriptor = Interruption.descriptor {
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&watched, 1, milliseconds)
      } else {
        _ = poll(nil, 0, milliseconds)
      }
    }
  }

  private static func read(_ clock: clockid_t) -> Double {
    var now = timespec()
    clock_gettime(clock, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }
}
