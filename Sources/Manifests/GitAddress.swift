import Platform

/// The address of a repository that git may be given: https, ssh or file, and nothing in it that
/// git, a shell or a terminal could take for something else.
public struct GitAddress: Sendable, Hashable {
  public let text: String

  /// Why a text is no such address; one sentence and what to do.
  public struct Fault: Error, Hashable, Sendable {
    public let message: String
    public let hint: String
    /// True where the text holds what is nobody's to see: no excerpt of it may be shown either.
    public var isSecret = false
  }

  public init(_ text: String) throws(Fault) {
    let shown = Self.shown(text)
    func fault(_ what: String, _ hint: String) -> Fault {
      Fault(
        message: "the address '\(shown)' \(what)", hint: hint,
        isSecret: Self.secret(in: Array(text.utf8)) != nil)
    }
    if text.utf8.first == UInt8(ascii: "-") {
      throw fault(
        "begins with '-', which git takes for an option", "write https://, ssh:// or file://")
    }
    guard text.utf8.count <= 4096 else { throw fault("is too long", "shorten it") }
    for scalar in text.unicodeScalars where scalar == " " || Printable.isUnsafe(scalar) {
      throw fault("has a space or a control character in it", "take it out, or write it as %20")
    }
    if Self.hasEscapedControl(text) {
      throw fault("has an escaped control character in it", "take the %00 to %1F out")
    }
    if text.utf8.contains(UInt8(ascii: "\\")) {
      throw fault("has a backslash in it", "separate its parts by '/'")
    }
    guard let scheme = Self.scheme(of: text) else {
      if let path = Self.shortPath(of: text) {
        if Self.hasBracket(path) { throw fault(Self.bracket.what, Self.bracket.hint) }
        self.text = text
        return
      }
      throw fault("names no protocol", "write https://, ssh:// or file:///")
    }
    guard ["https", "ssh", "file"].contains(scheme) else {
      throw fault(
        "has the protocol '\(Printable.escaped(scheme))', which is not spoken",
        "write https://, ssh:// or file:///")
    }
    guard text.utf8.starts(with: "\(scheme)://".utf8) else {
      throw fault("names no protocol", "write https://, ssh:// or file:///")
    }
    let rest = text.utf8.dropFirst(scheme.utf8.count + 3)
    let host = rest.prefix { $0 != UInt8(ascii: "/") }
    if scheme == "file" {
      guard host.isEmpty, rest.count > 1 else {
        throw fault("names no folder of this machine", "write file:///the/whole/path")
      }
    } else {
      try Self.check(host: Substring(host), isSecure: scheme == "https", fault)
      guard rest.count > host.count + 1 else {
        throw fault("names a host and no repository", "add the repository's path")
      }
    }
    if Self.hasBracket(Substring(rest[host.endIndex...])) {
      throw fault(Self.bracket.what, Self.bracket.hint)
    }
    self.text = text
  }

  private static func check(
    host: Substring, isSecure: Bool, _ fault: (String, String) -> Fault
  ) throws(Fault) {
    let parts = host.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    if parts.count > 1, isSecure || parts[0].contains(UInt8(ascii: ":")) {
      throw fault(
        "has a name or a password in it, which every report would show",
        "take it out; git asks your credential helper")
    }
    // Git reads `%2D` and what stands in brackets as a dash that comes first, too.
    let isOption = parts.contains { part in
      let first = part.first == UInt8(ascii: "[") ? part.dropFirst() : part
      return first.isEmpty || first.first == UInt8(ascii: "-") || part.contains(UInt8(ascii: "%"))
    }
    if parts.count > 2 || isOption || !hasPort(host) {
      throw fault("has no host that could be one", "correct what stands before the path")
    }
  }

  /// True where what stands behind the host's colon could be a port, or there is none.
  private static func hasPort(_ host: Substring) -> Bool {
    let bytes = Array(host.utf8)
    // A bracket that is closed behind the host is told as what it is.
    if bytes.contains(0x5B), !bytes.contains(0x5D) { return true }
    let name = bytes.lastIndex(of: UInt8(ascii: "]")) ?? bytes.lastIndex(of: UInt8(ascii: "@")) ?? 0
    guard let colon = bytes[name...].firstIndex(of: UInt8(ascii: ":")) else { return true }
    return bytes[(colon + 1)...].allSatisfy { (0x30...0x39).contains($0) }
  }

