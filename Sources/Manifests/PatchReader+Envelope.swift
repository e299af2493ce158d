import YAMLTree

/// The `*** Begin Patch` envelope: changes found by their lines, without numbers.
extension PatchReader {
  mutating func readEnvelope(_ path: String?) {
    index += 1
    var files = 0
    while faults.isEmpty, line != nil {
      if peek("*** End Patch") {
        index += 1
        while isBlank, line != nil { index += 1 }
        if line != nil {
          fail("patch-line", "text after '*** End Patch'", at: index + 1, hint: "leave it out")
        } else if files == 0 {
          fail("patch-empty", "the patch changes nothing", at: 1, hint: "name a file in it")
        }
        return
      }
      files += 1
      if files > 1 { return failSecond() }
      readEnvelopeFile(path)
    }
    if faults.isEmpty {
      fail(
        "patch-end", "the patch does not end with '*** End Patch'", at: lines.count,
        hint: "it may be cut off: send it whole")
    }
  }

  private mutating func readEnvelopeFile(_ path: String?) {
    if let name = rest("*** Add File: ") {
      check(name, path)
      patch.kind = .create
      index += 1
      readEnvelopeHunk(FilePatch.Hunk(line: index + 1))
      if patch.hunks.contains(where: { !$0.oldLines.isEmpty }) {
        fail("patch-new", "a new file has no old lines", at: 1, hint: "begin every line with '+'")
      }
    } else if let name = rest("*** Delete File: ") {
      check(name, path)
      patch.kind = .delete
      index += 1
    } else if let name = rest("*** Update File: ") {
      index += 1
      if let target = rest("*** Move to: ") {
        check(target, path)
        patch.kind = .rename(from: name)
        index += 1
      } else {
        check(name, path)
      }
      while faults.isEmpty, line != nil, !peek("*** ") { readEnvelopeChange() }
    } else {
      fail(
        "patch-line", "this line does not name a file", at: index + 1,
        hint: "write '*** Update File: PATH', '*** Add File: PATH' or '*** Delete File: PATH'")
    }
  }

  private mutating func readEnvelopeChange() {
    var hunk = FilePatch.Hunk(line: index + 1)
    if let text = rest("@@") {
      let anchor = ContentLints.trimmed(Array(text.utf8)[...])
      if !anchor.isEmpty { hunk.anchor = anchor }
      index += 1
    }
    readEnvelopeHunk(hunk)
    guard faults.isEmpty, let last = patch.hunks.last else { return }
    if last.oldLines.isEmpty {
      fail(
        "patch-context", "this change has no line to find its place by", at: last.line,
        hint: "write the lines around it, each after a space")
    }
  }

  private mutating func readEnvelopeHunk(_ start: FilePatch.Hunk) {
    var hunk = start
    while let line, let first = line.first {
      if peek("*** End of File") {
        hunk.isAtEnd = true
        index += 1
        break
      }
      if peek("@@") || peek("*** ") { break }
      if first == 0x0A || first == 0x0D {
        hunk.lines.append(.init(sign: .context, bytes: Array(line)))
      } else if let sign = FilePatch.Hunk.Line.Sign(rawValue: first) {
        hunk.lines.append(.init(sign: sign, bytes: Array(line.dropFirst())))
      } else {
        return fail(
          "patch-line", "this line has no sign", at: index + 1,
          hint: "begin it with ' ', '-' or '+'")
      }
      index += 1
    }
    if hunk.lines.isEmpty {
      return fail("patch-empty", "this change has no lines", at: hunk.line, hint: "leave it out")
    }
    patch.hunks.append(hunk)
  }
}
