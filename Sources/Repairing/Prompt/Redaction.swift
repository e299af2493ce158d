public import Platform

/// Takes secrets out of what is sent, and puts them back into the files they came from.
///
/// One value a request: its placeholders begin with a random mark, so that no reply can name one
/// that it was not shown.
public struct Redaction: Sendable {
  private let mark: String
  /// Placeholder by secret, in the order they were found.
  private var placeholders: [[UInt8]: String] = [:]
  /// The placeholders that stand in a file, so that only that file gets them back.
  private var owners: [RelativePath: Set<String>] = [:]

  /// `mark` is random per request, letters and digits.
  public init(mark: String) { self.mark = mark }

  /// How many different secrets were taken out.
  public var count: Int { placeholders.count }

  /// A text without its secrets.
  public mutating func redact(_ text: String, of path: RelativePath? = nil) -> String {
    let bytes = Array(text.utf8)
    let found = SecretFinder.find(in: bytes)
    let known = placeholders.keys.flatMap { Self.places(of: $0, in: bytes) }
    let ranges = Self.merged(found + known)
    guard !ranges.isEmpty else { return text }
    var result: [UInt8] = []
    var done = 0
    for range in ranges {
      result += bytes[done..<range.lowerBound]
      let placeholder = self.placeholder(for: Array(bytes[range]))
      if let path { owners[path, default: []].insert(placeholder) }
      result += placeholder.utf8
      done = range.upperBound
    }
    return (result + bytes[done...]).text
  }

  private mutating func placeholder(for secret: [UInt8]) -> String {
    if let known = placeholders[secret] { return known }
    let new = "REDACTED_\(mark)_\(placeholders.count + 1)"
    placeholders[secret] = new
    return new
  }

  /// A reply's bytes for a file, with that file's own secrets back in their places.
  public func restore(_ bytes: [UInt8], of path: RelativePath) -> [UInt8] {
    guard let own = owners[path] else { return bytes }
    var result = bytes
    for (secret, placeholder) in placeholders where own.contains(placeholder) {
      let wanted = Array(placeholder.utf8)
      // `…_1` must not be found in `…_12`.
      let places = Self.places(of: wanted, in: result).filter { range in
        range.upperBound == result.count || !(0x30...0x39).contains(result[range.upperBound])
      }
      for place in places.reversed() { result.replaceSubrange(place, with: secret) }
    }
    return result
  }

  private static func places(of part: [UInt8], in bytes: [UInt8]) -> [Range<Int>] {
    guard let first = part.first, bytes.count >= part.count else { return [] }
    var result: [Range<Int>] = []
    var at = 0
    while let index = bytes[at...].firstIndex(of: first), index + part.count <= bytes.count {
      if bytes[index..<(index + part.count)].elementsEqual(part) {
        result.append(index..<(index + part.count))
        at = index + part.count
      } else {
        at = index + 1
      }
    }
    return result
  }

  private static func merged(_ ranges: [Range<Int>]) -> [Range<Int>] {
    var result: [Range<Int>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = result.last, range.lowerBound < last.upperBound {
        result[result.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        result.append(range)
      }
    }
    return result
  }
}

/// Where secrets stand in a text.
enum SecretFinder {
  static func find(in bytes: [UInt8]) -> [Range<Int>] {
    var result = keyBlocks(bytes)
    for index in bytes.indices {
      // A token begins where no word goes on.
      if index > 0, SecretRules.Characters.alphanumerics.contains(bytes[index - 1]) { continue }
      for rule in SecretRules.all where bytes[index] == rule.prefix.utf8.first {
        if let range = match(rule, at: index, in: bytes) {
          result.append(range)
          break
        }
      }
    }
    for line in bytes.linesWithEnds {
      if let range = assignment(line) { result.append(range) }
      if let range = password(inURL: line) { result.append(range) }
    }
    return result
  }

  private static func match(
    _ rule: SecretRules.Rule, at index: Int, in bytes: [UInt8]
  ) -> Range<Int>? {
    let prefix = Array(rule.prefix.utf8)
    guard bytes[index...].starts(with: prefix) else { return nil }
    let start = index + prefix.count
    let end = bytes[start...].firstIndex { !rule.characters.contains($0) } ?? bytes.endIndex
    guard end - start >= rule.length else { return nil }
    // A made-up word with dashes is no token: tokens have digits.
    guard bytes[start..<end].contains(where: { (0x30...0x39).contains($0) }) else { return nil }
    return index..<end
  }

  /// The lines between BEGIN … PRIVATE KEY and its END.
  private static func keyBlocks(_ bytes: [UInt8]) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var open: Int?
    for line in bytes.linesWithEnds {
      let text = line.text
      if text.contains("-----BEGIN "), text.contains("PRIVATE KEY") {
        open = line.endIndex
      } else if let start = open, text.contains("-----END ") {
        if start < line.startIndex { result.append(start..<line.startIndex) }
        open = nil
      }
    }
    if let open, open < bytes.count { result.append(open..<bytes.count) }
    return result
  }

  /// The literal behind `NAME = "…"`, `NAME: …` or `NAME=…` where the name speaks of a secret.
  private static func assignment(_ line: ArraySlice<UInt8>) -> Range<Int>? {
    guard line.count < 2000,
      let mark = line.firstIndex(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") })
    else { return nil }
    let name = line[..<mark].text.lowercased()
    guard SecretRules.names.contains(where: name.contains) else { return nil }
    let start = line[(mark + 1)...].firstIndex { !" \t\"'`=:".utf8.contains($0) } ?? line.endIndex
    let end = line[start...].firstIndex { "\"'` \t\r\n,;)".utf8.contains($0) } ?? line.endIndex
    let value = line[start..<end]
    let isLiteral =
      value.count >= 12 && value.allSatisfy { (0x21...0x7E).contains($0) }
      && !value.contains { "()[]{}$<>".utf8.contains($0) }
      && value.contains { (0x30...0x39).contains($0) }
      && value.contains { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
    return isLiteral ? start..<end : nil
  }

  /// The password of `scheme://user:password@host`.
  private static func password(inURL line: ArraySlice<UInt8>) -> Range<Int>? {
    guard line.count < 2000 else { return nil }
    let bytes = Array(line)
    guard let scheme = bytes.indices.first(where: { bytes[$0...].starts(with: "://".utf8) })
    else { return nil }
    let rest = bytes[(scheme + 3)...]
    let end = rest.firstIndex { "/ \t\"'`\r\n?#".utf8.contains($0) } ?? rest.endIndex
    guard let at = rest[..<end].lastIndex(of: UInt8(ascii: "@")),
      let colon = rest[..<at].firstIndex(of: UInt8(ascii: ":")), at - colon > 3
    else { return nil }
    let offset = line.startIndex
    return (offset + colon + 1)..<(offset + at)
  }
}
