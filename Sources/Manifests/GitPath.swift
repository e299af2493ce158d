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
  /// `diff --git` line where there is one, else `a/` and `b/`, where both that are there have them,
  /// else their first folders where nothing but these differs, as `diff -r old new` has them.
  static func stripped(
    _ old: String?, _ new: String?, _ prefixes: (old: String, new: String)? = nil
  ) -> (old: String?, new: String?) {
    var wanted = prefixes ?? ("a/", "b/")
    func fits() -> Bool { old?.hasPrefix(wanted.old) ?? true && new?.hasPrefix(wanted.new) ?? true }
    if prefixes == nil, !fits(), let old, let new, let pair = Pair(old, new, mayDiffer: false) {
      wanted = pair.prefixes
    }
    guard fits() else { return (old, new) }
    return (
      old.map { String($0.dropFirst(wanted.old.count)) },
      new.map { String($0.dropFirst(wanted.new.count)) }
    )
  }

  /// True for a side of a traditional diff (`diff -N`) whose file does not exist: its time is the
  /// first second of 1970, as git asks, and the hunk below, without its `@@ `, has none of its lines.
  static func isNeverThere(_ header: String, span hunk: String, sign: Character) -> Bool {
    guard hunk.split(separator: " ").prefix(2).contains("\(sign)0,0"),
      let tab = header.lastIndex(of: "\t")
    else { return false }
    let parts = header[header.index(after: tab)...].split(separator: " ")
    guard parts.count == 3, ["1969-12-31", "1970-01-01"].contains(parts[0]) else { return false }
    let clock = parts[1].split(whereSeparator: { $0 == ":" || $0 == "." }).map { Int($0) }
    guard clock.count >= 3, let hour = clock[0], let minute = clock[1],
      clock[2...].allSatisfy({ $0 == 0 }), parts[2].utf8.count == 5, let zone = Int(parts[2])
    else { return false }
    let day = parts[0] == "1970-01-01" ? 0 : -24 * 60
    return day + hour * 60 + minute == zone / 100 * 60 + zone % 100
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
