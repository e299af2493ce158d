/// The addresses that a configuration allows: one repository, or all below a place.
///
/// Compared is what git would reach, part by part, and not text: an address that could be spelled
/// to lead somewhere else is below nothing.
public struct AddressScope: Sendable, Hashable {
  public let text: String
  private let reach: Reach

  /// Reads an address, or what many of them begin with, which ends with `/`.
  public init(_ text: String) throws(GitAddress.Fault) {
    let isFolder = text.utf8.last == UInt8(ascii: "/") || text.utf8.last == UInt8(ascii: ":")
    let address = try GitAddress(isFolder ? text + "_" : text)
    guard var reach = Reach(address) else {
      throw GitAddress.Fault(
        message: "the address '\(GitAddress.shown(text))' is not spelled plainly",
        hint: "write it without '.', '..', '//', '?', '#' and '%' signs that stand for them; "
          + "git@host:path also without '%' and '~'")
    }
    if isFolder { reach.parts.removeLast() }
    self.text = text
    self.reach = reach
  }

  /// Whether an address is the one that is meant, or below it.
  public func holds(_ address: GitAddress) -> Bool {
    guard let other = Reach(address) else { return false }
    return other.protocolName == reach.protocolName && other.host == reach.host
      && other.parts.starts(with: reach.parts)
  }

  /// Where an address leads to, in one spelling.
  private struct Reach: Hashable {
    var protocolName: String
    /// The host in small letters, with the user's name and without the usual port.
    var host: String
    /// The names of the path.
    var parts: [[UInt8]]

    /// Nil where the path could be read in more than one way.
    init?(_ address: GitAddress) {
      // In bytes: a slash is one also where an accent stands behind it.
      let bytes = address.text.utf8
      let path: Substring.UTF8View
      var isShort = false
      if let range = address.text.firstRange(of: "://") {
        protocolName = String(address.text[..<range.lowerBound])
        let rest = bytes[range.upperBound...]
        let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        var host = Self.small(rest[..<end])
        let usual = protocolName == "https" ? ":443" : ":22"
        if host.hasSuffix(usual) { host.removeLast(usual.utf8.count) }
        self.host = host
        path = rest[end...].dropFirst()
      } else {
        // `git@host:path` counts from a home, and is not the same as `ssh://git@host/path`.
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        protocolName = ""
        host = Self.small(bytes[..<colon])
        path = bytes[bytes.index(after: colon)...]
        isShort = true
      }
      // Git gives these as they are, so that `%61` is no `a`, and `~` is somebody's home.
      if isShort, path.first == UInt8(ascii: "~") || path.contains(UInt8(ascii: "%")) { return nil }
      parts = []
      var names = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      if names.last?.isEmpty == true { names.removeLast() }
      for name in names {
        // Servers do not agree on what stands behind these two.
        guard let bytes = Self.decoded(name), !name.contains(UInt8(ascii: "?")),
          !name.contains(UInt8(ascii: "#"))
        else { return nil }
        parts.append(bytes)
      }
    }

    /// A name with the signs that `%41` stands for; nil for one that leads elsewhere.
    private static func decoded(_ name: Substring.UTF8View) -> [UInt8]? {
      let bytes = Array(name)
      var result: [UInt8] = []
      var at = 0
      while at < bytes.count {
        if bytes[at] != 0x25 {
          result.append(bytes[at])
          at += 1
          continue
        }
        guard at + 2 < bytes.count, let high = digit(bytes[at + 1]), let low = digit(bytes[at + 2])
        else { return nil }
        let byte = high << 4 | low
        // One more decoding, or a separator, would make another path of it.
        if [0x25, 0x2F, 0x5C].contains(byte) || byte < 0x20 || byte == 0x7F { return nil }
        result.append(byte)
        at += 3
      }
      if result.isEmpty || result == [0x2E] || result == [0x2E, 0x2E] { return nil }
      return result
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
      switch byte {
      case 0x30...0x39: byte - 0x30
      case 0x41...0x46: byte - 0x37
      case 0x61...0x66: byte - 0x57
      default: nil
      }
    }

    private static func small(_ bytes: Substring.UTF8View) -> String {
      let host = bytes.lastIndex(of: UInt8(ascii: "@")).map(bytes.index(after:)) ?? bytes.startIndex
      return String(Substring(bytes[..<host])) + String(Substring(bytes[host...])).lowercased()
    }
  }
}
