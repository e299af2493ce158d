import CFault
import Glibc

/// A way to hurt a program, with its name on the command line.
struct FaultKind {
  var name: String
  var mode: fault_mode
  var error: Int32 = 0
  /// The kinds of calls that a lasting error hits.
  var lasting: fault_calls = fault_calls(0)
  var signal: Int32 = 0

  static let errors: [(String, Int32)] = [
    ("ENOSPC", ENOSPC), ("EIO", EIO), ("EINTR", EINTR), ("ENOMEM", ENOMEM), ("EACCES", EACCES),
    ("EMFILE", EMFILE),
  ]

  static let kills = [
    FaultKind(name: "kill-before", mode: FAULT_KILL_BEFORE),
    FaultKind(name: "kill-after", mode: FAULT_KILL_AFTER),
  ]
  static let singleErrors = errors.map {
    FaultKind(name: $0.0, mode: FAULT_ERROR, error: $0.1)
  }
  static let lastingErrors = [
    ("ENOSPC", ENOSPC, [FAULT_CALLS_SPACE]), ("EDQUOT", EDQUOT, [FAULT_CALLS_SPACE]),
    ("EIO", EIO, [FAULT_CALLS_SPACE, FAULT_CALLS_READ]), ("EINTR", EINTR, [FAULT_CALLS_ALL]),
    ("ENOMEM", ENOMEM, [FAULT_CALLS_OPEN, FAULT_CALLS_SPACE]),
    ("EACCES", EACCES, [FAULT_CALLS_OPEN, FAULT_CALLS_SPACE]),
    ("EMFILE", EMFILE, [FAULT_CALLS_OPEN]),
  ].map { name, error, calls in
    FaultKind(
      name: "lasting-\(name)", mode: FAULT_LASTING_ERROR, error: error,
      lasting: fault_calls(calls.reduce(0) { $0 | $1.rawValue }))
  }
  static let shortWrites = FaultKind(name: "short-writes", mode: FAULT_SHORT_WRITES)
  static let signals = [
    FaultKind(name: "SIGINT", mode: FAULT_SIGNAL, signal: SIGINT),
    FaultKind(name: "SIGTERM", mode: FAULT_SIGNAL, signal: SIGTERM),
  ]

  static let all = kills + singleErrors + lastingErrors + [shortWrites] + signals

  func fault(at number: Int) -> fault {
    var fault = CFault.fault()
    fault.mode = mode
    fault.number = number
    fault.error = error
    fault.lasting = Int32(bitPattern: lasting.rawValue)
    fault.signal = signal
    return fault
  }

  /// What is wrong with an exit code after this fault, `usual` being the one without: a program
  /// that was not killed ends by itself, with a code that the command line knows.
  func fault(ofExit code: Int32, usual: Int32) -> String? {
    switch mode {
    // It may have ended before its turn.
    case FAULT_KILL_BEFORE, FAULT_KILL_AFTER:
      if code == 128 + SIGKILL || code == usual { return nil }
    case FAULT_SIGNAL:
      // The first signal asks for an orderly end; one that comes after the end changes nothing.
      if code == 128 + signal || code == usual { return nil }
    default:
      // 127: the loader could not begin.
      if [0, 1, 2, 3, 4, 7, 127].contains(code) { return nil }
    }
    return "exit \(code) after \(name)"
  }
}
