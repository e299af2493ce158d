import Glibc

extension StringProtocol {
  /// True if the bytes of `part` stand somewhere in the text.
  ///
  /// The standard library's own search builds tables for every call, which costs microseconds a
  /// line; this one costs what reading the line does. Case counts, and so does Unicode form.
  func holds(_ part: String) -> Bool {
    var part = part
    return part.withUTF8 { wanted in
      guard let first = wanted.first else { return true }
      let found = utf8.withContiguousStorageIfAvailable { text in
        Self.stands(wanted, first, in: text)
      }
      return found ?? Array(utf8).withUnsafeBufferPointer { Self.stands(wanted, first, in: $0) }
    }
  }

  private static func stands(
    _ wanted: UnsafeBufferPointer<UInt8>, _ first: UInt8, in text: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    guard let start = text.baseAddress, let sought = wanted.baseAddress else { return false }
    var from = 0
    while text.count - from >= wanted.count {
      let rest = text.count - from - wanted.count + 1
      guard let hit = memchr(start + from, Int32(first), rest) else { return false }
      if memcmp(hit, sought, wanted.count) == 0 { return true }
      from = UnsafeRawPointer(hit) - UnsafeRawPointer(start) + 1
    }
    return false
  }
}
