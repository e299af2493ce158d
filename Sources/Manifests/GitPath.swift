/// Paths as git writes them in a diff: with `a/` and `b/` before them, in quotes where they hold
/// special characters.
enum GitPath {
  /// The two paths of a line `diff --git a/x b/x`, and what git wrote before each of them.
  struct Pair: Equatable {
    let old: String
    let new: String
    /// `a/` and `b/` as a rule, `i/` and `w/` and others where git was told so; empty for none.
    let prefixes: (old: String, new: String)

    static func == (a: Pair, b: Pair) -> Bool {
      (a.old, a.new) == (b.old, b.new) && a.prefixes == b.prefixes
    }

    /// Of the names as they are written: the same twice stands without prefixes, and of others the
    /// first folder is one where the rest is the same.
    fileprivate init?(_ old: String, _ new: String, mayDiffer: Bool) {
      func parts(_ text: String) -> (prefix: String, rest: String)? {
        guard let slash = text.firstIndex(of: "/") else { return nil }
        return (String(text[...slash]), String(text[text.index(after: slash)...]))
      }
      let both = (parts(old), parts(new))
      if old == new {
        (self.old, self.new, prefixes) = (old, new, ("", ""))
      } else if case (let first?, let second?) = both, first.prefix != second.prefix,
        first.rest == second.rest || (mayDiffer && first.prefix == "a/" && second.prefix == "b/")
      {
        (self.old, self.new, prefixes) = (first.rest, second.rest, (first.prefix, second.prefix))
      } else if mayDiffer {
        (self.old, self.new, prefixes) = (old, new, ("", ""))
      } else {
        return nil
      }
    }
  }

  /// The two paths of a line `diff --git a/x b/x`; nil where they cannot be told apart.
  static func pair(_ text: String) -> Pair? {
    if text.hasPrefix("\"") {
      guard let (old, rest) = quoted(text[...]) else { return nil }
      let second = rest.drop { $0 == " " }
      guard let new = second.hasPrefix("\"") ? quoted(second)?.text : String(second) else {
        return nil
      }
      return Pair(old, new, mayDiffer: true)
    }
    if text.hasSuffix("\""), let open = text.firstRange(of: " \"") {
      guard let new = quoted(text[text.index(after: open.lowerBound)...])?.text else { return nil }
      return Pair(String(text[..<open.lowerBound]), new, mayDiffer: true)
    }
    // Without quotes both names are the same, or the headers below say them.
    let bytes = Array(text.utf8)
    guard bytes.count % 2 == 1, bytes[bytes.count / 2] == 0x20 else { return nil }
    return Pair(
      String(decoding: bytes[..<(bytes.count / 2)], as: UTF8.self),
      String(decoding: bytes[(bytes.count / 2 + 1)...], as: UTF8.self), mayDiffer: false)
  }

  /// A name of a `---` or `+++` line, without the time that may follow it; nil for `/dev/null`.
  static func name(_ text: String) -> String? {
    if text.hasPrefix("\"") { return quoted(text[...])?.text }
    let name = text.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)[0]
    return name == "/dev/null" ? nil : String(name)
  }

  /// Both names of `---` and `+++` without what stands before them: the prefixes of their
  /// `diff --git` line where there is one, else `a/` and `b/`, where both that are there have them.
  static func stripped(
    _ old: String?, _ new: String?, _ prefixes: (old: String, new: String)? = nil
  ) -> (old: String?, new: String?) {
    let prefixes = prefixes ?? ("a/", "b/")
    guard old?.hasPrefix(prefixes.old) ?? true, new?.hasPrefix(prefixes.new) ?? true else {
      return (old, new)
    }
    return (
      old.map { String($0.dropFirst(prefixes.old.count)) },
      new.map { String($0.dropFirst(prefixes.new.count)) }
    )
  }

  /// A whole name that may be in quotes.
  static func unquoted(_ text: String) -> String {
    text.hasPrefix("\"") ? quoted(text[...])?.text ?? text : text
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
