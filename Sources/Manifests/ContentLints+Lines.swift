import Glibc
import YAMLTree

extension ContentLints {
  /// Lints that look at each line: elision marks, conflict markers, stray fences.
  static func lines(
    of bytes: [UInt8], name: Substring, excuses: Excuses, old: Replaced
  ) -> [Finding] {
    var elisions: [(line: Int, range: Range<Int>)] = []
    var markers = MarkerScan()
    var fences = FenceScan()
    var number = 0
    bytes.withUnsafeBufferPointer { buffer in
      var start = 0
      while start < buffer.count {
        number += 1
        let rest = buffer.count - start
        let end =
          memchr(buffer.baseAddress! + start, 0x0A, rest).map {
            UnsafeRawPointer($0) - UnsafeRawPointer(buffer.baseAddress!)
          } ?? buffer.count
        defer { start = end + 1 }
        var first = start
        while first < end, buffer[first] == 0x20 || buffer[first] == 0x09 { first += 1 }
        guard first < end else { continue }
        fences.lastLine = number
        let line = UnsafeBufferPointer(rebasing: buffer[first..<end])
        switch buffer[first] {
        case UInt8(ascii: "<"), UInt8(ascii: "="), UInt8(ascii: ">"):
          if first == start { markers.take(line, number, start..<end) }
          if ElisionMark.stands(in: line) { elisions.append((number, first..<end)) }
        case UInt8(ascii: "`"), UInt8(ascii: "~"): fences.take(line, number, indent: first - start)
        case UInt8(ascii: "*") where first == start && PatchMark.stands(in: line):
          fences.marks.append(number)
        case UInt8(ascii: "#"), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: ";"),
          UInt8(ascii: "%"), UInt8(ascii: "{"), UInt8(ascii: "("), UInt8(ascii: "\""),
          UInt8(ascii: "'"), UInt8(ascii: "R"), UInt8(ascii: "r"), UInt8(ascii: "*"),
          UInt8(ascii: "["), 0xE2, UInt8(ascii: "."):
          if ElisionMark.stands(in: line) { elisions.append((number, first..<end)) }
        default: break
        }
        if fences.firstLine == 0 { fences.firstLine = number }
      }
    }
    var findings: [Finding] = []
    if !excuses.elision { findings += elisionFindings(elisions, in: bytes, old) }
    if !excuses.markers { findings += markers.findings(in: bytes, old) }
    if !fences.isEmpty { findings += fences.findings(isMarkdown: isMarkdown(name)) }
    return findings
  }

  private static func elisionFindings(
    _ found: [(line: Int, range: Range<Int>)], in bytes: [UInt8], _ old: Replaced
  ) -> [Finding] {
    guard !found.isEmpty else { return [] }
    let known = oldLines(old)
    return found.compactMap { line, range in
      if known.contains(trimmed(bytes[range])) { return nil }
      let inTree = if case .unknown = old { false } else { true }
      return Finding(
        inTree ? .error : .warning, "content-elision",
        "the line stands for text that was left out", line: line,
        column: 1 + indent(of: range, in: bytes), width: range.count,
        hint: "write out the whole file, use 'edit' for a part of it, or say 'elision: ok'")
    }
  }

  private static func indent(of range: Range<Int>, in bytes: [UInt8]) -> Int {
    range.lowerBound - (bytes[..<range.lowerBound].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0)
  }

  /// The trimmed lines of the old file that could excuse one of the new.
  static func oldLines(_ old: Replaced) -> Set<[UInt8]> {
    guard case .file(let bytes) = old else { return [] }
    var lines: Set<[UInt8]> = []
    for line in Lines(bytes) { lines.insert(trimmed(line.bytes)) }
    return lines
  }

  static func trimmed(_ line: ArraySlice<UInt8>) -> [UInt8] {
    let blank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
    guard let first = line.firstIndex(where: { !blank($0) }),
      let last = line.lastIndex(where: { !blank($0) })
    else { return [] }
    return Array(line[first...last])
  }

  static func isMarkdown(_ name: Substring) -> Bool {
    [".md", ".markdown", ".mdx", ".qmd", ".rmd"].contains { name.lowercased().hasSuffix($0) }
  }
}

