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

  func evaluated(on bytes: [UInt8]) throws(EditFailure) -> TransformationOutcome {
    if hunks.isEmpty { return .stands }
    switch direction(of: hunks, heldToEnds: hunks.heldToEnds, on: bytes) {
    case .neither(let failure): throw mix(on: bytes) ?? failure
    case .forward(let result): return .changed(result)
    case .backward(let isOnly):
      if isOnly, let mix = mix(on: bytes) { throw mix }
      return .stands
    case .unclear:
      throw EditFailure(
        "conflict-patch", "the patch applies forward and in reverse: whether it stands is unclear",
        hint: "make the diff with more lines of context")
    }
  }

  /// Which way hunks go in a file.
  private enum Direction {
    /// They are to be made, with the result.
    case forward([UInt8])
    /// They stand; `isOnly` where they do not apply forward at all.
    case backward(isOnly: Bool)
    case unclear
    case neither(EditFailure)
  }

  /// Hunks stand where all apply in reverse and not forward; the very places of the headers
  /// count for more than places that were looked for, and both for less than the file's ends where
  /// a hunk lacks context there.
  private func direction(
    of hunks: [FilePatch.Hunk], heldToEnds held: [FilePatch.Hunk], on bytes: [UInt8]
  ) -> Direction {
    let backward = attempt(hunks.map(\.reversed), on: bytes)
    let forward = attempt(hunks, on: bytes)
    switch (forward, backward) {
    case (.failure(let failure), .failure): return .neither(failure)
    case (.success(let result), .failure): return .forward(result.bytes)
    case (.failure, .success): return .backward(isOnly: true)
    case (.success(let ahead), .success(let back)):
      if let isForward = isForwardByEnds(held, of: bytes) {
        return isForward ? .forward(ahead.bytes) : .backward(isOnly: false)
      }
      if ahead.isExact, !back.isExact { return .forward(ahead.bytes) }
      if back.isExact, !ahead.isExact { return .backward(isOnly: false) }
      // What is to go stands, and with it the lines around it: those alone prove nothing.
      if hunks.allSatisfy({ !$0.lines.contains { $0.sign == .added } }) {
        return .forward(ahead.bytes)
      }
      return .unclear
    }
  }

  /// Which way a patch goes that fits both ways; nil where the file's ends do not tell.
  ///
  /// A diff has as many lines of context behind a change as before it, and fewer only where the
  /// file ends (git's `match_beginning` and `match_end`): the lines of such a hunk are the file's
  /// first or last ones, before the change or after it.
  private func isForwardByEnds(_ ends: [FilePatch.Hunk], of bytes: [UInt8]) -> Bool? {
    let forward = attempt(ends, on: bytes)
    let backward = attempt(ends.map(\.reversed), on: bytes)
    switch (forward, backward) {
    case (.success, .failure): return true
    case (.failure, .success): return false
    case (.success(let ahead), .success(let back)):
      return ahead.isExact == back.isExact ? nil : ahead.isExact
    case (.failure, .failure): return nil
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
  ///
  /// What a hunk appends finds its place behind its own result, too: a hunk is open only where it
  /// does not stand.
  private func mix(on bytes: [UInt8]) -> EditFailure? {
    guard hunks.count > 1, hunks.count <= 1000 else { return nil }
    let held = hunks.heldToEnds
    var standing: [String] = []
    var open = 0
    for (index, hunk) in hunks.enumerated() {
      switch direction(of: [hunk], heldToEnds: [held[index]], on: bytes) {
      case .forward: open += 1
      case .backward: standing.append(String(index + 1))
      case .unclear, .neither: break
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
