import CMtor

/// SIGINT, SIGTERM and SIGHUP as a state to ask for, instead of a death.
public enum Interruption {
  /// Begins to watch; called once by main, before anything is done.
  public static func watch() throws(SystemError) {
    let code = mtor_signals_watch()
    if code < 0 { throw SystemError("sigaction", code: -code) }
  }

  /// How many signals have come; the first asks for an orderly end, the second for an end now.
  public static var count: Int { Int(mtor_signals_count()) }

  /// The number of the first signal, or nil.
  public static var signal: Int32? {
    let first = mtor_signals_first()
    return first == 0 ? nil : first
  }

  /// The exit code of a run that a signal ended: 130 for SIGINT, 143 for any other.
  public static func exitCode(of signal: Int32) -> Int32 { 128 + (signal == 2 ? 2 : 15) }

  /// A descriptor for poll(2), readable from the first signal on; nil before `watch`. Never read.
  public static var descriptor: Int32? {
    let raw = mtor_signals_descriptor()
    return raw < 0 ? nil : raw
  }
}
