/// The replacement of a `match` edit: text with `$1`, `${1}`, `${name}`, `$0` and `$$`.
public struct ReplacementTemplate: Sendable {
  private enum Part: Sendable {
    case text([UInt8])
    case group(Int)
  }

  private let parts: [Part]

  /// What is wrong with a template for a pattern; nil if nothing is.
  public static func fault(_ text: String, for pattern: Pattern) -> String? {
    do throws(PatternError) {
      _ = try ReplacementTemplate(text, for: pattern)
      return nil
    } catch { return error.message }
  }

  /// Takes a template apart; a group that the pattern lacks is an error.
  public init(_ text: String, for pattern: Pattern) throws(PatternError) {
    let bytes = Array(text.utf8)
    var parts: [Part] = []
    var plain: [UInt8] = []
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "$") else {
        plain.append(bytes[index])
        index += 1
        continue
      }
      if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "$") {
        plain.append(UInt8(ascii: "$"))
        index += 2
        continue
      }
      let (group, end) = try Self.group(in: bytes, at: index, of: pattern)
      if !plain.isEmpty { parts.append(.text(plain)) }
      plain = []
      parts.append(.group(group))
      index = end
    }
    if !plain.isEmpty { parts.append(.text(plain)) }
    self.parts = parts
  }

  private static func group(
    in bytes: [UInt8], at dollar: Int, of pattern: Pattern
  ) throws(PatternError) -> (Int, Int) {
    var end = dollar + 1
    let isBraced = end < bytes.count && bytes[end] == UInt8(ascii: "{")
    if isBraced { end += 1 }
    let start = end
    while end < bytes.count, isBraced ? bytes[end] != UInt8(ascii: "}") : isDigit(bytes[end]) {
      end += 1
    }
    let name = String(decoding: bytes[start..<end], as: UTF8.self)
    guard !name.isEmpty, !isBraced || end < bytes.count else {
      throw PatternError(message: "a '$' that names no group", offset: dollar)
    }
    guard let group = Int(name) ?? pattern.group(named: name), group >= 0,
      group < pattern.groupCount
    else {
      throw PatternError(
        message: "the pattern has no group '\(name.prefix(32))'", offset: dollar)
    }
    return (group, isBraced ? end + 1 : end)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// The replacement of one match; a group that took no part is empty.
  public func expanded(for match: PatternMatch, in text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    for part in parts {
      switch part {
      case .text(let bytes): result += bytes
      case .group(let number): if let range = match.groups[number] { result += text[range] }
      }
    }
    return result
  }
}
