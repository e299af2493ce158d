import CNettle

/// A SHA-256 digest.
public struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
  let words: (UInt64, UInt64, UInt64, UInt64)

  /// The digest of some bytes, by nettle, which uses the processor's SHA instructions.
  public init(of bytes: some Collection<UInt8>) {
    var hash = Hasher256()
    hash.update(bytes)
    self = hash.finish()
  }

  init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

  /// Reads 64 hexadecimal digits of either case; nil for anything else.
  public init?(hex: some StringProtocol) {
    guard hex.utf8.count == 64 else { return nil }
    var parts: [UInt64] = []
    var rest = hex[...]
    while !rest.isEmpty {
      let group = rest.prefix(16)
      guard group.utf8.allSatisfy({ UnicodeScalar($0).properties.isASCIIHexDigit }),
        let word = UInt64(group, radix: 16)
      else { return nil }
      parts.append(word)
      rest = rest.dropFirst(16)
    }
    words = (parts[0], parts[1], parts[2], parts[3])
  }

  /// The 64 lower-case hexadecimal digits.
  public var hex: String {
    String(unsafeUninitializedCapacity: 2 * Self.byteCount) { digits in
      writeHex(to: digits)
      return 2 * Self.byteCount
    }
  }

  public var description: String { hex }

  public static func == (a: Digest, b: Digest) -> Bool { a.words == b.words }
  public static func < (a: Digest, b: Digest) -> Bool { a.words < b.words }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
  }
}

/// A SHA-256 digest in the making, for data that comes in pieces.
public struct Hasher256: ~Copyable {
  private var context = sha256_ctx()

  public init() { nettle_sha256_init(&context) }

  public mutating func update(_ bytes: some Sequence<UInt8>) {
    let done: Void? = bytes.withContiguousStorageIfAvailable { buffer in
      if let start = buffer.baseAddress { nettle_sha256_update(&context, buffer.count, start) }
    }
    if done == nil { update(Array(bytes)) }
  }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    nettle_sha256_update(
      &context, bytes.count, start.assumingMemoryBound(to: UInt8.self))
  }

  public consuming func finish() -> Digest {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &words) { buffer in
      nettle_sha256_digest(
        &context, 32, buffer.baseAddress!.assumingMemoryBound(to: UInt8.self))
    }
    return Digest(
      words: (
        UInt64(bigEndian: words.0), UInt64(bigEndian: words.1), UInt64(bigEndian: words.2),
        UInt64(bigEndian: words.3)
      ))
  }
}
