import Glibc

/// The folder for what a program keeps for its user between runs.
public enum StateHome {
  /// `$XDG_STATE_HOME`, else `~/.local/state`, without a `/` at the end; nil where there is no
  /// home. A relative value is ignored, as the XDG specification wants.
  public static var path: String? {
    if let set = variable("XDG_STATE_HOME"), set.utf8.first == UInt8(ascii: "/") {
      return trimmed(set)
    }
    if let home = variable("HOME"), home.utf8.first == UInt8(ascii: "/") {
      return trimmed(home) + "/.local/state"
    }
    guard let entry = getpwuid(geteuid()), let home = entry.pointee.pw_dir else { return nil }
    return trimmed(String(cString: home)) + "/.local/state"
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
