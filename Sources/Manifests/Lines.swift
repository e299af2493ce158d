import Glibc

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
    let end = text.position(of: 0x0A, from: index).map { $0 + 1 } ?? text.count
    defer { index = end }
    return Line(bytes: text[index..<end])
  }
}

extension [UInt8] {
  /// The first such byte at or after a place; by `memchr`, which looks at many bytes at a time.
  func position(of byte: UInt8, from start: Int = 0) -> Int? {
    guard start < count else { return nil }
    return withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress,
        let found = memchr(base + start, Int32(byte), buffer.count - start)
      else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }

  func has(_ byte: UInt8) -> Bool { position(of: byte) != nil }
}
