import Platform

/// One repository of a fleet.
public struct FleetMember: Sendable, Hashable {
  /// How it is called in reports: the last part of its place, unlike any other's.
  public var name: String
  /// An address, or an absolute folder.
  public var address: String
  public var params: [ParameterSource]
  /// Where the work begins; nil: the branch that the repository shows first.
  public var branch: String?
  /// Why it is left out; nil where it is not.
  public var skip: String?

  var isFolder: Bool { address.hasPrefix("/") }

  /// The last part of an address, with letters, digits, `.`, `_` and `-` alone.
  static func word(of address: String) -> String {
    var text = address.split { $0 == "/" || $0 == ":" }.last.map(String.init) ?? ""
    if text == ".git", let above = address.split(separator: "/").dropLast().last {
      text = String(above)
    }
    if text.hasSuffix(".git") { text.removeLast(4) }
    var bytes: [UInt8] = []
    for byte in text.utf8.prefix(60) {
      let isWord =
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      if isWord || (!bytes.isEmpty && [0x2D, 0x5F].contains(byte)) {
        bytes.append(byte)
      } else if !bytes.isEmpty, bytes.last != 0x2D {
        bytes.append(0x2D)
      }
    }
    while bytes.last == 0x2D { bytes.removeLast() }
    return bytes.isEmpty ? "repository" : String(decoding: bytes, as: UTF8.self)
  }

  /// Digits that tell addresses apart.
  static func digits(of address: String) -> String {
    String(Digest(of: Array(address.utf8)).hex.prefix(12))
  }
}
