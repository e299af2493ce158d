/// What a step made of a file, for a report that shows it.
public struct FileChange: Sendable {
  public var step: String
  public var path: String
  /// Nil where there was none, or its bytes are not shown.
  public var old: [UInt8]?
  public var new: [UInt8]?
  /// Why the bytes of a side are not shown; nil where they are.
  public var omission: String?

  public init(step: String, path: String, old: [UInt8]?, new: [UInt8]?, omission: String? = nil) {
    self.step = step
    self.path = path
    self.old = old
    self.new = new
    self.omission = omission
  }
}
