import Platform
import YAMLTree

/// Reads a patch for one file: a unified diff with git's headers, or a `*** Begin Patch` envelope.
struct PatchReader {
  /// What is wrong with the patch, with its line.
  var faults: [Finding] = []

  /// What the `diff --git` line has before its names.
  private var prefixes: (old: String, new: String)?

  let lines: [ArraySlice<UInt8>]
  var index = 0
  var patch = FilePatch()

  static func read(_ text: [UInt8], for path: String?) -> Result<FilePatch, PatchFaults> {
    var reader = PatchReader(text)
    if reader.peek("*** Begin Patch") {
      reader.readEnvelope(path)
    } else {
      reader.readDiff(path)
    }
    return reader.faults.isEmpty
      ? .success(reader.patch) : .failure(PatchFaults(all: reader.faults))
  }

  private init(_ text: [UInt8]) {
    // With their newlines; the last one gets one, which a patch does not mean.
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    while start < text.count {
      let end = text[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? text.count
      lines.append(text[start..<end])
      start = end
    }
    if let last = lines.last, last.last != 0x0A { lines[lines.count - 1] = (last + [0x0A])[...] }
    self.lines = lines
  }

  // MARK: Lines

  var line: ArraySlice<UInt8>? { index < lines.count ? lines[index] : nil }

  func peek(_ prefix: String, ahead: Int = 0) -> Bool {
    index + ahead < lines.count && lines[index + ahead].starts(with: prefix.utf8)
  }

  /// The line's text behind a prefix, without its line end.
  func rest(_ prefix: String) -> String? { lineText(ahead: 0, behind: prefix) }

  private func lineText(ahead: Int, behind prefix: String) -> String? {
    guard peek(prefix, ahead: ahead) else { return nil }
    var rest = lines[index + ahead].dropFirst(prefix.utf8.count)
    while let last = rest.last, last == 0x0A || last == 0x0D { rest = rest.dropLast() }
    return String(decoding: rest, as: UTF8.self)
  }

  var isBlank: Bool {
    line?.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D } ?? true
  }

  mutating func fail(_ rule: String, _ message: String, at line: Int, hint: String) {
    faults.append(Finding(.error, rule, message, line: line, hint: hint))
  }

  // MARK: Unified diffs

  private mutating func readDiff(_ path: String?) {
    var files = 0
    while faults.isEmpty, line != nil {
      if peek("diff --git ") {
        files += 1
        if files > 1 || patch.newName != nil || !patch.hunks.isEmpty { return failSecond() }
        let pair = rest("diff --git ").flatMap(GitPath.pair)
        (patch.headerName, prefixes) = (pair?.new, pair?.prefixes)
        index += 1
        readGitHeaders()
      } else if peek("--- "), peek("+++ ", ahead: 1) {
        if patch.oldName != nil || patch.newName != nil || !patch.hunks.isEmpty {
          return failSecond()
        }
        readNames()
      } else if peek("@@ ") || peek("@@") {
        readHunk()
      } else if isBlank {
        index += 1
      } else if index > 0, isSignature {
        skipSignature()
      } else {
        fail(
          "patch-line", "this line belongs to no part of a unified diff", at: index + 1,
          hint: "leave out what is not the diff itself")
      }
    }
    if faults.isEmpty { checkWhole(path) }
  }

  mutating func failSecond() {
    fail(
      "patch-files", "the patch has a second file, and its entry names one", at: index + 1,
      hint: "write one entry for each file")
  }

  private mutating func readGitHeaders() {
    while line != nil {
      if let mode = rest("new file mode ") {
        patch.kind = .create
        patch.newMode = mode8(mode)
      } else if let mode = rest("deleted file mode ") {
        patch.kind = .delete
        patch.oldMode = mode8(mode)
      } else if let mode = rest("old mode ") {
        patch.oldMode = mode8(mode)
      } else if let mode = rest("new mode ") {
        patch.newMode = mode8(mode)
      } else if let name = rest("rename from ") {
        patch.kind = .rename(from: GitPath.unquoted(name))
      } else if let name = rest("copy from ") {
        patch.kind = .copy(from: GitPath.unquoted(name))
      } else if let name = rest("rename to ") ?? rest("copy to ") {
        patch.headerName = GitPath.unquoted(name)
      } else if peek("GIT binary patch") || peek("Binary files ") {
        fail(
          "patch-binary", "the patch holds a binary file", at: index + 1,
          hint: "write the file by 'base64' or 'from'")
        return
      } else if rest("index ") == nil, rest("similarity index ") == nil,
        rest("dissimilarity index ") == nil
      {
        return
      }
      index += 1
    }
  }

