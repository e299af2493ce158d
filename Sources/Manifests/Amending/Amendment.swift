import Platform
public import YAMLTree

/// What a repair made of one file, to be written into the manifest that declares it.
public struct Amendment: Sendable {
  /// The step that declares the file; nil: the last one that does.
  public var step: String?
  public var path: String
  /// What the manifest made of the file.
  public var declared: [UInt8]
  /// What the repair left.
  public var repaired: [UInt8]

  public init(step: String?, path: String, declared: [UInt8], repaired: [UInt8]) {
    self.step = step
    self.path = path
    self.declared = declared
    self.repaired = repaired
  }

  /// Why a manifest cannot be amended.
  public struct Fault: Error, Sendable, Hashable {
    public var message: String
    public var hint: String
  }

  /// A manifest's text in its own notation with the repaired bytes, else as it was, and what is
  /// worth saying about it. What is returned has been read back.
  public static func amend(
    _ source: SourceText, with amendments: [Amendment]
  ) throws -> (bytes: [UInt8], notes: [String]) {
    var text = AmendedText(source)
    var notes: [String] = []
    for amendment in amendments {
      let manifest = try text.manifest()
      var expected = manifest
      let bytes: [UInt8]
      if let (step, index) = amendment.place(in: manifest) {
        let entry = manifest.steps[step].files[index]
        let (amended, note) = try amendment.amended(entry)
        if let note { notes.append("\(Printable.escaped(amendment.path)): \(note)") }
        expected.steps[step].files[index] = amended
        bytes =
          switch text.notation {
          case .yaml: try YAMLAmender(text.source).replace(step, index, entry, by: amended)
          case .markdown: try MarkdownAmender(text.source).replace(entry, by: amended)
          }
      } else {
        // The repair was allowed to edit more than the step declares.
        let step = try amendment.step(in: manifest)
        guard let last = manifest.steps[step].files.last else {
          throw amendment.fault("the step declares no file, so there is no place for it")
        }
        let entry = amendment.added(at: last.mark)
        notes.append("\(Printable.escaped(amendment.path)): is declared by an entry of its own now")
        expected.steps[step].files.append(entry)
        bytes =
          switch text.notation {
          case .yaml: try YAMLAmender(text.source).add(entry, to: step)
          case .markdown: try MarkdownAmender(text.source).add(entry, behind: last)
          }
      }
      text.source = SourceText(name: source.name, bytes: bytes)
      guard try text.manifest().canonicalDigest == expected.canonicalDigest else {
        throw amendment.fault("the repaired text cannot be written in its place")
      }
    }
    return (text.restored, notes)
  }

  func fault(_ message: String) -> Fault {
    Fault(
      message: "'\(Printable.escaped(path))': \(message)",
      hint: "change it by hand: mtor show RUN --repairs shows the difference")
  }

  /// The entry that writes the file; nil where none does.
  private func place(in manifest: Manifest) -> (step: Int, entry: Int)? {
    for (number, candidate) in manifest.steps.enumerated().reversed()
    where step == nil || candidate.id == step {
      if let index = candidate.files.lastIndex(where: { $0.path == path }) {
        return (number, index)
      }
    }
    return nil
  }

  /// The step that a new entry goes to.
  private func step(in manifest: Manifest) throws -> Int {
    let found = manifest.steps.lastIndex { step == nil || $0.id == step }
    guard let found else { throw fault("the manifest has no step '\(step ?? "")'") }
    return found
  }

  /// An entry for a file that the manifest does not declare: what differs, or the whole of it
  /// where nothing stood.
  private func added(at mark: Mark) -> FileEntry {
    let edit = declared.isEmpty ? nil : edit(at: mark)
    return FileEntry(
      path: path, action: edit.map { .edit([$0]) } ?? .content(Text(repaired)), mark: mark,
      actionMark: mark)
  }

  // MARK: The entry

  /// The entry that makes the repaired bytes, and what of it became another thing.
  private func amended(_ entry: FileEntry) throws -> (FileEntry, note: String?) {
    var result = entry
    let whole = try wholeText(entry)
    var note: String?
    switch entry.action {
    case .content(let text):
      result.action = .content(Text(entry.expands ? try unexpanded(text.decoded()) : whole))
    case .from(let file):
      if entry.expands { throw fault("it is read from '\(file)' with parameters") }
      result.action = .content(Text(whole))
      note = "'from: \(Printable.escaped(file))' became the text itself"
    case .edit(let edits):
      if let edit = edit(at: entry.mark, beside: edits) {
        result.action = .edit(edits + [edit])
      } else {
        result.action = .content(Text(repaired))
        note = "its edits became the whole file"
      }
    case .move(let source, let edits):
      guard let edit = edit(at: entry.mark, beside: edits) else {
        throw fault("the difference cannot be written as an edit")
      }
      result.action = .move(from: source, edits: edits + [edit])
    case .patch, .attributes:
      result.action = .content(Text(repaired))
      note = "its patch became the whole file"
    case .delete, .deleteTree, .moveTree, .symlink:
      throw fault("the entry with this path writes no file")
    }
    if result.digest != nil { result.digest = Digest(of: repaired) }
    if result.bytes != nil { result.bytes = repaired.count }
    if result.lines != nil { result.lines = SelfCheck.lineCount(repaired) }
    return (result, note)
  }

