/// Reads a file for its `set` edits; what was read last is kept, since most edits follow another one
/// on its very result. Use it from one thread.
final class DocumentReader {
  /// A JSON or YAML text and what it holds.
  struct Reading {
    /// With newlines only and without byte order mark.
    let text: [UInt8]
    /// Brings both back.
    let restore: ([UInt8]) -> [UInt8]
    let document: DataNode
    let value: DataValue
    let isJSON: Bool
  }

  private var last: (bytes: [UInt8], reading: Reading)?

  func read(_ bytes: [UInt8]) throws(EditFailure) -> Reading {
    if let last, last.bytes == bytes { return last.reading }
    let (text, restore) = Self.normal(bytes)
    let (document, isJSON) = try Self.parse(text)
    let reading = Reading(
      text: text, restore: restore, document: document, value: document.value, isJSON: isJSON)
    last = (bytes, reading)
    return reading
  }

  private static func normal(
    _ bytes: [UInt8]
  ) -> (text: [UInt8], restore: ([UInt8]) -> [UInt8]) {
    let mark: [UInt8] = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? [0xEF, 0xBB, 0xBF] : []
    let text = Array(bytes.dropFirst(mark.count))
    guard text.hasOnlyCRLF else { return (text, { mark + $0 }) }
    return (text.withLF, { mark + $0.withCRLF })
  }

  private static func parse(
    _ text: [UInt8]
  ) throws(EditFailure) -> (document: DataNode, isJSON: Bool) {
    let first = text.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    // A JSON text may begin with a comment; a YAML text cannot begin with a slash.
    if let first, [0x7B, 0x5B, 0x2F].contains(first) { return (try JSONScanner.read(text), true) }
    return (try YAMLOutline.read(text), false)
  }
}
