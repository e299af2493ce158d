import Platform
import YAMLTree

extension ManifestReader {
  /// What an entry may say besides its action.
  func readOptions(_ fields: Fields, _ entry: inout FileEntry) {
    entry.isExecutable = fields.bool("executable")
    entry.mode = mode(fields)
    entry.digest = fields["sha256"].flatMap { digest($0, "'sha256'") }
    entry.bytes = fields.int("bytes")
    entry.lines = fields.int("lines")
    entry.elisionIsFine = isOK(fields, "elision")
    entry.markersAreFine = isOK(fields, "markers")
    entry.before = before(fields, at: entry.path)
    entry.endOfLine = fields.choice("eol")
    entry.expands = fields.bool("expand") ?? false
    entry.isFrozen = fields.bool("frozen") ?? false
    entry.condition = condition(fields)
  }

  private func mode(_ fields: Fields) -> UInt32? {
    guard let node = fields["mode"], let text = reader.text(node, "'mode'") else { return nil }
    let digits = text.utf8.allSatisfy { (0x30...0x37).contains($0) }
    guard digits, (3...5).contains(text.utf8.count), let bits = UInt32(text, radix: 8),
      bits <= 0o7777
    else {
      diagnostics.error(
        "mode", "'mode' cannot be '\(Excerpt.short(text))'", at: node,
        hint: "write four octal digits in quotes, such as \"0644\"")
      return nil
    }
    guard bits <= 0o777 else {
      diagnostics.error(
        "mode-special", "the mode '\(text)' sets setuid, setgid or sticky, which is not allowed",
        at: node, hint: "write \"0\(String(bits & 0o777, radix: 8))\"")
      return nil
    }
    guard text.utf8.count == 4 else {
      diagnostics.error(
        "mode", "the mode '\(text)' has not four digits", at: node,
        hint: "write \"0\(text.suffix(3))\"")
      return nil
    }
    return bits
  }

  private func digest(_ node: Node, _ what: String) -> Digest? {
    guard let text = reader.text(node, what) else { return nil }
    if let digest = Digest(hex: text) { return digest }
    diagnostics.error(
      "sha256", "\(what) is not a SHA-256 digest", at: node,
      hint: "write 64 hexadecimal digits, as 'sha256sum FILE' prints them")
    return nil
  }

  private func isOK(_ fields: Fields, _ name: String) -> Bool {
    guard let node = fields[name], let text = reader.text(node, "'\(name)'") else { return false }
    if text != "ok" {
      diagnostics.error(
        "unknown-word", "'\(name)' cannot be '\(Excerpt.short(text))'", at: node,
        hint: "write '\(name): ok', or leave it out")
    }
    return true
  }

  private func before(_ fields: Fields, at path: String) -> FileEntry.Before? {
    guard let node = fields["was"], let text = reader.text(node, "'was'") else { return nil }
    switch text {
    case "absent": return .absent
    case "present": return .present
    default: break
    }
    if text.hasPrefix("sha256:"), let digest = Digest(hex: text.dropFirst(7)) {
      return .digest(digest)
    }
    if text.hasPrefix("symlink:"), text.utf8.count > 8 {
      return .symlink(target: String(text.dropFirst(8)))
    }
    let isHex = Digest(hex: text) != nil
    diagnostics.error(
      "was", "'was' cannot be '\(Excerpt.short(text))'", at: node,
      hint: isHex
        ? "write 'sha256:' before the digest"
        : "write absent, present, sha256:HEX (64 digits) or symlink:TARGET")
    return nil
  }

  /// Checks what can be known of an entry's content without a tree.
  func checkContent(_ entry: inout FileEntry, _ node: Node?, isBase64: Bool) {
    guard case .content(let text) = entry.action, let node else { return }
    let checksItself = entry.digest != nil || entry.bytes != nil || entry.lines != nil
    guard options.lintsContents || checksItself || entry.expands else { return }
    let bytes = text.decoded()
    if entry.expands { checkParameters(bytes, node) }
    var findings: [Finding] = []
    if checksItself, !entry.expands, entry.endOfLine == nil {
      findings += SelfCheck.findings(in: bytes, entry)
    }
    if options.lintsContents {
      findings += ContentLints.findings(
        in: bytes, path: entry.path, excuses: ContentLints.Excuses(entry), replacing: .unknown,
        isText: text.isCheckedText)
    }
    for var finding in findings {
      // The lines of a decoded content are not those of its base64.
      if isBase64 { (finding.line, finding.column) = (1, 1) }
      diagnostics.add(
        isBase64
          ? finding.diagnostic(in: diagnostics.source, at: entry.mark)
          : finding.diagnostic(in: diagnostics.source, at: node.start))
    }
  }
}
