import Manifests
import Platform
import YAMLTree

/// The hunks of a patch, made for a file with its line ends: exact context, no fuzz.
///
/// A hunk is first looked for where its header says, moved by as much as the hunks before it were;
/// if it is not there it must stand at one other place only.
struct PatchScript: Transformation {
  private let hunks: [FilePatch.Hunk]

  /// With CRLF in place of LF where `crlf` says that the file has no other line ends; a patch that
  /// has both itself means what it says, such as the change of a line end.
  init(_ patch: FilePatch, crlf: Bool) {
    let namesCRLF = patch.hunks.contains { hunk in
      hunk.lines.contains { $0.bytes.suffix(2).elementsEqual([0x0D, 0x0A]) }
    }
    guard crlf, !namesCRLF else {
      hunks = patch.hunks
      return
    }
    hunks = patch.hunks.map { hunk in
      var hunk = hunk
      for index in hunk.lines.indices { hunk.lines[index].bytes = hunk.lines[index].bytes.withCRLF }
      return hunk
    }
  }

  func applied(to bytes: [UInt8]) throws(EditFailure) -> [UInt8] {
    try run(hunks, on: bytes).bytes
  }

  func unapplied(from bytes: [UInt8]) -> [UInt8]? {
    do {
      guard case .stands = try evaluated(on: bytes) else { return nil }
      let before = try run(hunks.map(\.reversed), on: bytes).bytes
      return try run(hunks, on: before).bytes == bytes ? before : nil
    } catch {
      return nil
    }
  }

  /// Stands where every hunk applies in reverse and none forward; the very places of the headers
  /// count for more than places that were looked for, and both for less than the file's ends where
  /// a hunk lacks context there.
  func evaluated(on bytes: [UInt8]) throws(EditFailure) -> TransformationOutcome {
    if hunks.isEmpty { return .stands }
    let backward = attempt(hunks.map(\.reversed), on: bytes)
    let forward = attempt(hunks, on: bytes)
    switch (forward, backward) {
    case (.failure(let failure), .failure): throw try mix(on: bytes) ?? failure
    case (.success(let result), .failure): return .changed(result.bytes)
    case (.failure, .success):
      if let mix = try mix(on: bytes) { throw mix }
      return .stands
    case (.success(let ahead), .success(let back)):
      if let isForward = isForwardByEnds(of: bytes) {
        return isForward ? .changed(ahead.bytes) : .stands
      }
      if ahead.isExact, !back.isExact { return .changed(ahead.bytes) }
      if back.isExact, !ahead.isExact { return .stands }
      // What is to go stands, and with it the lines around it: those alone prove nothing.
      if hunks.allSatisfy({ !$0.lines.contains { $0.sign == .added } }) {
        return .changed(ahead.bytes)
      }
      throw EditFailure(
        "conflict-patch", "the patch applies forward and in reverse: whether it stands is unclear",
        hint: "make the diff with more lines of context")
    }
  }

  /// Which way a patch goes that fits both ways; nil where the file's ends do not tell.
  ///
  /// A diff has as many lines of context behind a change as before it, and fewer only where the
  /// file ends (git's `match_beginning` and `match_end`): the lines of such a hunk are the file's
  /// first or last ones, before the change or after it.
  private func isForwardByEnds(of bytes: [UInt8]) -> Bool? {
    let ends = hunks.heldToEnds
    let forward = attempt(ends, on: bytes)
    let backward = attempt(ends.map(\.reversed), on: bytes)
    switch (forward, backward) {
    case (.success, .failure): return true
    case (.failure, .success): return false
    default: return nil
    }
  }

  private func attempt(
    _ hunks: [FilePatch.Hunk], on bytes: [UInt8]
  ) -> Result<(bytes: [UInt8], isExact: Bool), EditFailure> {
    do throws(EditFailure) {
      return .success(try run(hunks, on: bytes))
    } catch {
      return .failure(error)
    }
  }

