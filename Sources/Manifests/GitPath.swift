/// Paths as git writes them in a diff: with `a/` and `b/` before them, in quotes where they hold
/// special characters.
enum GitPath {
  /// The two paths of a line `diff --git a/x b/x`; nil where they cannot be told apart.
  static func pair(_ text: String) -> (old: String, new: String)? {
    if text.hasPrefix("\"") {
      guard let (old, rest) = quoted(text[...]) else { return nil }
      let second = rest.drop { $0 == " " }
      guard let new = second.hasPrefix("\"") ? quoted(second)?.text : String(second) else {
        return nil
      }
      return (withoutPrefix(old), withoutPrefix(new))
    }
    if text.hasSuffix("\""), let open = text.firstRange(of: " \"") {
      guard let new = quoted(text[text.index(after: open.lowerBound)...])?.text else { return nil }
      return (withoutPrefix(String(text[..<open.lowerBound])), withoutPrefix(new))
    }
    // Without quotes both names are the same, or the headers below say them.
    let bytes = Array(text.utf8)
    guard bytes.count % 2 == 1, bytes[bytes.count / 2] == 0x20 else { return nil }
    let old = withoutPrefix(String(decoding: bytes[..<(bytes.count / 2)], as: UTF8.self))
    let new = withoutPrefix(String(decoding: bytes[(bytes.count / 2 + 1)...], as: UTF8.self))
    return old == new ? (old, new) : nil
  }

  /// A name of a `---` or `+++` line, without the time that may follow it; nil for `/dev/null`.
  static func name(_ text: String) -> String? {
    if text.hasPrefix("\"") { return quoted(text[...])?.text }
    let name = text.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)[0]
    return name == "/dev/null" ? nil : String(name)
  }

  /// Both names without `a/` and `b/`, where both that are there have them.
  static func stripped(_ old: String?, _ new: String?) -> (old: String?, new: String?) {
    let hasPrefixes =
      (old.map { $0.hasPrefix("a/") } ?? true) && (new.map { $0.hasPrefix("b/") } ?? true)
    guard hasPrefixes else { return (old, new) }
    return (old.map(withoutPrefix), new.map(withoutPrefix))
  }

  /// A whole name that may be in quotes.
  static func unquoted(_ text: String) -> String {
    text.hasPrefix("\"") ? quoted(text[...])?.text ?? text : text
  }

  private static func withoutPrefix(_ path: String) -> String {
    path.hasPrefix("a/") || path.hasPrefix("b/") ? String(path.dropFirst(2)) : path
  }

  /// The text in quotes at the start, its escapes of C undone, and what follows; nil if it does
  /// not end.
  private static func quoted(_ text: Substring) -> (text: String, rest: Substring)? {
    var bytes: [UInt8] = []
    var rest = text.dropFirst().utf8
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\"") {
        return (String(decoding: bytes, as: UTF8.self), Substring(rest))
      }
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      guard let sign = rest.popFirst() else { return nil }
      switch sign {
      case UInt8(ascii: "n"): bytes.append(0x0A)
      case UInt8(ascii: "t"): bytes.append(0x09)
      case UInt8(ascii: "r"): bytes.append(0x0D)
      case UInt8(ascii: "a"): bytes.append(0x07)
      case UInt8(ascii: "b"): bytes.append(0x08)
      case UInt8(ascii: "f"): bytes.append(0x0C)
      case UInt8(ascii: "v"): bytes.append(0x0B)
      case UInt8(ascii: "0")...UInt8(ascii: "3"):
        guard let second = rest.popFirst(), let third = rest.popFirst(),
          (0x30...0x37).contains(second), (0x30...0x37).contains(third)
        else { return nil }
        bytes.append((sign & 7) << 6 | (second & 7) << 3 | third & 7)
      default: bytes.append(sign)
      }
    }
    return nil
  }
}
