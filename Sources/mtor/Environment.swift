import Glibc
import Records

/// What the environment says about places.
enum Environment {
  /// A variable's value; nil where it is not set.
  static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// The ledger's file; nil where there is neither XDG_STATE_HOME nor HOME.
  static var ledgerPath: String? {
    var environment: [String: String] = [:]
    for name in ["XDG_STATE_HOME", "HOME"] { environment[name] = value(name) }
    return LedgerFile.defaultPath(environment: environment)
  }
}