  /// The error for a patch of which some hunks stand and others do not.
  private func mix(on bytes: [UInt8]) throws(EditFailure) -> EditFailure? {
    guard hunks.count > 1, hunks.count <= 1000 else { return nil }
    var standing: [String] = []
    var open = 0
    for (index, hunk) in hunks.enumerated() {
      if case .success = attempt([hunk], on: bytes) {
        open += 1
      } else if case .success = attempt([hunk.reversed], on: bytes) {
        standing.append(String(index + 1))
      }
    }
    guard !standing.isEmpty, open > 0 else { return nil }
    return EditFailure(
      "conflict-mix",
      "of \(hunks.count) hunks \(standing.count == 1 ? "one stands" : "\(standing.count) stand") "
        + "in the file already (\(standing.joined(separator: ", "))), others do not",
      hint: "leave out what stands, or take it out of the file")
  }

  // MARK: Application

  private func run(
    _ hunks: [FilePatch.Hunk], on bytes: [UInt8]
  ) throws(EditFailure) -> (bytes: [UInt8], isExact: Bool) {
    let file = PatchedFile(bytes)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var next = 0
    var offset = 0
    var isExact = true
    for (number, hunk) in hunks.enumerated() {
      let old = hunk.oldLines
      let place = try file.place(of: hunk, old, from: next, offset: offset, number: number + 1)
      for line in file.lines[next..<place] { result += line }
      for line in hunk.newLines { result += line }
      next = place + old.count
      if let start = hunk.oldStart {
        offset = place - (start - 1)
        if offset != 0 { isExact = false }
      }
    }
    for line in file.lines[next...] { result += line }
    return (result, isExact)
  }
}

/// The lines of a file, numbered so that equal ones are equal numbers.
private struct PatchedFile {
  let lines: [ArraySlice<UInt8>]
  private var numbers: [ArraySlice<UInt8>: Int] = [:]
  private let ids: [Int]

  init(_ bytes: [UInt8]) {
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
      lines.append(bytes[start..<end])
      start = end
    }
    var numbers: [ArraySlice<UInt8>: Int] = [:]
    var ids: [Int] = []
    ids.reserveCapacity(lines.count)
    for line in lines {
      let id = numbers[line] ?? numbers.count
      numbers[line] = id
      ids.append(id)
    }
    (self.lines, self.numbers, self.ids) = (lines, numbers, ids)
  }

  /// Where a hunk's old lines stand, at or behind a line.
  func place(
    of hunk: FilePatch.Hunk, _ old: [[UInt8]], from next: Int, offset: Int, number: Int
  ) throws(EditFailure) -> Int {
    if hunk.isOfEmptyFile {
      guard lines.isEmpty else {
        throw EditFailure(
          "conflict-no-match",
          "hunk \(number) (line \(hunk.line) of the patch) is for an empty file, and it is not empty",
          hint: "make the diff anew, or write the whole file by 'content'")
      }
      return 0
    }
    let wanted = old.map { numbers[$0[...]] ?? -1 }
    if let start = hunk.oldStart {
      let expected = start - 1 + offset
      if stands(wanted, at: expected), expected >= next, fits(hunk, expected, wanted.count) {
        return expected
      }
    }
    var from = next
    if let anchor = hunk.anchor { from = try place(of: anchor, from: next, number) + 1 }
    guard let search = Search(wanted) else { return from }
    let places = search.places(in: Array(ids[from...])).map { $0 + from }
      .filter { fits(hunk, $0, wanted.count) }
    if places.count == 1 || (hunk.anchor != nil && !places.isEmpty) { return places[0] }
    if places.isEmpty { throw noMatch(hunk, old, number) }
    let shown = places.prefix(6).map { String($0 + 1) }.joined(separator: ", ")
    throw EditFailure(
      "conflict-patch",
      "hunk \(number) (line \(hunk.line) of the patch) fits at several places (lines \(shown))",
      hint: "add lines of context until it fits at one only")
  }

  private func fits(_ hunk: FilePatch.Hunk, _ place: Int, _ count: Int) -> Bool {
    (!hunk.isAtEnd || place + count == lines.count) && (!hunk.isAtStart || place == 0)
  }

  private func stands(_ wanted: [Int], at place: Int) -> Bool {
    place >= 0 && place + wanted.count <= ids.count
      && ids[place..<(place + wanted.count)].elementsEqual(wanted)
  }

  private func place(
    of anchor: [UInt8], from next: Int, _ number: Int
  ) throws(EditFailure) -> Int {
    let places = lines.indices.dropFirst(next).filter { Array(lines[$0]).trimmed == anchor }
    if places.count == 1 { return places[0] }
    let text = Printable.output(anchor)
    throw EditFailure(
      "conflict-patch",
      places.isEmpty
        ? "the line '\(text)', by which change \(number) is found, does not stand in the file"
        : "the line '\(text)', by which change \(number) is found, stands \(places.count) times",
      hint: "name another line above the change after '@@'")
  }

  /// Which line of a hunk is not as the patch has it, at the place where most of them fit.
  private func noMatch(
    _ hunk: FilePatch.Hunk, _ old: [[UInt8]], _ number: Int
  ) -> EditFailure {
    let message = "hunk \(number) (line \(hunk.line) of the patch) does not fit the file"
    let place = hunk.oldStart.map { max(0, $0 - 1) }
    if let place, place < lines.count {
      for (index, line) in old.enumerated() {
        let found = place + index < lines.count ? lines[place + index] : []
        if found.elementsEqual(line) { continue }
        return EditFailure(
          "conflict-no-match", message,
          hint: "line \(place + index + 1) " + Self.difference(Array(found), line))
      }
    }
    let first = old.first { !$0.trimmed.isEmpty } ?? []
    return EditFailure(
      "conflict-no-match", message,
      hint: NearestLines.hint(forLine: first, in: lines.flatMap { $0 })
        ?? "no line of the file is like '\(Printable.output(first.trimmed))'")
  }
}

