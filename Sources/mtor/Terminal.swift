import Glibc

/// What an output can show.
enum Terminal {
  /// Colour where a person looks and does not mind it.
  static func isColored(_ descriptor: Int32, _ invocation: Invocation) -> Bool {
    switch invocation.value(.color) {
    case "always": true
    case "never": false
    default: isatty(descriptor) == 1 && !has("NO_COLOR") && variable("TERM") != "dumb"
    }
  }

  /// https://no-color.org: set and not empty, whatever it says.
  private static func has(_ name: String) -> Bool { !(variable(name) ?? "").isEmpty }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}
