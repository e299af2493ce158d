/// The lines of a text, each with its line end; the last one may have none.
struct Lines: Sequence, IteratorProtocol {
  /// A line and how it ends.
  struct Line {
    /// With the line end.
    let bytes: ArraySlice<UInt8>

    /// Without `\n`, and without a `\r` before it.
    var withoutLineEnd: ArraySlice<UInt8> {
      guard bytes.last == 0x0A else { return bytes }
      let line = bytes.dropLast()
      return line.last == 0x0D ? line.dropLast() : line
    }
  }

  private let text: [UInt8]
  private var index = 0

  init(_ text: [UInt8]) { self.text = text }

  mutating func next() -> Line? {
    guard index < text.count else { return nil }
    let end = text[index...].firstIndex(of: 0x0A).map { $0 + 1 } ?? text.count
    defer { index = end }
    return Line(bytes: text[index..<end])
  }
}
