/// What a step made of a file, for a report that shows it.
public struct FileChange: Sendable {
  public var step: String
  public var path: String
  /// Nil where there was none, or its bytes are not known: then `isWhole` is false.
  public var old: [UInt8]?
  public var new: [UInt8]?
  /// False where the bytes of a side are not there any more.
  public var isWhole: Bool

  public init(step: String, path: String, old: [UInt8]?, new: [UInt8]?, isWhole: Bool = true) {
    self.step = step
    self.path = path
    self.old = old
    self.new = new
    self.isWhole = isWhole
  }
}
