import Platform

/// What git's attributes say of a path, as far as they change bytes.
struct GitAttributes {
  private var values: [RelativePath: [String: String]] = [:]

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
      values[RelativePath(listed: String(decoding: path, as: UTF8.self)), default: [:]][
        String(decoding: attribute, as: UTF8.self)] = String(decoding: value, as: UTF8.self)
    }
  }

  init() {}

  /// How the work tree's settings convert line ends.
  struct LineEnds {
    /// True if the configuration writes CRLF to the work tree (`core.autocrlf` is true, or
    /// `core.eol` is crlf).
    var areCRLF: Bool
    /// True if `core.autocrlf` is true or input, so that text without an attribute is converted.
    var areNormalised: Bool

    init(areCRLF: Bool, areNormalised: Bool) {
      self.areCRLF = areCRLF
      self.areNormalised = areNormalised
    }

    /// Reads git's settings, by lower-case name.
    init(settings: [String: String]) {
      areCRLF = settings["core.autocrlf"] == "true" || settings["core.eol"] == "crlf"
      areNormalised = ["true", "input"].contains(settings["core.autocrlf"])
    }
  }

  /// Why git would not give bytes back as they are written; nil where it does.
  ///
  /// - Parameter storesCRLF: whether git's index has CRLF in the path's file: git converts no such
  ///   file of which it is left to guess that it is text (gitattributes(5), `text=auto`).
  func obstacle<Failure: Error>(
    for path: RelativePath, bytes: [UInt8], lineEnds: LineEnds,
    storesCRLF: () throws(Failure) -> Bool
  ) throws(Failure) -> String? {
    let own = values[path] ?? [:]
    if let obstacle = Self.rewriting(own) { return obstacle }
    let text = own["text"]
    guard text != "unset" else { return nil }
    let isGuessed = text == "auto" || (text == nil && own["eol"] == nil && lineEnds.areNormalised)
    let isText = isGuessed ? !bytes.prefix(8000).contains(0) : text == "set" || own["eol"] != nil
    guard isText else { return nil }
    var hasNewlines = false
    var hasPairs = false
    var previous: UInt8 = 0
    for byte in bytes {
      if byte == 0x0A {
        if previous == 0x0D { hasPairs = true } else { hasNewlines = true }
      }
      previous = byte
    }
    let checksOutCRLF = own["eol"] == "crlf" || (own["eol"] == nil && lineEnds.areCRLF)
    if hasPairs {
      // Stored as LF and checked out as CRLF: what was written.
      if checksOutCRLF && !hasNewlines { return nil }
      if isGuessed, try storesCRLF() { return nil }
      return "has CRLF line ends, which git would store as LF"
    }
    if checksOutCRLF && hasNewlines { return "has LF line ends, which git checks out as CRLF here" }
    return nil
  }

  /// True where git may store other line ends than a path's file has, and changes nothing else.
  func convertsLineEnds(of path: RelativePath, _ lineEnds: LineEnds) -> Bool {
    let own = values[path] ?? [:]
    guard Self.rewriting(own) == nil, own["text"] != "unset" else { return false }
    return own["text"] != nil || own["eol"] != nil || lineEnds.areNormalised
  }

  /// Why git rewrites more than line ends; nil where it does not.
  private static func rewriting(_ own: [String: String]) -> String? {
    if let filter = own["filter"], filter != "unset" {
      return "is under git's content filter '\(Printable.escaped(filter))'"
    }
    if own["ident"] == "set" { return "has git's attribute ident, which rewrites $Id$" }
    if let encoding = own["working-tree-encoding"], encoding != "unset" {
      return "has git's attribute working-tree-encoding (\(Printable.escaped(encoding)))"
    }
    return nil
  }
}
