import Platform
import YAMLTree

/// Replaces one entry's values in a manifest in YAML; every other byte stays.
struct YAMLAmender {
  private let source: SourceText

  init(_ source: SourceText) { self.source = source }

  func replace(
    _ step: Int, _ index: Int, _ old: FileEntry, by new: FileEntry
  ) throws -> [UInt8] {
    guard let entry = entry(step, index), case .mapping(let pairs) = entry.value else {
      throw Amendment.Fault(message: "the manifest cannot be read again", hint: "mtor check")
    }
    var changes: [(range: Range<Int>, text: String)] = []
    for pair in pairs {
      switch pair.key.scalar?.string ?? "" {
      case "content", "base64", "from", "patch":
        guard let written = FileEntry.writtenContent(new) else { continue }
        changes.append((range(pair), self.pair(written, at: pair, entry)))
      case "edit":
        changes.append(try edit(pair, entry, old, new))
      case "move_from" where !pairs.contains(where: { $0.key.scalar?.string == "edit" }):
        guard let block = FileEntry.addedBlock(old, new) else { continue }
        let column = pair.key.start.column - 1
        let text =
          entry.isInFlow
          ? ", edit: " + Quoted.double(block)
          : "\n" + String(repeating: " ", count: column) + "edit: " + value(block, column, 2, false)
        let end = range(pair).upperBound
        changes.append((end..<end, text))
      case "sha256":
        if let digest = new.digest { changes.append((scalar(pair.value), digest.hex)) }
      case "bytes":
        if let bytes = new.bytes { changes.append((scalar(pair.value), String(bytes))) }
      case "lines":
        if let lines = new.lines { changes.append((scalar(pair.value), String(lines))) }
      default: break
      }
    }
    var bytes = source.bytes
    for change in changes.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
      bytes.replaceSubrange(
        range(change.range, for: change.text), with: Array(change.text.utf8))
    }
    return bytes
  }

  /// Adds an entry behind the last one of a step.
  func add(_ entry: FileEntry, to step: Int) throws -> [UInt8] {
    guard let files = files(step), let last = files.items.last, !files.node.isInFlow else {
      throw Amendment.Fault(
        message: "'\(Printable.escaped(entry.path))': the step's files stand in one line",
        hint: "write 'files' as a list of several lines, then amend again")
    }
    let column = files.node.start.column - 1
    let margin = String(repeating: " ", count: column)
    var text = "\n\(margin)- path: \(Quoted.double(entry.path))\n\(margin)  "
    if let written = FileEntry.writtenContent(entry) {
      text += "\(written.key): " + value(written.text, column + 2, 2, written.key == "base64")
    } else if let block = entry.block {
      text += "edit: " + value(block, column + 2, 2, false)
    }
    var bytes = source.bytes
    let end = end(of: last)
    bytes.replaceSubrange(range(end..<end, for: text), with: Array(text.utf8))
    return bytes
  }

  /// The node of an entry, by the places of its step and itself.
  private func entry(_ step: Int, _ index: Int) -> Node? {
    guard let items = files(step)?.items, items.indices.contains(index) else { return nil }
    return items[index]
  }

  /// A step's list of files.
  private func files(_ step: Int) -> (node: Node, items: [Node])? {
    let document = Document.read(source, into: Diagnostics(source))
    func list(_ name: String, of node: Node?) -> (node: Node, items: [Node])? {
      guard let node, case .mapping(let pairs) = node.value,
        let found = pairs.first(where: { $0.key.scalar?.string == name }),
        case .sequence(let items) = found.value.value
      else { return nil }
      return (found.value, items)
    }
    guard let steps = list("steps", of: document?.root)?.items, steps.indices.contains(step) else {
      return nil
    }
    return list("files", of: steps[step])
  }

  // MARK: Writing

  /// A key with its content; the key may be another one than before.
  private func pair(
    _ content: (key: String, text: String), at pair: Node.Pair, _ entry: Node
  ) -> String {
    let column = pair.key.start.column - 1
    return content.key + ": "
      + value(
        content.text, column, indentation(of: pair), entry.isInFlow || content.key == "base64")
  }

  private func value(_ text: String, _ column: Int, _ indentation: Int, _ isInFlow: Bool) -> String
  {
    if !isInFlow, let block = LiteralBlock.text(text, parent: column, indentation: indentation) {
      return block
    }
    return Quoted.double(text)
  }

  /// An edit with one more: blocks get a block, a list an item.
  private func edit(
    _ pair: Node.Pair, _ entry: Node, _ old: FileEntry, _ new: FileEntry
  ) throws -> (range: Range<Int>, text: String) {
    if let written = FileEntry.writtenContent(new) {
      return (range(pair), self.pair(written, at: pair, entry))
    }
    guard let added = FileEntry.addedEdit(old, new) else {
      return (range(pair).upperBound..<range(pair).upperBound, "")
    }
    if let scalar = pair.value.scalar, let block = FileEntry.addedBlock(old, new) {
      let text = scalar.string
      let end = text.isEmpty || text.hasSuffix("\n") ? "" : "\n"
      return (range(pair), self.pair(("edit", text + end + block), at: pair, entry))
    }
    guard case .sequence(let items) = pair.value.value, let last = items.last else {
      throw Amendment.Fault(
        message: "'\(Printable.escaped(old.path))': its edits cannot take one more",
        hint: "change it by hand: mtor show RUN --repairs shows the difference")
    }
    if pair.value.isInFlow {
      let end = offset(pair.value.end) - 1
      return (
        end..<end,
        ", {find: \(Quoted.double(added.find)), replace: \(Quoted.double(added.replace))}"
      )
    }
    // The dash stands at the list's own column.
    let column = pair.value.start.column - 1
    let margin = String(repeating: " ", count: column)
    let end = self.end(of: last)
    return (
      end..<end,
      "\n\(margin)- find: \(value(added.find, column + 2, 2, false))"
        + "\n\(margin)  replace: \(value(added.replace, column + 2, 2, false))"
    )
  }

  // MARK: Places

  /// The place of a text; where that is a block which ends in empty lines, the empty lines behind it
  /// would become its own, and go.
  private func range(_ place: Range<Int>, for text: String) -> Range<Int> {
    guard text.hasSuffix("\n") else { return place }
    let rest = source.bytes[place.upperBound...]
    let blank = rest.prefix { $0 == 0x20 || $0 == 0x0A }
    guard let last = blank.lastIndex(of: 0x0A) else { return place }
    return place.lowerBound..<last
  }

  /// From a key to the end of its value, without the newline there.
  private func range(_ pair: Node.Pair) -> Range<Int> {
    offset(pair.key.start)..<end(of: pair.value)
  }

  private func scalar(_ node: Node) -> Range<Int> { offset(node.start)..<offset(node.end) }

  /// Where the last byte of a value's text ends.
  private func end(of node: Node) -> Int {
    switch node.value {
    case .scalar(let scalar) where scalar.style == .literal: return endOfBlock(node)
    case .scalar: return offset(node.end)
    case .sequence(let items):
      guard !node.isInFlow, let last = items.last else { return offset(node.end) }
      return end(of: last)
    case .mapping(let pairs):
      guard !node.isInFlow, let last = pairs.last else { return offset(node.end) }
      return end(of: last.value)
    }
  }

  /// Where the last line of a literal block's text ends. Each of its lines stands on one of its own,
  /// and one of nothing but tabs or blanks is text as well where it is deeper than the others; what
  /// is blank below them is none of it.
  private func endOfBlock(_ node: Node) -> Int {
    let text = Array((node.scalar?.string ?? "").utf8)
    let lines = text.count { $0 == 0x0A } + (text.last.map { $0 == 0x0A ? 0 : 1 } ?? 0)
    return source.range(ofLine: min(node.start.line + lines, source.lineCount)).upperBound
  }

  /// How much deeper than its key a block's lines stand.
  private func indentation(of pair: Node.Pair) -> Int {
    guard pair.value.scalar?.style == .literal else { return 2 }
    let column = pair.key.start.column - 1
    var least = Int.max
    var line = pair.value.start.line + 1
    let end = endOfBlock(pair.value)
    while line <= source.lineCount, source.range(ofLine: line).lowerBound < end {
      let text = source.bytes[source.range(ofLine: line)]
      if text.contains(where: { $0 != 0x20 }) {
        least = min(least, text.prefix { $0 == 0x20 }.count - column)
      }
      line += 1
    }
    return (1...9).contains(least) ? least : 2
  }

  /// The byte at a place: columns are counted in scalars.
  private func offset(_ mark: Mark) -> Int {
    let range = source.range(ofLine: mark.line)
    var offset = range.lowerBound
    var column = 1
    while column < mark.column, offset < range.upperBound {
      offset += 1
      while offset < range.upperBound, source.bytes[offset] & 0xC0 == 0x80 { offset += 1 }
      column += 1
    }
    return offset
  }
}

