public import Platform
public import Transport

/// Judges a reply strictly: the whole of it or nothing.
public struct ReplyJudge: Sendable {
  private let scope: RepairScope
  /// What stands at the paths that were shown or are named; a path that is not here is absent.
  private let files: [RelativePath: [UInt8]]
  /// Those of them that the reply was written without.
  private let unseen: Set<RelativePath>
  private let redaction: Redaction?

  /// `redaction` gives each file the secrets back that were taken out of it.
  public init(
    scope: RepairScope, files: [RelativePath: [UInt8]], unseen: Set<RelativePath> = [],
    redaction: Redaction? = nil
  ) {
    self.unseen = unseen
    self.scope = scope
    self.files = files
    self.redaction = redaction
  }

  /// Why a reply is not whole, by what the endpoint says and by its own end; nil where it is.
  ///
  /// A missing end line is forgiven where all else says that the reply is whole.
  public static func fault(
    in reply: ModelReply, read text: ReplyText, cap: Int
  ) -> Rejection? {
    if reply.wasCut {
      return Rejection(.degenerate, "the reply repeated itself and was cut")
    }
    switch reply.finish {
    case .stop: break
    case .length: return Rejection(.truncated, "the reply ended at its length limit")
    case .contentFilter: return Rejection(.truncated, "the reply was cut by a content filter")
    case .unknown(let word):
      let why = word.isEmpty ? "without saying why" : "with '\(Printable.escaped(word))'"
      return Rejection(.truncated, "the reply ended \(why)")
    }
    if let usage = reply.usage, usage.output >= cap, !text.hasEnd {
      return Rejection(
        .truncated, "the reply filled its limit of \(cap) tokens without its end line")
    }
    return nil
  }

  /// All that a reply proposes as files, or the exact reason why nothing of it is taken.
  public func judge(_ reply: ReplyText) throws(Rejection) -> Proposal {
    if let unclosed = reply.unclosed {
      throw Rejection(.truncated, "\(unclosed) is not closed: the reply is not whole")
    }
    if let fault = reply.faults.first { throw Rejection(.malformed, fault) }
    let items = reply.items.filter { $0.word == nil || isMeantAsFile($0, of: reply) }
    if items.isEmpty { throw Rejection(.monologue, "the reply has no file and no edit") }
    var results: [RelativePath: [UInt8]] = [:]
    var wholes = Set<RelativePath>()
    for item in items where !repeatsWhatStands(item) {
      let path = try path(of: item)
      switch item.change {
      case .delete:
        throw Rejection(.forbidden, "'\(path)' would be deleted; a repair only edits")
      case .whole(let bytes):
        if unseen.contains(path) {
          throw Rejection(
            .malformed, "'\(path)' stands there and was not shown, so a whole file would lose it")
        }
        if files[path]?.hasHiddenCharacters ?? false {
          throw Rejection(
            .malformed,
            "'\(path)' has characters that cannot be shown, which a whole file would lose; change its "
              + "lines by SEARCH blocks")
        }
        let content = try aligned(restored(bytes, path), to: files[path], named: path)
        if results[path] != nil, results[path] != content {
          throw Rejection(.malformed, "'\(path)' stands twice in the reply")
        }
        wholes.insert(path)
        results[path] = content
      case .blocks(let blocks):
        if wholes.contains(path) {
          throw Rejection(.malformed, "'\(path)' stands twice in the reply")
        }
        var content = results[path] ?? files[path] ?? []
        for block in blocks {
          do throws(Rejection) {
            content = try applied(block, to: content, at: path)
          } catch {
            throw Rejection(error.kind, "'\(path)': \(error.reason)", nearest: error.nearest)
          }
        }
        results[path] = content
      }
    }
    return try proposal(results)
  }

  /// A file after a block: by the only divider that it can have, or by the last one whose search text
  /// stands in the file once.
  private func applied(
    _ block: ReplyText.Block, to content: [UInt8], at path: RelativePath
  ) throws(Rejection) -> [UInt8] {
    for reading in [block] + block.otherwise {
      let own = ReplyText.Block(
        search: restored(reading.search, path), replace: restored(reading.replace, path))
      do throws(Rejection) {
        return try BlockMatch.apply(own, to: content)
      } catch {
        if !block.isAmbiguous { throw error }
      }
    }
    throw Rejection(
      .malformed,
      "a line of equal signs in a SEARCH block may be its divider; write all markers of that block "
        + "with eight signs")
  }

  private func restored(_ bytes: [UInt8], _ path: RelativePath) -> [UInt8] {
    redaction?.restore(bytes, of: path) ?? bytes
  }

  private func proposal(_ results: [RelativePath: [UInt8]]) throws(Rejection) -> Proposal {
    for path in results.keys.sorted() {
      var above = path.parent
      while let folder = above {
        if results[folder] != nil {
          throw Rejection(
            .forbidden, "'\(path)' lies below '\(folder)', which the reply makes a file")
        }
        above = folder.parent
      }
    }
    var changed: [Proposal.File] = []
    for (path, content) in results.sorted(by: { $0.key < $1.key }) {
      let before = files[path]
      if before == content { continue }
      try check(content, over: before, at: path)
      changed.append(Proposal.File(path: path, before: before, after: content))
    }
    if changed.isEmpty {
      throw Rejection(.unchanged, "the reply leaves every file as it is")
    }
    return Proposal(files: changed)
  }

