/// A line that seems to open a fence inside another one, whose end it then takes away.
struct NestedFence {
  /// Its line in the text of the fence, from 0.
  let line: Int
  /// Where its signs begin, from 1.
  let column: Int
  /// How many signs it has.
  let length: Int

  /// The first such line in the text of a fence that opens by so many signs; nil if there is none.
  static func first(in content: ArraySlice<UInt8>, sign: UInt8, length: Int) -> NestedFence? {
    var position = content.startIndex
    var line = 0
    while position < content.endIndex {
      let end = content[position...].firstIndex(of: 0x0A) ?? content.endIndex
      let text = content[position..<end]
      let start = text.prefix(3).prefix { $0 == 0x20 }.endIndex
      let info = text[start...].drop { $0 == sign }
      let signs = info.startIndex - start
      // Backticks with others behind them on the line are code in a sentence.
      if signs >= length, info.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }),
        sign != UInt8(ascii: "`") || !info.contains(sign)
      {
        return NestedFence(line: line, column: start - position + 1, length: signs)
      }
      position = end < content.endIndex ? end + 1 : end
      line += 1
    }
    return nil
  }
}
