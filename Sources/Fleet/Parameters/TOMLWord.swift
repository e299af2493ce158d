/// The words of TOML 1.0 that are no texts: numbers, dates and times.
enum TOMLWord {
  static func isNumber(_ word: String) -> Bool {
    var rest = Array(word.utf8)[...]
    let isSigned = rest.first == 0x2B || rest.first == 0x2D
    if isSigned { rest.removeFirst() }
    if ["inf", "nan"].contains(String(decoding: rest, as: UTF8.self)) { return true }
    if rest.first == 0x30, rest.count > 2, let base = bases[rest[rest.startIndex + 1]] {
      return !isSigned && isRun(rest.dropFirst(2)) { digit($0).map { $0 < base } ?? false }
    }
    // 12, 12.5, 12e3, 12.5e-3
    var exponent: ArraySlice<UInt8>?
    if let at = rest.firstIndex(where: { $0 == 0x65 || $0 == 0x45 }) {
      var power = rest[(at + 1)...]
      if power.first == 0x2B || power.first == 0x2D { power.removeFirst() }
      exponent = power
      rest = rest[..<at]
    }
    var fraction: ArraySlice<UInt8>?
    if let at = rest.firstIndex(of: 0x2E) {
      fraction = rest[(at + 1)...]
      rest = rest[..<at]
    }
    let isPlain = rest.count == 1 || rest.first != 0x30
    return isPlain && isRun(rest, isDecimal) && fraction.map { isRun($0, isDecimal) } ?? true
      && exponent.map { isRun($0, isDecimal) } ?? true
  }

  private static let bases: [UInt8: UInt8] = [0x78: 16, 0x6F: 8, 0x62: 2]

  private static func isDecimal(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }

  /// Digits, with single underscores between them.
  private static func isRun(_ bytes: ArraySlice<UInt8>, _ isDigit: (UInt8) -> Bool) -> Bool {
    var wasDigit = false
    for byte in bytes {
      let isOne = isDigit(byte)
      if !isOne && !(byte == 0x5F && wasDigit) { return false }
      wasDigit = isOne
    }
    return wasDigit
  }

  /// `2026-01-31`, `10:00:00`, or both with `T` or a blank between them and an offset behind.
  static func isTime(_ word: String) -> Bool {
    let bytes = Array(word.utf8)
    guard bytes.count >= 10, fits(bytes[..<10], "dddd-dd-dd") else { return isClock(bytes[...]) }
    guard holds(bytes, 5, 1...12), holds(bytes, 8, 1...31) else { return false }
    if bytes.count == 10 { return true }
    guard [0x54, 0x74, 0x20].contains(bytes[10]) else { return false }
    var clock = bytes[11...]
    if clock.last == 0x5A || clock.last == 0x7A {
      clock.removeLast()
    } else if clock.count > 6, let sign = clock.dropLast(5).last, sign == 0x2B || sign == 0x2D {
      guard fits(clock.suffix(5), "dd:dd") else { return false }
      clock.removeLast(6)
    }
    return isClock(clock)
  }

  /// `10:00:00`, with or without parts of a second.
  private static func isClock(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.count >= 8, fits(bytes.prefix(8), "dd:dd:dd") else { return false }
    let text = Array(bytes)
    guard holds(text, 0, 0...23), holds(text, 3, 0...59), holds(text, 6, 0...60) else {
      return false
    }
    let rest = text[8...]
    return rest.isEmpty
      || rest.first == 0x2E && rest.count > 1 && rest.dropFirst().allSatisfy(isDecimal)
  }

  private static func fits(_ bytes: ArraySlice<UInt8>, _ form: String) -> Bool {
    bytes.count == form.utf8.count
      && zip(bytes, form.utf8).allSatisfy { byte, sign in
        sign == UInt8(ascii: "d") ? isDecimal(byte) : byte == sign
      }
  }

  private static func holds(_ bytes: [UInt8], _ at: Int, _ range: ClosedRange<Int>) -> Bool {
    range.contains(Int(bytes[at] - 0x30) * 10 + Int(bytes[at + 1] - 0x30))
  }
}
