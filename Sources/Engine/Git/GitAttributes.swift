import Platform

/// What git's attributes say of a path, as far as they change bytes.
struct GitAttributes {
  private var values: [String: [String: String]] = [:]

  /// The attributes that are asked for.
  static let names = ["filter", "ident", "working-tree-encoding", "text", "eol"]

  /// Reads the answer of `git check-attr -z`: path, attribute and value, each ended by NUL.
  init(answer: [UInt8]) {
    var rest = answer[...]
    func field() -> ArraySlice<UInt8>? {
      guard let end = rest.firstIndex(of: 0) else { return nil }
      defer { rest = rest[(end + 1)...] }
      return rest[..<end]
    }
    let unspecified = Array("unspecified".utf8)
    while let path = field(), let attribute = field(), let value = field() {
      // Most are: no text is made for them.
      if value.elementsEqual(unspecified) { continue }
      values[String(decoding: path, as: UTF8.self), default: [:]][
        String(decoding: attribute, as: UTF8.self)] = String(decoding: value, as: UTF8.self)
    }
  }

  init() {}

  /// Why git would change bytes on their way in or out; nil where it keeps them.
  ///
  /// - Parameters:
  ///   - convertsToCRLF: true if the configuration writes CRLF to the work tree (`core.autocrlf`
  ///     is true, or `core.eol` is crlf).
  ///   - normalises: true if `core.autocrlf` is true or input, so that text without an attribute
  ///     is converted too.
  func obstacle(
    for path: RelativePath, bytes: [UInt8], convertsToCRLF: Bool, normalises: Bool
  ) -> String? {
    let own = values[path.text] ?? [:]
    if let filter = own["filter"], filter != "unset" {
      return "is under git's content filter '\(Printable.escaped(filter))'"
    }
    if own["ident"] == "set" { return "has git's attribute ident, which rewrites $Id$" }
    if let encoding = own["working-tree-encoding"], encoding != "unset" {
      return "has git's attribute working-tree-encoding (\(Printable.escaped(encoding)))"
    }
    let text = own["text"]
    guard text != "unset" else { return nil }
    let isText =
      text == "set" || own["eol"] != nil
      || ((text == "auto" || normalises)
        && !bytes.prefix(8000).contains(0))
    guard isText else { return nil }
    var newlines = false
    var carriageReturns = false
    var previous: UInt8 = 0
    for byte in bytes {
      if byte == 0x0A {
        if previous == 0x0D { carriageReturns = true } else { newlines = true }
      }
      previous = byte
    }
    if carriageReturns { return "has CRLF line ends, which git would store as LF" }
    let crlf = own["eol"] == "crlf" || (own["eol"] == nil && convertsToCRLF)
    if crlf && newlines { return "has LF line ends, which git checks out as CRLF here" }
    return nil
  }
}
