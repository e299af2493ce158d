import Glibc

/// What the environment says about places.
enum Environment {
  /// A variable's value; nil where it is not set.
  static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
