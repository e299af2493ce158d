import Platform

/// The form of every file in the state folder: a heading with kind and version, a body, its
/// checksum, and a seal that only this machine can make.
enum SealedFile {
  enum Fault: Error, Hashable {
    /// Cut short, or a bit is not what was written.
    case damaged
    /// Whole, but made by another machine or somebody without the secret.
    case foreign
    /// Made by a newer mtor.
    case newer
  }

  static let version = 1
  /// `sum `, 64 digits, newline, `seal `, 64 digits, newline.
  private static let trailerLength = 4 + 64 + 1 + 5 + 64 + 1

  static func heading(_ kind: String) -> [UInt8] { Array("mtor \(kind) \(version)\n".utf8) }

  /// `body` begins with `heading(kind)`; it is written on in place.
  static func seal(_ body: inout [UInt8], secret: MachineSecret) {
    let sum = Digest(of: body)
    body += "sum \(sum.hex)\nseal \(seal(of: sum, secret).hex)\n".utf8
  }

  /// The lines between heading and trailer, if the file is whole and ours.
  static func open(
    _ bytes: [UInt8], kind: String, secret: MachineSecret?
  ) throws(Fault) -> ArraySlice<UInt8> {
    let heading = heading(kind)
    guard bytes.starts(with: heading) else {
      throw isNewer(bytes, kind: kind) ? .newer : .damaged
    }
    guard bytes.count >= heading.count + trailerLength else { throw .damaged }
    let trailer = bytes[(bytes.count - trailerLength)...]
    let body = bytes[..<trailer.startIndex]
    let sum = Digest(of: body)
    guard trailer.prefix(69).elementsEqual("sum \(sum.hex)\n".utf8) else { throw .damaged }
    guard let secret else { throw .foreign }
    guard trailer.dropFirst(69).elementsEqual("seal \(seal(of: sum, secret).hex)\n".utf8) else {
      throw .foreign
    }
    return body[heading.count...]
  }

  /// Hashed together with the secret; the inner digest has a fixed length, so nothing can be
  /// appended to it.
  private static func seal(of sum: Digest, _ secret: MachineSecret) -> Digest {
    Digest(of: secret.bytes + Array(sum.hex.utf8))
  }

  private static func isNewer(_ bytes: [UInt8], kind: String) -> Bool {
    let start = Array("mtor \(kind) ".utf8)
    guard bytes.starts(with: start) else { return false }
    let digits = bytes[start.count...].prefix { (0x30...0x39).contains($0) }
    guard digits.count < 9, bytes.dropFirst(start.count + digits.count).first == 0x0A else {
      return false
    }
    return (Int(String(decoding: digits, as: UTF8.self)) ?? 0) > version
  }
}
