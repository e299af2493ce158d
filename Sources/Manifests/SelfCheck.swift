import Platform
import YAMLTree

/// What an entry says of its own result: `sha256`, `bytes`, `lines`.
public enum SelfCheck {
  /// Every one of them that is not so.
  public static func findings(in bytes: [UInt8], _ entry: FileEntry) -> [Finding] {
    var findings: [Finding] = []
    if let expected = entry.bytes, expected != bytes.count {
      findings.append(
        Finding(
          .error, "check-bytes", "the file has \(bytes.count) bytes, not \(expected)",
          hint: "text was lost or added on the way: compare the file's end, then correct 'bytes'"))
    }
    if let expected = entry.lines {
      let lines = lineCount(bytes)
      if lines != expected {
        findings.append(
          Finding(
            .error, "check-lines", "the file has \(lines) lines, not \(expected)",
            hint: "text was lost or added on the way: compare the file's end, then correct 'lines'"
          ))
      }
    }
    if let expected = entry.digest {
      let digest = Digest(of: bytes)
      if digest != expected {
        findings.append(
          Finding(
            .error, "check-sha256",
            "the file's SHA-256 is \(digest.hex.prefix(16))…, not \(expected.hex.prefix(16))…",
            hint: "the text is not the one that was meant; its digest is \(digest.hex)"))
      }
    }
    return findings
  }

  /// Lines as an editor counts them: a last one without newline is one too.
  static func lineCount(_ bytes: [UInt8]) -> Int {
    let newlines = bytes.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) }
    return bytes.isEmpty || bytes.last == 0x0A ? newlines : newlines + 1
  }
}

extension FileEntry {
  /// True if the entry says something of its own result.
  public var checksItself: Bool { digest != nil || bytes != nil || lines != nil }
}
