/// A literal block as it stands in its source: decoded by taking the indentation away.
///
/// A class, so that a value that is none costs no place for it.
final class BlockText: Sendable {
  /// What the header says about the newlines at the end: `|-`, `|`, `|+`.
  enum Chomping: Sendable { case strip, clip, keep }

  let source: SourceText
  /// The block's lines, newlines included.
  let lines: Range<Int>
  /// How many spaces are taken from each line.
  let indentation: Int
  let chomping: Chomping

  /// How long the decoded text is.
  let count: Int

  init(source: SourceText, lines: Range<Int>, indentation: Int, chomping: Chomping) {
    (self.source, self.lines) = (source, lines)
    (self.indentation, self.chomping) = (indentation, chomping)
    count = Self.write(source.bytes, lines, indentation, chomping, into: nil)
  }

  /// The text's bytes.
  func decoded() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = Self.write(source.bytes, lines, indentation, chomping, into: buffer)
    }
  }

  /// Writes the text, or only counts; returns how many bytes it has.
  private static func write(
    _ source: [UInt8], _ lines: Range<Int>, _ indentation: Int, _ chomping: Chomping,
    into buffer: UnsafeMutableBufferPointer<UInt8>?
  ) -> Int {
    source.withUnsafeBufferPointer { bytes in
      var count = 0
      // The count at the end of the last line that is not blank, without its newline.
      var textEnd = 0
      var textEndsInNewline = false
      var position = lines.lowerBound
      while position < lines.upperBound {
        let newline = source.newline(from: position)
        let end = min(newline ?? lines.upperBound, lines.upperBound)
        var start = position
        let margin = position + min(indentation, end - position)
        while start < margin, bytes[start] == Byte.space { start += 1 }
        let hasNewline = end < lines.upperBound
        if start < end {
          if let buffer {
            _ = UnsafeMutableBufferPointer(rebasing: buffer[count...])
              .update(fromContentsOf: bytes[start..<end])
          }
          count += end - start
          textEnd = count
          textEndsInNewline = hasNewline
        }
        // Blank lines at the end may be taken away again; the buffer has room for them only
        // where they are kept.
        if hasNewline {
          if let buffer, count < buffer.count { buffer[count] = 0x0A }
          count += 1
        }
        position = end + 1
      }
      switch chomping {
      case .strip: return textEnd
      case .clip: return textEnd + (textEndsInNewline ? 1 : 0)
      case .keep: return count
      }
    }
  }
}
