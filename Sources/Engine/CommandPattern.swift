/// A pattern for commands that a person trusts: text in which `*` stands for anything but what
/// makes a shell run a second command.
struct CommandPattern {
  private let parts: [[UInt8]]
  private let startsOpen: Bool
  private let endsOpen: Bool

  init(_ text: String) {
    let bytes = Array(text.utf8)
    parts = bytes.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: true).map(
      Array.init)
    startsOpen = bytes.first == UInt8(ascii: "*")
    endsOpen = bytes.last == UInt8(ascii: "*")
  }

  /// True if the whole command, but for white space around it, has this form.
  func matches(_ command: String) -> Bool {
    var bytes = Array(command.utf8)[...]
    while let last = bytes.last, Self.isSpace(last) { bytes.removeLast() }
    while let first = bytes.first, Self.isSpace(first) { bytes.removeFirst() }
    guard !parts.isEmpty else { return startsOpen && Self.isPlain(bytes) }
    for (index, part) in parts.enumerated() {
      let isFirst = index == 0 && !startsOpen
      let isLast = index == parts.count - 1 && !endsOpen
      guard let start = Self.find(part, in: bytes, atStart: isFirst, atEnd: isLast),
        Self.isPlain(bytes[..<start])
      else { return false }
      bytes = bytes[(start + part.count)...]
    }
    return Self.isPlain(bytes) && (endsOpen || bytes.isEmpty)
  }

  private static func find(
    _ part: [UInt8], in bytes: ArraySlice<UInt8>, atStart: Bool, atEnd: Bool
  ) -> Int? {
    guard bytes.count >= part.count else { return nil }
    var starts = bytes.startIndex...(bytes.endIndex - part.count)
    if atStart { starts = starts.lowerBound...starts.lowerBound }
    if atEnd {
      guard starts.contains(bytes.endIndex - part.count) else { return nil }
      starts = starts.upperBound...starts.upperBound
    }
    return starts.first { bytes[$0..<($0 + part.count)].elementsEqual(part) }
  }

  /// True for text that stays within one simple command: no other command, no expansion, no file.
  private static func isPlain(_ bytes: ArraySlice<UInt8>) -> Bool {
    let special = Set(";&|<>()$`\\\n\r".utf8)
    return !bytes.contains(where: special.contains)
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || (9...13).contains(byte)
  }
}