extension PatchedFile {
  /// What a line of the file is and what a patch has in its place: where only white space differs,
  /// that is what must be seen.
  fileprivate static func difference(_ found: [UInt8], _ wanted: [UInt8]) -> String {
    if found.trimmed != wanted.trimmed {
      return "is '\(Printable.output(found.trimmed))' and was to be "
        + "'\(Printable.output(wanted.trimmed))'"
    }
    func end(_ line: [UInt8]) -> ArraySlice<UInt8> {
      line.suffix(line.last != 0x0A ? 0 : line.dropLast().last == 0x0D ? 2 : 1)
    }
    func shown(_ line: [UInt8]) -> String {
      Quoted.double(String(decoding: line, as: UTF8.self), escapes: Printable.isUnsafe)
    }
    let (foundEnd, wantedEnd) = (end(found), end(wanted))
    guard found.dropLast(foundEnd.count).elementsEqual(wanted.dropLast(wantedEnd.count)) else {
      return "is \(shown(Array(found.dropLast(foundEnd.count)))) and was to be "
        + shown(Array(wanted.dropLast(wantedEnd.count)))
    }
    if foundEnd.isEmpty {
      return "has no newline at its end: write '\\ No newline at end of file' below it in the patch"
    }
    if wantedEnd.isEmpty {
      return "has a newline at its end: leave out '\\ No newline at end of file' below it"
    }
    return foundEnd.count == 2
      ? "ends in CR LF, and the patch's in LF" : "ends in LF, and the patch's in CR LF"
  }
}

extension [UInt8] {
  /// Without spaces, tabs and line ends around it.
  fileprivate var trimmed: [UInt8] {
    var slice = self[...]
    while let first = slice.first, first == 0x20 || first == 0x09 { slice = slice.dropFirst() }
    while let last = slice.last, [0x20, 0x09, 0x0A, 0x0D].contains(last) {
      slice = slice.dropLast()
    }
    return Array(slice)
  }
}

extension [FilePatch.Hunk] {
  /// The same, with the first and the last one held to the end of the file where they lack context.
  fileprivate var heldToEnds: [FilePatch.Hunk] {
    var hunks = self
    guard let first = hunks.indices.first, let last = hunks.indices.last else { return hunks }
    if hunks[first].leading < hunks[first].trailing { hunks[first].isAtStart = true }
    if hunks[last].trailing < hunks[last].leading { hunks[last].isAtEnd = true }
    return hunks
  }
}

extension FilePatch.Hunk {
  /// Lines of context before the first change, and behind the last one.
  fileprivate var leading: Int { lines.prefix { $0.sign == .context }.count }
  fileprivate var trailing: Int { lines.reversed().prefix { $0.sign == .context }.count }
}