  /// True for a fence of commands or output that stands for the one file that may be edited.
  private func isMeantAsFile(_ item: ReplyText.Item, of reply: ReplyText) -> Bool {
    guard reply.items.count == 1, scope.editable.count == 1, let file = scope.editable.first,
      let word = item.word
    else { return false }
    let isShell =
      PlainPrompt.language(of: file) == "bash"
      || files[file]?.plainLines.first.map {
        $0.text.hasPrefix("#!") && $0.text.trimmed.hasSuffix("sh")
      } ?? false
    switch word {
    case "sh", "bash", "shell": return isShell
    case "text": return !isShell && PlainPrompt.language(of: file).isEmpty
    default: return false
    }
  }

  /// True for a shown file that is written out again as it is: models like to repeat the test.
  private func repeatsWhatStands(_ item: ReplyText.Item) -> Bool {
    guard case .whole(let bytes) = item.change, let text = item.path,
      case .success(let path) = Result(catching: { try RelativePath(text) }),
      !scope.decision(path).isAllowed, let stands = files[path]
    else { return false }
    return restored(bytes, path).withoutTrailingSpace
      .elementsEqual(stands.withoutTrailingSpace)
  }

  private func path(of item: ReplyText.Item) throws(Rejection) -> RelativePath {
    let path: RelativePath
    if let text = item.path {
      path = try Self.resolve(text)
    } else {
      // One file was shown and one change came without a name: there is nothing to mistake.
      guard scope.editable.count == 1, let only = scope.editable.first else {
        throw Rejection(.malformed, "a change names no file; write its path on the line before it")
      }
      path = only
    }
    let decision = scope.decision(path)
    guard decision.isAllowed else {
      throw Rejection(.forbidden, "'\(path)' \(decision.reason)")
    }
    return path
  }

  static func resolve(_ text: String) throws(Rejection) -> RelativePath {
    var plain = text[...]
    while plain.hasPrefix("./") { plain = plain.dropFirst(2) }
    do throws(PathFault) {
      return try RelativePath(plain)
    } catch {
      throw Rejection(.forbidden, error.message)
    }
  }

  /// A whole file with the line ends and the final newline of the one it replaces.
  private func aligned(
    _ bytes: [UInt8], to before: [UInt8]?, named path: RelativePath
  ) throws(Rejection) -> [UInt8] {
    var lines = bytes.plainLines
    // A name written as a comment on the first line is no line of the file.
    if let first = lines.first, isNameComment(first, path),
      before?.plainLines.first.map({ !$0.elementsEqual(first) }) ?? true
    {
      lines.removeFirst()
    }
    let old = before ?? []
    let ends = old.count { $0 == 0x0A }
    let returns = old.linesWithEnds.count { $0.suffix(2).elementsEqual([0x0D, 0x0A]) }
    let end: [UInt8] = ends > 0 && returns == ends ? [0x0D, 0x0A] : [0x0A]
    var result: [UInt8] = []
    for line in lines { result += line + end }
    if !old.isEmpty, old.last != 0x0A, !result.isEmpty { result.removeLast(end.count) }
    return result
  }

  private func isNameComment(_ line: ArraySlice<UInt8>, _ path: RelativePath) -> Bool {
    let text = line.text.trimmed
    return ["# ", "// ", "-- ", "; "].contains { text == $0 + path.text }
  }

  /// The same checks of contents for what came by another way than a reply.
  func check(_ proposal: Proposal) throws(Rejection) {
    for file in proposal.files { try check(file.after, over: file.before, at: file.path) }
  }

  private func check(
    _ content: [UInt8], over before: [UInt8]?, at path: RelativePath
  ) throws(Rejection) {
    if content.contains(0), !(before?.contains(0) ?? false) {
      throw Rejection(.suspicious, "'\(path)' would hold a NUL byte")
    }
    let old = before ?? []
    if String(validating: content, as: UTF8.self) == nil,
      String(validating: old, as: UTF8.self) != nil
    {
      throw Rejection(.suspicious, "'\(path)' would not be valid UTF-8")
    }
    if redaction?.stands(in: content) ?? false {
      throw Rejection(
        .suspicious,
        "'\(path)' would hold a mark that stands for a secret; a mark may only stand where it "
          + "stood in that very file")
    }
    let oldLines = old.linesWithEnds.count
    let newLines = content.linesWithEnds.count
    if newLines * 2 < oldLines, oldLines - newLines > 10 {
      throw Rejection(
        .suspicious, "'\(path)' would shrink from \(oldLines) lines to \(newLines)")
    }
    let added = LineChange.newLines(from: old, to: content)
    if let mark = ContentSigns.elision(in: added) {
      throw Rejection(
        .suspicious, "'\(path)' would hold '\(mark.prefix(80))' instead of the lines it stands for")
    }
    try checkNotation(of: content, added, over: old, at: path)
    if path.name.hasSuffix(".py"),
      let word = ContentSigns.ending(in: content, over: old, added: added)
    {
      throw Rejection(
        .forbidden, "'\(path)' would hold '\(word)', which ends the process before the tests have")
    }
    if let sign = ContentSigns.tampering(in: added, before: old) {
      throw Rejection(.forbidden, "'\(path)' would hold '\(sign.word)', which \(sign.reason)")
    }
  }

  private func checkNotation(
    of content: [UInt8], _ added: [ArraySlice<UInt8>], over old: [UInt8], at path: RelativePath
  ) throws(Rejection) {
    if let marker = NotationSigns.marker(in: added, of: path, over: old, frame: redaction?.mark) {
      throw Rejection(.malformed, "'\(path)' would hold the marker '\(marker.prefix(80))'")
    }
    if let wrapping = NotationSigns.wrapping(of: content, over: old) {
      throw Rejection(.malformed, "'\(path)' would \(wrapping)")
    }
  }
}
