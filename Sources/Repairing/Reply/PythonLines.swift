import Platform

/// Which lines of a Python module begin in code, and not in a string over several lines.
enum PythonLines {
  /// The lines that begin in code. A string that is never closed goes on to the end, as in Python.
  static func code(of content: [UInt8]) -> [ArraySlice<UInt8>] {
    var found: [ArraySlice<UInt8>] = []
    var open: [UInt8]?
    for line in content.plainLines {
      if open == nil { found.append(line) }
      open = string(openBehind: line, from: open)
    }
    return found
  }

  /// The quotes of the string that is open at a line's end: three of them, or one where the line ends
  /// in a backslash.
  private static func string(
    openBehind line: ArraySlice<UInt8>, from before: [UInt8]?
  ) -> [UInt8]? {
    let (hash, backslash) = (UInt8(ascii: "#"), UInt8(ascii: "\\"))
    var open = before
    var rest = line
    while let byte = rest.first {
      if let quotes = open {
        if byte == backslash {
          // Also in a raw string the quote behind it does not end that.
          if rest.count == 1 { return quotes }
          rest = rest.dropFirst(2)
        } else if rest.starts(with: quotes) {
          open = nil
          rest = rest.dropFirst(quotes.count)
        } else {
          rest = rest.dropFirst()
        }
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        let three = [byte, byte, byte]
        let quotes = rest.starts(with: three) ? three : [byte]
        open = quotes
        rest = rest.dropFirst(quotes.count)
      } else if byte == hash {
        return nil
      } else {
        rest = rest.dropFirst()
      }
    }
    // One quote alone does not go over the line's end.
    return open?.count == 3 ? open : nil
  }
}