extension FileEntry {
  /// The key and text of a whole file; nil for an entry that is none.
  fileprivate static func writtenContent(_ entry: FileEntry) -> (key: String, text: String)? {
    guard case .content(let text) = entry.action else { return nil }
    let pair = contentPair(text)
    guard case .content(let value) = pair.value else { return nil }
    return (pair.key, value.string)
  }

  /// The texts of the last edit, where an entry has one more than before.
  static func addedEdit(
    _ old: FileEntry, _ new: FileEntry
  ) -> (find: String, replace: String)? {
    guard new.edits.count == old.edits.count + 1, let last = new.edits.last,
      case .replace(let find, let with, _, _) = last.operation
    else { return nil }
    return (find.string, with.string)
  }

  /// The same as a SEARCH/REPLACE block.
  static func addedBlock(_ old: FileEntry, _ new: FileEntry) -> String? {
    guard addedEdit(old, new) != nil, let last = new.edits.last,
      let block = SearchReplace.written([last])
    else { return nil }
    return String(decoding: block, as: UTF8.self)
  }

  /// Its edits as SEARCH/REPLACE blocks.
  fileprivate var block: String? {
    SearchReplace.written(edits).map { String(decoding: $0, as: UTF8.self) }
  }

  private var edits: [Edit] {
    switch action {
    case .edit(let edits), .move(_, let edits): edits
    default: []
    }
  }
}
