import CNettle

/// The ids that git gives to contents.
enum GitObject {
  /// The id of a blob with these bytes, in the hash that `known` is written in (SHA-1 has 40
  /// digits, SHA-256 has 64; gitformat-index(5)).
  static func id(of bytes: [UInt8], like known: String) -> String {
    let header = Array("blob \(bytes.count)\0".utf8)
    var digest = [UInt8](repeating: 0, count: known.utf8.count == 64 ? 32 : 20)
    if digest.count == 32 {
      var context = sha256_ctx()
      nettle_sha256_init(&context)
      nettle_sha256_update(&context, header.count, header)
      nettle_sha256_update(&context, bytes.count, bytes)
      nettle_sha256_digest(&context, digest.count, &digest)
    } else {
      var context = sha1_ctx()
      nettle_sha1_init(&context)
      nettle_sha1_update(&context, header.count, header)
      nettle_sha1_update(&context, bytes.count, bytes)
      nettle_sha1_digest(&context, digest.count, &digest)
    }
    return digest.reduce(into: "") { text, byte in
      text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
  }
}
