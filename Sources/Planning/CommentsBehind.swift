/// The comments that follow a value on its line, in what stands between it and its closing bracket.
enum CommentsBehind {
  /// The bytes up to the end of the last comment that begins on the line; empty where none does.
  static func json(_ rest: ArraySlice<UInt8>) -> Range<Int> {
    var (at, end) = (rest.startIndex, rest.startIndex)
    while at < rest.endIndex, rest[at] != 0x0A {
      if rest[at...].starts(with: "//".utf8) {
        return rest.startIndex..<(rest[at...].firstIndex(of: 0x0A) ?? rest.endIndex)
      }
      if rest[at...].starts(with: "/*".utf8) {
        at += 2
        while at < rest.endIndex, !rest[at...].starts(with: "*/".utf8) { at += 1 }
        at = min(at + 2, rest.endIndex)
        end = at
      } else {
        at += 1
      }
    }
    return rest.startIndex..<end
  }

  /// The bytes up to the end of the line, and whether a comma stands before the comment; nil where
  /// no comment follows.
  static func yaml(_ rest: ArraySlice<UInt8>) -> (range: Range<Int>, hasComma: Bool)? {
    guard let hash = rest.firstIndex(of: 0x23), let end = rest[hash...].firstIndex(of: 0x0A)
    else { return nil }
    let before = rest[..<hash].filter { $0 != 0x20 && $0 != 0x09 }
    let hasComma = before == [0x2C]
    guard hasComma || before.isEmpty else { return nil }
    return (rest.startIndex..<end, hasComma)
  }
}