  /// A content with parameters: the changed lines are put between those of the source that stay.
  private func unexpanded(_ source: [UInt8]) throws -> [UInt8] {
    let old = Lines(declared).map { Array($0.bytes) }
    let new = Lines(repaired).map { Array($0.bytes) }
    let lines = Lines(source).map { Array($0.bytes) }
    let (head, tail) = ends(old, new)
    guard lines.count == old.count,
      Array(lines[head..<(lines.count - tail)]) == Array(old[head..<(old.count - tail)])
    else { throw fault("the repair changes lines that hold parameters") }
    return Array(
      (lines[..<head] + new[head..<(new.count - tail)] + lines[(lines.count - tail)...]).joined())
  }

  /// How many lines two texts share at the beginning and, after those, at the end.
  private func ends(_ old: [[UInt8]], _ new: [[UInt8]]) -> (head: Int, tail: Int) {
    var head = 0
    while head < old.count, head < new.count, old[head] == new[head] { head += 1 }
    var tail = 0
    while tail < old.count - head, tail < new.count - head,
      old[old.count - 1 - tail] == new[new.count - 1 - tail]
    { tail += 1 }
    return (head, tail)
  }

  /// The text of a whole file, whose line ends `eol` may decide.
  private func wholeText(_ entry: FileEntry) throws -> [UInt8] {
    guard let endOfLine = entry.endOfLine else { return repaired }
    let text = repaired.withoutReturns
    let isCRLF = endOfLine == .crlf || ContentLints.hasOnlyCRLF(declared)
    guard (isCRLF ? text.withReturns : text) == repaired else {
      throw fault("the repair changes line ends, and the entry says 'eol: \(endOfLine.rawValue)'")
    }
    return text
  }

  /// One replacement of whole lines that makes the repaired text of the declared one; nil where
  /// none does, as in a file whose last line, which has no newline, changes.
  private func edit(at mark: Mark, beside others: [Edit] = []) -> Edit? {
    // Written as the others are: a list takes no block.
    let extent: Edit.Extent = others.allSatisfy(\.isBlock) ? .lines : .bytes
    // Where all lines end in CR LF a newline of an edit does; elsewhere it stands for itself.
    let isCRLF = ContentLints.hasOnlyCRLF(declared)
    let (before, after) =
      isCRLF ? (declared.withoutReturns, repaired.withoutReturns) : (declared, repaired)
    if isCRLF, after.withReturns != repaired { return nil }
    let old = Lines(before).map { Array($0.bytes) }
    let new = Lines(after).map { Array($0.bytes) }
    var (head, tail) = ends(old, new)
    while true {
      let find = Array(old[head..<(old.count - tail)])
      let replace = Array(new[head..<(new.count - tail)])
      let isWhole = (find.last ?? [0x0A]).last == 0x0A && (replace.last ?? [0x0A]).last == 0x0A
      if !find.isEmpty, isWhole {
        let text = Array(find.joined())
        let isUnique =
          extent == .lines ? Self.isUnique(find, in: old) : Self.isUnique(text, in: before)
        let edit = Edit(
          .replace(
            find: Text(text), with: Text(Array(replace.joined())), count: .exactly(1),
            extent: extent), at: mark)
        if isUnique {
          return extent == .lines && SearchReplace.written([edit]) == nil ? nil : edit
        }
      }
      if head == 0, tail == 0 { return nil }
      if head > 0 { head -= 1 }
      if tail > 0 { tail -= 1 }
    }
  }

  private static func isUnique<Part: Equatable>(_ part: [Part], in whole: [Part]) -> Bool {
    guard let first = part.first, part.count <= whole.count else { return false }
    var isFound = false
    for start in 0...(whole.count - part.count) where whole[start] == first {
      guard whole[start..<(start + part.count)].elementsEqual(part) else { continue }
      if isFound { return false }
      isFound = true
    }
    return isFound
  }
}

/// A manifest's text while it is amended: with newlines only and no byte order mark.
struct AmendedText {
  var source: SourceText
  let notation: Notation
  private let hasMark: Bool
  private let hasReturns: Bool

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  init(_ source: SourceText) {
    notation = Notation(of: source, isStream: false)
    hasMark = source.bytes.starts(with: Self.byteOrderMark)
    let plain = hasMark ? Array(source.bytes.dropFirst(3)) : source.bytes
    hasReturns = plain.has(0x0D)
    self.source = SourceText(name: source.name, bytes: plain.withoutReturns)
  }

  func manifest() throws(DiagnosticList) -> Manifest {
    let options = ManifestReader.Options(lintsContents: false, notation: notation)
    return try ManifestReader.read(source, options: options).manifest
  }

  /// With the line ends and the mark that the text had.
  var restored: [UInt8] {
    var bytes = source.bytes
    if hasReturns { bytes = bytes.withReturns }
    return hasMark ? Self.byteOrderMark + bytes : bytes
  }
}

extension [UInt8] {
  /// Every LF as CRLF, in a text without CRLF.
  fileprivate var withReturns: [UInt8] { flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] } }

  /// CRLF as LF.
  var withoutReturns: [UInt8] {
    guard has(0x0D) else { return self }
    return Lines(self).flatMap { line in
      line.bytes.last == 0x0A ? Array(line.withoutLineEnd) + [0x0A] : Array(line.bytes)
    }
  }
}
