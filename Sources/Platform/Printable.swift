/// Text made safe to print: what a file name, a file or a command may not do to a terminal.
public enum Printable {
  /// The text with every control, bidirectional-control and zero-width character written as an
  /// escape (`\u{1B}`, `\n`, `\t`); everything else stays as it is.
  public static func escaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      guard isUnsafe(scalar) else {
        result.unicodeScalars.append(scalar)
        continue
      }
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default: result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      }
    }
    return result
  }

  /// Output of a command, line by line safe: newline and tab are kept, ANSI colour and all other
  /// control characters are escaped, and bytes that are no UTF-8 are written as `\xHH`.
  public static func output(_ bytes: some Sequence<UInt8>) -> String {
    var result = ""
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = Replay(bytes.makeIterator())
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let encoded):
        iterator.release(encoded.count)
        let scalar = Unicode.UTF8.decode(encoded)
        if scalar == "\n" || scalar == "\t" || !isUnsafe(scalar) {
          result.unicodeScalars.append(scalar)
        } else {
          result += escaped(String(scalar))
        }
      case .error(let length):
        for byte in iterator.release(length) { result += "\\x" + hex(byte) }
      case .emptyInput: return result
      }
    }
  }

  /// True for what `escaped` escapes: C0, DEL, C1, line and paragraph separators, zero-width and
  /// bidirectional controls (the characters of CVE-2021-42574).
  public static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF: true
    default: false
    }
  }

  private static func hex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.count == 1 ? "0" + digits : digits
  }

  /// An iterator that remembers what was taken until it is known what it was: the parser reads
  /// ahead.
  private struct Replay<Base: IteratorProtocol<UInt8>>: IteratorProtocol {
    private var base: Base
    private var taken: [UInt8] = []

    init(_ base: Base) { self.base = base }

    mutating func next() -> UInt8? {
      guard let byte = base.next() else { return nil }
      taken.append(byte)
      return byte
    }

    /// The oldest bytes that were taken, which are remembered no longer.
    @discardableResult
    mutating func release(_ count: Int) -> ArraySlice<UInt8> {
      let bytes = taken.prefix(count)
      taken.removeFirst(min(count, taken.count))
      return bytes
    }
  }
}
