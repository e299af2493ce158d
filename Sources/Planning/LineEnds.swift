extension [UInt8] {
  /// True if there are lines and every one of them ends in CRLF.
  var hasOnlyCRLF: Bool {
    var lines = 0
    var previous: UInt8 = 0
    for byte in self {
      if byte == 0x0A {
        if previous != 0x0D { return false }
        lines += 1
      }
      previous = byte
    }
    return lines > 0
  }

  /// The bytes with every lone LF written as CRLF.
  var withCRLF: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count + count / 16)
    var previous: UInt8 = 0
    for byte in self {
      if byte == 0x0A, previous != 0x0D { result.append(0x0D) }
      result.append(byte)
      previous = byte
    }
    return result
  }

  /// The bytes with every CRLF written as LF.
  var withLF: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count)
    for byte in self {
      if byte == 0x0A, result.last == 0x0D { result.removeLast() }
      result.append(byte)
    }
    return result
  }

  /// The number of the line in which a byte stands, from 1.
  func lineNumber(at offset: Int) -> Int {
    var line = 1
    for byte in self.prefix(offset) where byte == 0x0A { line += 1 }
    return line
  }

  /// The lines without their line ends; a text that ends with a newline has no further, empty one.
  var lines: [ArraySlice<UInt8>] {
    var result = split(separator: 0x0A, omittingEmptySubsequences: false)
    if result.last?.isEmpty == true { result.removeLast() }
    return result.map { $0.last == 0x0D ? $0.dropLast() : $0 }
  }
}
