import Platform

/// What of a Python module is code, and not within a string over several lines.
enum PythonLines {
  /// The lines that begin in code, and of one that begins in a string what stands behind that. A string
  /// that is never closed goes on to the end, as in Python.
  static func code(of content: [UInt8]) -> [ArraySlice<UInt8>] {
    var found: [ArraySlice<UInt8>] = []
    var open: [UInt8]?
    for line in content.plainLines {
      guard let quotes = open else {
        found.append(line)
        open = string(openBehind: line)
        continue
      }
      guard let rest = rest(of: line, behind: quotes) else {
        if !goesOn(quotes, behind: line) { open = nil }
        continue
      }
      found.append(rest.drop { $0 == 0x20 || $0 == 0x09 })
      open = string(openBehind: rest)
    }
    return found
  }

  /// The quotes of the string that is open behind a line, or its rest, that begins in code.
  private static func string(openBehind line: ArraySlice<UInt8>) -> [UInt8]? {
    var code = line
    while let byte = code.first, byte != UInt8(ascii: "#") {
      guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") else {
        code = code.dropFirst()
        continue
      }
      let three = [byte, byte, byte]
      let quotes = code.starts(with: three) ? three : [byte]
      guard let rest = rest(of: code.dropFirst(quotes.count), behind: quotes) else {
        return goesOn(quotes, behind: line) ? quotes : nil
      }
      code = rest
    }
    return nil
  }

  /// What stands behind a string that is open at the beginning; nil where it does not end here.
  private static func rest(
    of line: ArraySlice<UInt8>, behind quotes: [UInt8]
  ) -> ArraySlice<UInt8>? {
    var rest = line
    while let byte = rest.first {
      if rest.starts(with: quotes) { return rest.dropFirst(quotes.count) }
      // Also in a raw string a quote behind a backslash does not end it.
      rest = rest.dropFirst(byte == backslash ? 2 : 1)
    }
    return nil
  }

  /// True if a string that is open at a line's end goes on in the next one: one quote alone does so
  /// only behind a backslash.
  private static func goesOn(_ quotes: [UInt8], behind line: ArraySlice<UInt8>) -> Bool {
    quotes.count == 3 || line.reversed().prefix { $0 == backslash }.count % 2 == 1
  }

  private static let backslash = UInt8(ascii: "\\")
}