  /// The word before the first `:` where `//` or another `:` follows it, as git reads it.
  private static func scheme(of text: String) -> String? {
    let bytes = Array(text.utf8)
    guard let colon = bytes.firstIndex(of: 0x3A), colon > 0 else { return nil }
    let word = bytes[..<colon]
    let isWord = word.allSatisfy { byte in
      (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || (0x30...0x39).contains(byte) || [0x2B, 0x2D, 0x2E].contains(byte)
    }
    let next = colon + 1 < bytes.count ? bytes[colon + 1] : 0
    let isDouble = next == 0x3A
    let isAddress = next == 0x2F && colon + 2 < bytes.count && bytes[colon + 2] == 0x2F
    guard isWord, isDouble || isAddress || String(decoding: word, as: UTF8.self) == "file" else {
      return nil
    }
    return String(decoding: word, as: UTF8.self)
  }

  /// The path of `git@host:path`, which is ssh; nil for anything else.
  private static func shortPath(of text: String) -> Substring? {
    let bytes = text.utf8
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
      !bytes[..<colon].contains(UInt8(ascii: "/"))
    else { return nil }
    let parts = bytes[..<colon].split(
      separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    let path = bytes[bytes.index(after: colon)...]
    let isShort =
      parts.count == 2 && !path.isEmpty && path.first != UInt8(ascii: "-")
      && parts.allSatisfy { !$0.isEmpty && $0.first != UInt8(ascii: "-") }
    return isShort ? Substring(path) : nil
  }

  private static let bracket = (
    what: "has a bracket in its path, behind which git looks for a host",
    hint: "take '[' and ']' out of the path, also where they are written as %5B and %5D"
  )

  /// True where a `[` or `]` stands, also percent-encoded, however often.
  ///
  /// Git decodes an address and takes the host from behind the first `@[`, wherever that stands.
  private static func hasBracket(_ path: Substring) -> Bool {
    let brackets: [UInt8] = [0x5B, 0x5D]
    let bytes = Array(path.utf8)
    var percent = false
    var at = 0
    while at < bytes.count {
      if brackets.contains(bytes[at]) { return true }
      if percent, at + 1 < bytes.count {
        let (high, low) = (bytes[at], bytes[at + 1])
        if high == 0x35, [0x42, 0x62, 0x44, 0x64].contains(low) { return true }
        // An encoded percent sign, which the next decoding makes one of.
        if high == 0x32, low == 0x35 {
          at += 2
          continue
        }
      }
      percent = bytes[at] == 0x25
      at += 1
    }
    return false
  }

  /// The text as it may be shown: safe to print, and `***` for a password, or for a name that over
  /// https may be a token.
  public static func shown(_ text: String, limit: Int = 60) -> String {
    var bytes = Array(text.utf8)
    if let secret = secret(in: bytes) { bytes.replaceSubrange(secret, with: "***".utf8) }
    return Printable.escaped(String(String(decoding: bytes, as: UTF8.self).prefix(limit)))
  }

  /// True where a password stands before the host, also in what is no address otherwise.
  public static func hasPassword(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return secret(in: bytes).map { bytes[$0].contains(UInt8(ascii: ":")) } ?? false
  }

  /// Where the name and the password stand, before the `@` of the host.
  private static func secret(in bytes: [UInt8]) -> Range<Int>? {
    let (at, colon) = (UInt8(ascii: "@"), UInt8(ascii: ":"))
    let mark = bytes.indices.dropLast(2).first { bytes[$0...].starts(with: "://".utf8) }
    let start = mark.map { $0 + 3 } ?? 0
    let ends: [UInt8] = [0x2F, 0x3F, 0x23]
    let end = bytes[start...].firstIndex { ends.contains($0) } ?? bytes.count
    let host = bytes[start..<end]
    if let first = host.firstIndex(of: at), let last = host.lastIndex(of: at) {
      let isName = !bytes[start..<(mark == nil ? first : last)].contains(colon)
      // Over ssh a name alone is no secret: everybody's is `git`.
      let isOpen = mark == nil || bytes.starts(with: "ssh:".utf8)
      return isName && isOpen ? nil : start..<last
    }
    // A password with a slash in it, where a port would stand.
    guard mark != nil, let first = host.firstIndex(of: colon),
      !bytes[(first + 1)..<end].allSatisfy({ (0x30...0x39).contains($0) }),
      host.first != UInt8(ascii: "["), let last = bytes.lastIndex(of: at)
    else { return nil }
    return start..<last
  }

  private static func hasEscapedControl(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.indices.dropLast(2).contains { at in
      bytes[at] == 0x25 && (0x30...0x31).contains(bytes[at + 1])
        || bytes[at] == 0x25
          && bytes[at + 1] == 0x37 && [0x46, 0x66].contains(bytes[at + 2])
    }
  }

  /// True where a text is meant as an address rather than as a folder of this machine.
  public static func isMeant(by text: String) -> Bool {
    scheme(of: text) != nil || shortPath(of: text) != nil || hasPassword(text)
  }
}