/// Conflict markers: the three in order, each at a line's beginning.
private struct MarkerScan {
  private var opening: (line: Int, range: Range<Int>)?
  private var divided = false
  private var complete: [(line: Int, range: Range<Int>)] = []

  mutating func take(_ line: UnsafeBufferPointer<UInt8>, _ number: Int, _ range: Range<Int>) {
    guard line.count >= 7, line[0..<7].allSatisfy({ $0 == line[0] }) else { return }
    var length = line.count
    if line[length - 1] == 0x0D { length -= 1 }
    guard length == 7 || line[7] == 0x20 else { return }
    switch line[0] {
    case UInt8(ascii: "<"):
      opening = (number, range)
      divided = false
    case UInt8(ascii: "="): if opening != nil, length == 7 { divided = true }
    default:
      if divided, let opening { complete.append(opening) }
      opening = nil
      divided = false
    }
  }

  func findings(in bytes: [UInt8], _ old: ContentLints.Replaced) -> [Finding] {
    guard !complete.isEmpty else { return [] }
    let known = ContentLints.oldLines(old)
    return complete.compactMap { line, range in
      let text = ContentLints.trimmed(bytes[range])
      if known.contains(text) { return nil }
      let isEdit = text == SearchReplace.opening
      return Finding(
        .error, "content-markers", "conflict markers begin here", line: line, width: text.count,
        hint: isEdit
          ? "SEARCH/REPLACE blocks go into 'edit: |', not into a content"
          : "resolve the conflict, or say 'markers: ok' if they are meant")
    }
  }
}

/// A fence of Markdown that slipped into a file with the answer it stood in.
private struct FenceScan {
  var firstLine = 0
  var lastLine = 0
  /// Lines of a `*** Begin Patch` envelope.
  var marks: [Int] = []
  private var fences: [(line: Int, isBare: Bool)] = []

  var isEmpty: Bool { fences.isEmpty && marks.isEmpty }

  mutating func take(_ line: UnsafeBufferPointer<UInt8>, _ number: Int, indent: Int) {
    guard indent < 4, line.count >= 3, line[1] == line[0], line[2] == line[0] else { return }
    let rest = line.drop { $0 == line[0] }
    fences.append((number, rest.allSatisfy { $0 == 0x20 || $0 == 0x0D }))
  }

  func findings(isMarkdown: Bool) -> [Finding] {
    marks.filter { $0 == firstLine || $0 == lastLine }.map {
      Finding(
        .warning, "content-fence",
        "a line of a patch's envelope stands at the end of the file's text",
        line: $0, width: 13, hint: "remove it, or put the whole patch into 'patch: |'")
    } + strayFences(isMarkdown: isMarkdown)
  }

  private func strayFences(isMarkdown: Bool) -> [Finding] {
    // In Markdown fences are at home; only one without its other half is astray.
    if isMarkdown && fences.count % 2 == 0 { return [] }
    var findings: [Finding] = []
    if let first = fences.first, first.line == firstLine { findings.append(finding(first.line)) }
    if let last = fences.last, last.line == lastLine, last.isBare, last.line != firstLine {
      findings.append(finding(last.line))
    }
    return findings
  }

  private func finding(_ line: Int) -> Finding {
    Finding(
      .warning, "content-fence",
      "a Markdown fence stands at the \(line == firstLine ? "beginning" : "end") of the file's text",
      line: line, width: 3, hint: "remove the fence: content is the file's bytes only")
  }
}

/// The lines around a patch in the `*** Begin Patch` envelope.
private enum PatchMark {
  static func stands(in line: UnsafeBufferPointer<UInt8>) -> Bool {
    line.elementsEqual("*** End Patch".utf8) || line.elementsEqual("*** Begin Patch".utf8)
  }
}
