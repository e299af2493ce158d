import Glibc

/// The bytes of a text with its name, kept so that values can point into it.
///
/// A class: values, contents and diagnostics share the one copy.
public final class SourceText: Sendable {
  /// A path as the user wrote it, or `<stdin>`.
  public let name: String
  public let bytes: [UInt8]
  /// Where every `stride`-th line begins, so that any line is found in a few steps.
  private let landmarks: [Int]
  /// How many lines there are; a text that ends with a newline has no further, empty line.
  public let lineCount: Int

  private static let stride = 64

  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
    var landmarks = [0]
    var count = 0
    var position = 0
    while position < bytes.count {
      count += 1
      guard let newline = bytes.newline(from: position) else { break }
      position = newline + 1
      if count % Self.stride == 0 { landmarks.append(position) }
    }
    self.landmarks = landmarks
    lineCount = count
  }

  /// The offsets of a line's bytes without its newline; empty at the end for a line that is not
  /// there. Lines count from 1.
  public func range(ofLine line: Int) -> Range<Int> {
    guard line >= 1, line <= lineCount else { return bytes.count..<bytes.count }
    var start = landmarks[(line - 1) / Self.stride]
    for _ in 0..<((line - 1) % Self.stride) {
      start = (bytes.newline(from: start) ?? bytes.count) + 1
    }
    return start..<(bytes.newline(from: start) ?? bytes.count)
  }

  /// The place of a byte: its line and its column in Unicode scalars.
  ///
  /// An invalid byte counts as one column. The cost is linear in the length of the line.
  public func mark(at offset: Int) -> Mark {
    var low = 0
    var high = landmarks.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if landmarks[middle] <= offset { low = middle } else { high = middle }
    }
    var line = low * Self.stride + 1
    var start = landmarks[low]
    while let newline = bytes.newline(from: start), newline < offset {
      line += 1
      start = newline + 1
    }
    return Mark(line: line, column: bytes[start..<offset].columns + 1)
  }
}

extension [UInt8] {
  /// The first newline at or after a place; by `memchr`, which reads many bytes at a time.
  func newline(from start: Int) -> Int? { first(0x0A, from: start) }

  /// The first such byte at or after a place.
  func first(_ byte: UInt8, from start: Int) -> Int? {
    guard start < count else { return nil }
    return withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress,
        let found = memchr(base + start, Int32(byte), buffer.count - start)
      else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }
}

extension ArraySlice<UInt8> {
  /// How many columns the bytes take: one for each that does not continue a UTF-8 sequence.
  var columns: Int { reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) } }
}
