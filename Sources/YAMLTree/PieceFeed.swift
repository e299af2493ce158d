/// Hands a text to libyaml piece by piece, leaving some parts out and putting others in.
///
/// The text is never copied as a whole: a piece is a range of it, or a few bytes of our own.
final class PieceFeed {
  enum Piece {
    case source(Range<Int>)
    case spaces(Int)
    /// `''`, which stands for a value that libyaml need not see.
    case emptyText
  }

  private let bytes: [UInt8]
  private let pieces: [Piece]
  private var index = 0
  /// How much of the current piece was read.
  private var taken = 0

  init(_ bytes: [UInt8], pieces: [Piece]) {
    self.bytes = bytes
    self.pieces = pieces
  }

  /// Fills the buffer as far as the text goes; returns how many bytes, 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    var filled = 0
    while filled < buffer.count, index < pieces.count {
      let room = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count: Int
      let length: Int
      switch pieces[index] {
      case .source(let range):
        length = range.count
        count = min(room.count, length - taken)
        bytes.withUnsafeBytes { source in
          let start = range.lowerBound + taken
          room.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[start..<start + count]))
        }
      case .spaces(let width):
        length = width
        count = min(room.count, length - taken)
        for offset in 0..<count { room[offset] = 0x20 }
      case .emptyText:
        length = 2
        count = min(room.count, length - taken)
        for offset in 0..<count { room[offset] = 0x27 }
      }
      filled += count
      taken += count
      if taken == length {
        index += 1
        taken = 0
      }
    }
    return filled
  }
}
