/// The bytes of a text with its name, kept so that values can point into it.
///
/// A class: values, contents and diagnostics share the one copy.
public final class SourceText: Sendable {
  /// A path as the user wrote it, or `<stdin>`.
  public let name: String
  public let bytes: [UInt8]

  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }
}
