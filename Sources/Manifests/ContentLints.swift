import YAMLTree

/// Lints on the bytes of a file: what a writer did not mean, whatever notation it came in.
public enum ContentLints {
  /// What is known of the file that the content will replace.
  public enum Replaced: Sendable {
    /// Nothing: `check` has no tree. What only the old file can excuse is a warning then.
    case unknown
    /// There is none.
    case nothing
    /// Its bytes.
    case file([UInt8])
  }

  /// What an entry excuses.
  public struct Excuses: Sendable {
    public var elision: Bool
    public var markers: Bool
    /// True if the entry sets its line ends itself (`eol`).
    public var lineEnds: Bool

    public init(elision: Bool = false, markers: Bool = false, lineEnds: Bool = false) {
      self.elision = elision
      self.markers = markers
      self.lineEnds = lineEnds
    }

    public init(_ entry: FileEntry) {
      elision = entry.elisionIsFine
      markers = entry.markersAreFine
      lineEnds = entry.endOfLine != nil
    }
  }

  /// Everything to say about a whole file's content, in the order of its lines. Linear.
  ///
  /// - Parameter isText: true where the bytes are known to be UTF-8 without NUL.
  public static func findings(
    in bytes: [UInt8], path: String, excuses: Excuses = Excuses(), replacing old: Replaced,
    isText: Bool = false
  ) -> [Finding] {
    var findings: [Finding] = []
    if case .file(let old) = old {
      findings += comparing(bytes, with: old, excuses)
    }
    guard !bytes.isEmpty, isText || !isBinary(bytes) else { return findings }
    let start = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) }
    let name = path[(start ?? path.startIndex)...]
    findings += ends(of: bytes, excuses)
    findings += hiddenCharacters(in: bytes)
    findings += lines(of: bytes, name: name, excuses: excuses, old: old)
    if MakefileLint.applies(to: name) { findings += MakefileLint.findings(in: bytes) }
    findings += SyntaxLint.findings(in: bytes, path: path, name: name)
    if findings.count < 2 { return findings }
    return findings.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
  }

  /// Lets an entry have the lines of a text that are meant though they look like a fault, and
  /// names what they look like.
  public static func excuse(_ entry: inout FileEntry, _ bytes: [UInt8]) -> [String] {
    let rules = Set(findings(in: bytes, path: entry.path, replacing: .unknown).map(\.rule))
    if rules.contains("content-elision") { entry.elisionIsFine = true }
    if rules.contains("content-markers") { entry.markersAreFine = true }
    return [
      entry.elisionIsFine ? "an elision" : nil, entry.markersAreFine ? "conflict markers" : nil,
    ].compactMap { $0 }
  }

  /// A NUL makes a file binary, as git has it; so does what is not UTF-8.
  public static func isBinary(_ bytes: [UInt8]) -> Bool {
    bytes.has(0) || !UTF8Check.isValid(bytes)
  }

  private static func comparing(
    _ bytes: [UInt8], with old: [UInt8], _ excuses: Excuses
  ) -> [Finding] {
    var findings: [Finding] = []
    if bytes.count * 2 < old.count {
      findings.append(
        Finding(
          .warning, "content-shrinks",
          "the file shrinks from \(old.count) to \(bytes.count) bytes, by more than half",
          hint: "write the whole file, or change parts of it with 'edit'"))
    }
    if !excuses.lineEnds, !bytes.isEmpty, !bytes.has(0x0D), bytes.has(0x0A),
      hasOnlyCRLF(old)
    {
      findings.append(
        Finding(
          .warning, "content-eol", "the file's lines end in CRLF, the content's in LF",
          hint: "add 'eol: keep' to the entry"))
    }
    return findings
  }

  /// True if there are lines and every one ends in CRLF.
  public static func hasOnlyCRLF(_ bytes: [UInt8]) -> Bool {
    var lines = 0
    var previous: UInt8 = 0
    for byte in bytes {
      if byte == 0x0A {
        if previous != 0x0D { return false }
        lines += 1
      }
      previous = byte
    }
    return lines > 0
  }

  private static func ends(of bytes: [UInt8], _ excuses: Excuses) -> [Finding] {
    var findings: [Finding] = []
    if !excuses.lineEnds, bytes.has(0x0D), let line = firstOtherLineEnd(in: bytes) {
      findings.append(
        Finding(
          .warning, "content-mixed-eol", "some lines end in LF and some in CRLF or CR",
          line: line, hint: "use one kind, or 'eol: crlf' with plain LF content"))
    }
    if bytes.last != 0x0A {
      let lines = newlines(in: bytes) + 1
      findings.append(
        Finding(
          .warning, "content-final-newline", "the file's last line has no newline", line: lines,
          hint: "use 'content: |', or end a quoted text with \\n"))
    } else if bytes.count > 2, bytes[bytes.count - 2] == 0x0A {
      let lines = newlines(in: bytes)
      findings.append(
        Finding(
          .warning, "content-blank-end", "the file ends with an empty line", line: lines,
          hint: "use 'content: |' for exactly one newline at the end"))
    }
    return findings
  }

  private static func newlines(in bytes: [UInt8]) -> Int {
    bytes.withUnsafeBufferPointer { bytes in
      var count = 0
      for byte in bytes { count &+= byte == 0x0A ? 1 : 0 }
      return count
    }
  }

  /// The first line that ends otherwise than the first one does; nil if all end alike.
  private static func firstOtherLineEnd(in bytes: [UInt8]) -> Int? {
    var line = 1
    var isCRLF: Bool?
    for (index, byte) in bytes.enumerated() {
      if byte == 0x0D, index + 1 == bytes.count || bytes[index + 1] != 0x0A { return line }
      guard byte == 0x0A else { continue }
      let crlf = index > 0 && bytes[index - 1] == 0x0D
      if let isCRLF, isCRLF != crlf { return line }
      isCRLF = crlf
      line += 1
    }
    return nil
  }

  /// A byte-order mark at the beginning, and what turns text round on the screen.
  private static func hiddenCharacters(in bytes: [UInt8]) -> [Finding] {
    var findings: [Finding] = []
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      findings.append(
        Finding(
          .warning, "content-bom", "the file begins with a byte-order mark",
          hint: "leave U+FEFF out: UTF-8 needs none"))
    }
    var from = 0
    var line = 1
    var lineStart = 0
    // All of them begin with E2 (80 AA to 80 AE and 81 A6 to 81 A9).
    while let at = bytes.position(of: 0xE2, from: from) {
      for index in from..<at where bytes[index] == 0x0A {
        line += 1
        lineStart = index + 1
      }
      from = at + 1
      guard at + 2 < bytes.count else { break }
      let (second, third) = (bytes[at + 1], bytes[at + 2])
      guard
        second == 0x80 && (0xAA...0xAE).contains(third)
          || second == 0x81 && (0xA6...0xA9).contains(third)
      else { continue }
      let scalar = 0x2000 + UInt32(second & 0x3F) << 6 + UInt32(third & 0x3F)
      let column = bytes[lineStart..<at].reduce(1) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
      findings.append(
        Finding(
          .warning, "content-bidi",
          "a character that turns the direction of text (U+"
            + "\(String(scalar, radix: 16, uppercase: true))) makes the line look other than it is",
          line: line, column: column, hint: "remove it, or write it as an escape of the language"))
    }
    return findings
  }
}
