/// What single lines of a unified diff are.
extension PatchReader {
  /// True at the line above a mail's signature, with the signature: git writes its version there.
  var isSignature: Bool {
    guard let text = rest("--"), text.isEmpty || text == " ", index + 1 < lines.count,
      let next = lines[index + 1].first
    else { return false }
    return !" +-\\@\r\n".utf8.contains(next)
  }

  /// Passes over a signature, which may have several lines.
  mutating func skipSignature() {
    while line != nil, !isHunkHeader, !isFileHeader { index += 1 }
  }

  /// True where another hunk or file begins, as no line of a hunk does.
  var isHunkHeader: Bool { peek("@@ ") || peek("diff --git ") }

  var isFileHeader: Bool { peek("--- ") && peek("+++ ", ahead: 1) }

  /// Takes the newline of the line above; false where there is none to take.
  func endWithoutNewline(_ hunk: inout FilePatch.Hunk) -> Bool {
    guard let last = hunk.lines.indices.last, hunk.lines[last].bytes.last == 0x0A else {
      return false
    }
    hunk.lines[last].bytes.removeLast()
    hunk.isAtEnd = true
    return true
  }
}
