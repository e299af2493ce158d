import Platform

/// A command's output as plain text: no terminal sequences, no control characters, bounded.
enum CleanOutput {
  /// Takes away ANSI sequences (CSI, OSC and the two-character ones), keeps what a carriage
  /// return leaves on a line, escapes all other controls and what is no UTF-8.
  static func text(_ bytes: some Collection<UInt8>) -> String {
    Printable.output(overwritten(withoutSequences(unescaped(Array(bytes)))))
  }

  /// A record's output has the escape character as `\u{1B}`: back to what it was, so that both
  /// read alike.
  private static func unescaped(_ bytes: [UInt8]) -> [UInt8] {
    let sign = Array("\\u{1B}".utf8)
    guard bytes.contains(UInt8(ascii: "\\")) else { return bytes }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var at = 0
    while at < bytes.count {
      if bytes[at] == sign[0], bytes[at...].starts(with: sign) {
        result.append(0x1B)
        at += sign.count
      } else {
        result.append(bytes[at])
        at += 1
      }
    }
    return result
  }

  /// What a text was before `Printable.output` wrote it, and the same of the bytes that it was written
  /// of: where a program prints such an escape itself, both turn into the character.
  ///
  /// Nothing is taken away: a carriage return ends a line here, be it one or only called so, since a
  /// program that shows `\r` has not gone back to the line's beginning.
  static func withoutEscapes(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(UInt8(ascii: "\\")) || bytes.contains(0x0D) else { return bytes }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var at = 0
    while at < bytes.count {
      if bytes[at] == UInt8(ascii: "\\"), let escape = escape(at: at, in: bytes) {
        result += escape.bytes
        at += escape.length
      } else {
        result.append(bytes[at] == 0x0D ? 0x0A : bytes[at])
        at += 1
      }
    }
    return result
  }

  /// `\r`, `\xE9` (of what is no UTF-8 only) or `\u{1B}`, of at most six digits.
  private static func escape(
    at start: Int, in bytes: [UInt8]
  ) -> (bytes: [UInt8], length: Int)? {
    let rest = bytes[start...].prefix(11)
    func value(_ digits: ArraySlice<UInt8>) -> UInt32? {
      UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
    if rest.starts(with: "\\r".utf8) { return ([0x0A], 2) }
    if rest.starts(with: "\\x".utf8), rest.count >= 4,
      let byte = value(rest.dropFirst(2).prefix(2)),
      byte >= 0x80
    {
      return ([UInt8(byte)], 4)
    }
    guard rest.starts(with: "\\u{".utf8), let end = rest.firstIndex(of: UInt8(ascii: "}")),
      let scalar = value(rest[(start + 3)..<end]).flatMap(Unicode.Scalar.init)
    else { return nil }
    return (Array(String(scalar).utf8), end + 1 - start)
  }

  private static func withoutSequences(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(0x1B) else { return bytes }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var at = 0
    while at < bytes.count {
      guard bytes[at] == 0x1B else {
        result.append(bytes[at])
        at += 1
        continue
      }
      at = end(ofSequenceAt: at, in: bytes)
    }
    return result
  }

  private static func end(ofSequenceAt start: Int, in bytes: [UInt8]) -> Int {
    var at = start + 1
    guard at < bytes.count else { return at }
    switch bytes[at] {
    case UInt8(ascii: "["):
      at += 1
      // Parameters and intermediates, then one final byte; anything else ends it early.
      while at < bytes.count, (0x20...0x3F).contains(bytes[at]) { at += 1 }
      return at < bytes.count && (0x40...0x7E).contains(bytes[at]) ? at + 1 : at
    case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"):
      // A string up to BEL or ESC \; one that never ends must not swallow the line.
      while at < bytes.count, bytes[at] != 0x0A {
        if bytes[at] == 0x07 { return at + 1 }
        if bytes[at] == 0x1B, at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "\\") {
          return at + 2
        }
        at += 1
      }
      return at
    default: return at + 1
    }
  }

  /// A progress bar rewrites its line: only what stands at the end of it counts.
  private static func overwritten(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(0x0D) else { return bytes }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    for line in bytes.linesWithEnds {
      let plain = line.withoutLineEnd
      let kept = plain.lastIndex(of: 0x0D).map { plain[($0 + 1)...] } ?? plain
      // A line that ends with a lone return shows what stood before it.
      result += kept.isEmpty ? plain.filter { $0 != 0x0D }[...] : kept
      if line.last == 0x0A { result.append(0x0A) }
    }
    return result
  }
}
