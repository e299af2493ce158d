import Glibc
import Reporting

/// What an output can show.
enum Terminal {
  /// Colour where a person looks and does not mind it.
  static func isColored(_ descriptor: Int32, _ invocation: Invocation) -> Bool {
    console(descriptor, invocation).style.isColored
  }

  /// A descriptor as a place for text; it stays the caller's.
  static func console(_ descriptor: Int32, _ invocation: Invocation) -> Console {
    var environment: [String: String] = [:]
    for name in ["TERM", "NO_COLOR"] { environment[name] = Environment.value(name) }
    let color = invocation.value(.color).flatMap(Console.ColorChoice.init(rawValue:)) ?? .auto
    return Console(descriptor: descriptor, color: color, environment: environment)
  }
}
