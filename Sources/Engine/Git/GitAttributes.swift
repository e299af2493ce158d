import Platform

/// What git's attributes say of a path, as far as they change bytes.
struct GitAttributes {
  private var values: [String: [String: String]] = [:]

  /// The attributes that are asked for.
  static let names = ["filter", "ident", "working-tree-encoding", "text", "eol"]

  /// Reads the answer of `git check-attr -z`: path, attribute and value, each ended by NUL.
  init(answer: [UInt8]) {
    let fields = answer.split(separator: 0, omittingEmptySubsequences: false)
    var index = 0
    while index + 2 < fields.count {
      let texts = fields[index..<(index + 3)].map { String(decoding: $0, as: UTF8.self) }
      if texts[2] != "unspecified" { values[texts[0], default: [:]][texts[1]] = texts[2] }
      index += 3
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