  private mutating func mode8(_ text: String) -> UInt32? {
    if let mode = UInt32(text, radix: 8), [0o100644, 0o100755, 0o120000].contains(mode) {
      return mode
    }
    fail(
      "patch-mode", "the mode '\(Printable.escaped(text))' is none that a file can have",
      at: index + 1, hint: "100644, 100755 and 120000 are known")
    return nil
  }

  private mutating func readNames() {
    let (old, new) = (rest("--- ") ?? "", lineText(ahead: 1, behind: "+++ ") ?? "")
    index += 2
    let hunk = rest("@@ ") ?? ""
    (patch.oldName, patch.newName) = (GitPath.name(old), GitPath.name(new))
    switch patch.kind {
    // What a rename says is said without prefixes.
    case .rename(let source), .copy(let source):
      (patch.oldName, patch.newName) = (source, patch.headerName ?? patch.newName)
    case .modify, .create, .delete:
      // Of a single name it is not known whether 'b/' is a folder.
      guard prefixes != nil || (patch.oldName != nil && patch.newName != nil) else { break }
      (patch.oldName, patch.newName) = GitPath.stripped(patch.oldName, patch.newName, prefixes)
    }
    if GitPath.isNeverThere(old, span: hunk, sign: "-") { patch.oldName = nil }
    if GitPath.isNeverThere(new, span: hunk, sign: "+") { patch.newName = nil }
    if patch.oldName == nil, patch.kind == .modify { patch.kind = .create }
    if patch.newName == nil, patch.kind == .modify { patch.kind = .delete }
  }

  /// A hunk, whose lines must be as many as its header says.
  private mutating func readHunk() {
    let header = index + 1
    guard let spans = Self.spans(rest("@@") ?? "") else {
      return fail(
        "patch-hunk", "the header of hunk \(patch.hunks.count + 1) cannot be read", at: header,
        hint: "write '@@ -START,COUNT +START,COUNT @@'")
    }
    index += 1
    var hunk = FilePatch.Hunk(line: header)
    (hunk.oldStart, hunk.newStart) = (spans.old.start, spans.new.start)
    var (old, new) = (0, 0)
    // The lines that end without a newline, by their places in the hunk and in the patch.
    var open: [(index: Int, line: Int)] = []
    while let line, let first = line.first {
      let isComplete = old == spans.old.count && new == spans.new.count
      // A removed line '-- x' and an added one '++ y' look like a header while both are missing.
      let isFull = old >= spans.old.count || new >= spans.new.count
      if isHunkHeader || (isFull && isFileHeader) { break }
      if first == 0x5C {
        if endWithoutNewline(&hunk) { open.append((hunk.lines.count - 1, index + 1)) }
      } else if isComplete, isSignature {
        break
      } else if first == 0x0A || first == 0x0D {
        // An editor took the space of an empty context line away.
        if isComplete { break }
        hunk.lines.append(.init(sign: .context, bytes: Array(line)))
        (old, new) = (old + 1, new + 1)
      } else if let sign = FilePatch.Hunk.Line.Sign(rawValue: first) {
        hunk.lines.append(.init(sign: sign, bytes: Array(line.dropFirst())))
        (old, new) = (old + (sign == .added ? 0 : 1), new + (sign == .removed ? 0 : 1))
      } else if isComplete {
        break
      } else {
        return fail(
          "patch-line", "this line of hunk \(patch.hunks.count + 1) has no sign", at: index + 1,
          hint: "begin it with ' ', '-' or '+'")
      }
      index += 1
    }
    if old != spans.old.count || new != spans.new.count {
      fail(
        "patch-count",
        "hunk \(patch.hunks.count + 1) has \(old) old and \(new) new lines, and its header says "
          + "\(spans.old.count) and \(spans.new.count)", at: header,
        hint: "write '@@ -\(spans.old.start),\(old) +\(spans.new.start),\(new) @@'")
    }
    for (place, line) in open where !hunk.isLast(place) {
      fail(
        "patch-line", "this line says that the file ends above it, and the hunk goes on", at: line,
        hint: "leave it out, or put it below the last line")
    }
    patch.hunks.append(hunk)
  }

