/// Strict base64 (RFC 4648, section 4): padded, no foreign characters but line ends.
public enum Base64 {
  /// Why a text is no base64, and where.
  public struct Fault: Error, Hashable, Sendable {
    public let message: String
    /// In bytes from the text's beginning.
    public let offset: Int
  }

  /// The bytes that a text stands for. Spaces and line ends between characters do not count.
  public static func decode(_ text: [UInt8]) throws(Fault) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count / 4 * 3)
    var bits: UInt32 = 0
    var held = 0
    var padding = 0
    for (offset, byte) in text.enumerated() {
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: " ") { continue }
      if byte == UInt8(ascii: "=") {
        padding += 1
        guard held + padding <= 4, held >= 2 else {
          throw Fault(message: "a '=' where none may be", offset: offset)
        }
        continue
      }
      guard padding == 0 else { throw Fault(message: "text after the padding", offset: offset) }
      let value = table[Int(byte)]
      guard value < 64 else {
        throw Fault(
          message: "a character that is not of the base64 alphabet (A-Z a-z 0-9 + /)",
          offset: offset)
      }
      bits = bits << 6 | UInt32(value)
      held += 1
      if held == 4 {
        result += [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
        (bits, held) = (0, 0)
      }
    }
    try finish(bits, held, padding, into: &result, end: text.count)
    return result
  }

  private static func finish(
    _ bits: UInt32, _ held: Int, _ padding: Int, into result: inout [UInt8], end: Int
  ) throws(Fault) {
    guard held > 0 else { return }
    guard held >= 2, held + padding == 4 else {
      throw Fault(message: "the text ends in the middle of a group of four", offset: end)
    }
    let spare: UInt32 = held == 2 ? 0xF : 0x3
    guard bits & spare == 0 else {
      throw Fault(message: "the last character has bits that belong to no byte", offset: end)
    }
    if held == 2 {
      result.append(UInt8(bits >> 4 & 255))
    } else {
      result += [UInt8(bits >> 10 & 255), UInt8(bits >> 2 & 255)]
    }
  }

  private static let table: [UInt8] = {
    var table = [UInt8](repeating: 255, count: 256)
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for (value, character) in alphabet.utf8.enumerated() { table[Int(character)] = UInt8(value) }
    return table
  }()
}
