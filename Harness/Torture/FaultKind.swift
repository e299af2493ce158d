import CFault
import Glibc

/// A way to hurt a program, with its name on the command line.
struct FaultKind {
  var name: String
  var mode: fault_mode
  var error: Int32 = 0
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
  static let lastingErrors = [("ENOSPC", ENOSPC), ("EIO", EIO), ("EDQUOT", EDQUOT)].map {
    FaultKind(name: "lasting-\($0.0)", mode: FAULT_LASTING_ERROR, error: $0.1)
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
    fault.signal = signal
    return fault
  }
}
