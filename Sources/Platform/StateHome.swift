import Glibc

/// The folder for what a program keeps for its user between runs.
public enum StateHome {
  /// `$XDG_STATE_HOME`, else `~/.local/state`, without a `/` at the end; nil where there is no
  /// home. A relative value is ignored, as the XDG specification wants. Where HOME is not set, as for
  /// a service, it is the home that the user database has.
  public static var path: String? {
    path(stateHome: variable("XDG_STATE_HOME"), home: variable("HOME")) {
      getpwuid(geteuid())?.pointee.pw_dir.map { String(cString: $0) }
    }
  }

  /// Why there is no path, for the end of a sentence.
  public static let absence =
    "neither XDG_STATE_HOME nor HOME is set, and the user database has no home"

  static func path(
    stateHome: String?, home: String?, registered: () -> String?
  ) -> String? {
    if let stateHome, stateHome.utf8.first == UInt8(ascii: "/") { return trimmed(stateHome) }
    if let home, home.utf8.first == UInt8(ascii: "/") { return trimmed(home) + "/.local/state" }
    return registered().map { trimmed($0) + "/.local/state" }
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  private static func trimmed(_ path: String) -> String {
    var path = path[...]
    while path.utf8.count > 1 && path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
    return String(path)
  }
}
