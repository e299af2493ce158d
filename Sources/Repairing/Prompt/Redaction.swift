public import Platform

/// Takes secrets out of what is sent, and puts them back into the files they came from.
///
/// One value a request: its placeholders begin with a random mark, so that no reply can name one
/// that it was not shown.
public struct Redaction: Sendable {
  let mark: String
  /// Placeholder by secret, in the order they were found.
  private var placeholders: [[UInt8]: String] = [:]
  /// The placeholders that stand in a file, so that only that file gets them back.
  private var owners: [RelativePath: Set<String>] = [:]

  /// `mark` is random per request, letters and digits.
  public init(mark: String) { self.mark = mark }

  /// How many different secrets were taken out.
  public var count: Int { placeholders.count }

  /// A text for people and for the ledger, without its secrets; nothing is put back into it.
  public static func withoutSecrets(_ text: String) -> String {
    var redaction = Redaction(mark: "secret")
    return redaction.redact(text)
  }

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

  /// True if a placeholder of this request still stands in a text: one of another file's secrets,
  /// or one that was never given.
  public func stands(in bytes: [UInt8]) -> Bool {
    !Self.places(of: Array("REDACTED_\(mark)_".utf8), in: bytes).isEmpty
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
