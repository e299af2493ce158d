import Manifests
import Platform
import YAMLTree

/// The lines of a file, numbered so that equal ones are equal numbers.
struct PatchedFile {
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
      if hunk.isAtEnd {
        return EditFailure(
          "conflict-no-match", message,
          hint: "the file goes on behind line \(place + old.count), where it ends by the patch")
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