  private typealias Span = (start: Int, count: Int)

  /// `-1,2 +3,4 @@`: the spans of a header behind its first `@@`.
  private static func spans(_ text: String) -> (old: Span, new: Span)? {
    let parts = text.split(separator: " ", maxSplits: 2)
    guard parts.count == 3, parts[0].hasPrefix("-"), parts[1].hasPrefix("+"),
      parts[2].hasPrefix("@@")
    else { return nil }
    func span(_ text: Substring) -> Span? {
      let numbers = text.dropFirst().split(separator: ",", omittingEmptySubsequences: false)
      guard let first = numbers.first, numbers.count <= 2, let start = number(first) else {
        return nil
      }
      guard numbers.count == 2 else { return (start, 1) }
      return number(numbers[1]).map { (start, $0) }
    }
    guard let old = span(parts[0]), let new = span(parts[1]) else { return nil }
    return (old, new)
  }

  /// A number of at most nine digits.
  private static func number(_ text: Substring) -> Int? {
    guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return Int(text)
  }

  // MARK: The whole

  private mutating func checkWhole(_ path: String?) {
    if patch.hunks.isEmpty, patch.kind == .modify, patch.newMode == nil {
      fail("patch-empty", "the patch changes nothing", at: 1, hint: "write at least one hunk")
    }
    if patch.kind != .create, patch.kind != .delete, patch.newMode == 0o120000 {
      fail(
        "patch-mode", "the patch makes a link of a file", at: 1,
        hint: "write the link as an entry: '{path: …, symlink: TARGET}'")
    }
    for (number, hunk) in patch.hunks.enumerated() where patch.kind != .create {
      // '@@ -0,0 +1 @@' has a place: the file is empty.
      if hunk.isOfEmptyFile, patch.hunks.count == 1 { continue }
      if hunk.lines.allSatisfy({ $0.sign == .added }) {
        fail(
          "patch-context", "hunk \(number + 1) has no line to find its place by", at: hunk.line,
          hint: "make the diff with lines of context")
      }
    }
    if patch.kind == .create, patch.hunks.contains(where: { !$0.oldLines.isEmpty }) {
      fail("patch-new", "a new file has no old lines", at: 1, hint: "begin every line with '+'")
    }
    if patch.kind == .delete, patch.hunks.contains(where: { !$0.newLines.isEmpty }) {
      fail("patch-deleted", "a deleted file has no new lines", at: 1, hint: "use 'delete: true'")
    }
    let names =
      [patch.headerName, patch.newName, patch.kind == .modify ? patch.oldName : nil]
    for name in names.compactMap({ $0 }) { check(name, path) }
  }

  /// A name of a header is the entry's path; nil for a path that is not known yet.
  mutating func check(_ name: String, _ path: String?) {
    guard let path, name != path, faults.isEmpty else { return }
    let stripped = name.hasPrefix("a/") || name.hasPrefix("b/") ? name.dropFirst(2) : name[...]
    if stripped.utf8.elementsEqual(path.utf8) { return }
    fail(
      "patch-path", "the patch is for '\(Printable.escaped(String(stripped)))'", at: 1,
      hint: "the entry names '\(Printable.escaped(path))': correct one of them")
  }
}

extension FilePatch {
  /// Reads the patch of one file; nil for a path that parameters decide, which no header is held
  /// to then.
  public static func read(
    _ text: [UInt8], for path: String?
  ) -> Result<FilePatch, PatchFaults> {
    PatchReader.read(text, for: path)
  }
}

/// What is wrong with a patch.
public struct PatchFaults: Error {
  public let all: [Finding]
}
