import YAMLTree

/// `set`: a value of a JSON or YAML file, changed in its own bytes alone.
///
/// The result is read again and must hold the wanted value and otherwise what was there before:
/// what cannot be done exactly is refused, never done nearly.
struct ValueEdit {
  let pointer: JSONPointer
  let value: DataValue
  let reader: DocumentReader

  /// `reader` is shared by the edits of one file.
  init(_ pointer: String, _ value: Node, reader: DocumentReader) throws(EditFailure) {
    self.pointer = try JSONPointer(pointer)
    self.value = DataValue(value)
    self.reader = reader
  }

  /// True if the value at the pointer is equal already.
  func stands(in bytes: [UInt8]) -> Bool {
    do {
      return lastOrPresent(in: try reader.read(bytes).document)?.value == value
    } catch {
      // What cannot be read does not stand; `applied` says why.
      return false
    }
  }

  /// The value that the pointer names; for `-` the last of the list.
  private func lastOrPresent(in document: DataNode) -> DataNode? {
    var node = document
    for token in pointer.tokens {
      if token == "-", case .list(let nodes) = node.content {
        guard let last = nodes.last else { return nil }
        node = last
      } else {
        guard let child = node.child(token) else { return nil }
        node = child
      }
    }
    return node
  }

  func applied(to bytes: [UInt8]) throws(EditFailure) -> [UInt8] {
    // An equal value keeps its spelling, and a list does not grow twice.
    if stands(in: bytes) { return bytes }
    let reading = try reader.read(bytes)
    let (document, text) = (reading.document, reading.text)
    try refuseTwice(in: document, text)
    guard let wanted = reading.value.replacing(at: pointer.tokens[...], with: value) else {
      throw missing(in: document)
    }
    let splice =
      reading.isJSON ? try json(document, text) : try yaml(document, text)
    var result = Array(text[..<splice.range.lowerBound])
    result += splice.text.utf8
    result += text[splice.range.upperBound...]
    let restored = reading.restore(result)
    do {
      let after = try reader.read(restored)
      if after.text == result, after.value == wanted { return restored }
    } catch {
      // The result would be no document: refused below, like every other surprise.
    }
    throw inexact
  }

  private var inexact: EditFailure {
    EditFailure(
      "conflict-set", "'\(Excerpt.short(pointer.text))' cannot be set without touching other bytes",
      hint: "use 'find'")
  }

  /// Which part of the pointer does not exist.
  private func missing(in document: DataNode) -> EditFailure {
    var node = document
    var known = ""
    for token in pointer.tokens {
      guard let child = node.child(token) else { break }
      node = child
      known += "/" + token
    }
    return EditFailure(
      "conflict-set",
      "'\(Excerpt.short(pointer.text))' does not exist in the file: what it names ends at "
        + "'\(Excerpt.short(known.isEmpty ? "/" : known))'",
      hint: "set the missing part as a whole, with a mapping as its value")
  }

  /// A key on the way that stands twice: which of the two counts is not known.
  private func refuseTwice(in document: DataNode, _ text: [UInt8]) throws(EditFailure) {
    var node = document
    for token in pointer.tokens {
      if let second = node.second(token) {
        throw EditFailure(
          "conflict-set",
          "the key '\(Excerpt.short(token))' stands twice in the file, again in line "
            + "\(text.lineNumber(at: second.keyRange.lowerBound))",
          hint: "take one of the two out by 'find'")
      }
      guard let child = node.child(token) else { return }
      node = child
    }
  }

  struct Splice {
    var range: Range<Int>
    var text: String
  }

  /// The node at the pointer, or the one that gets a new child with its key.
  private func place(in document: DataNode) -> (node: DataNode, newKey: String?) {
    var node = document
    for token in pointer.tokens {
      guard let child = node.child(token) else { return (node, token) }
      node = child
    }
    return (node, nil)
  }

  // MARK: JSON

  private func json(_ document: DataNode, _ text: [UInt8]) throws(EditFailure) -> Splice {
    let layout = JSONLayout(document, text)
    let (node, newKey) = place(in: document)
    let isPretty = layout.unit != nil
    let unit = layout.unit ?? "  "
    func written(_ indent: String) throws(EditFailure) -> String {
      try DataText.json(
        value, indent: isPretty ? indent : nil, unit: unit, colon: layout.colon)
    }
    guard let newKey else {
      return Splice(
        range: node.range, text: try written(layout.indent(of: node.range.lowerBound)))
    }
    var key = ""
    var last: DataNode?
    switch node.content {
    case .map(let members):
      key = try DataText.json(.string(newKey)) + layout.colon
      last = members.last?.value
    case .list(let nodes): last = nodes.last
    case .scalar: throw inexact
    }
    let end = node.range.upperBound - 1
    let outer = layout.indent(of: node.range.lowerBound)
    guard let last else {
      guard isPretty else {
        return Splice(range: (node.range.lowerBound + 1)..<end, text: key + (try written("")))
      }
      let inner = outer + unit
      return Splice(
        range: (node.range.lowerBound + 1)..<end,
        text: "\n" + inner + key + (try written(inner)) + "\n" + outer)
    }
    // Behind the comments on its line, which are the last value's.
    let at = last.range.upperBound
    let behind = CommentsBehind.json(text[at..<end])
    let comma = "," + String(decoding: text[behind], as: UTF8.self)
    if text[node.range.lowerBound..<end].contains(0x0A) {
      let inner = layout.indent(of: end) + unit
      return Splice(range: behind, text: comma + "\n" + inner + key + (try written(inner)))
    }
    return Splice(
      range: behind,
      text: comma + layout.comma.dropFirst() + key + (try DataText.json(value)))
  }

  // MARK: YAML

  private func yaml(_ document: DataNode, _ text: [UInt8]) throws(EditFailure) -> Splice {
    let (node, newKey) = place(in: document)
    guard let newKey else {
      switch node.style {
      case .block, .text: throw inexact
      case .inline, .singleQuoted, .plain: break
      }
      let written = try DataText.yaml(value, like: node.style)
      // `key:` without a value has no bytes, and no space before them.
      let isBare =
        node.range.isEmpty && node.range.lowerBound > 0
        && text[node.range.lowerBound - 1] == UInt8(ascii: ":")
      return Splice(range: node.range, text: isBare ? " " + written : written)
    }
    let key: String
    var last: DataNode?
    switch node.content {
    case .map(let members):
      key = (DataText.isPlain(newKey) ? newKey : try DataText.json(.string(newKey))) + ": "
      last = members.last?.value
    case .list(let nodes):
      key = "- "
      last = nodes.last
    case .scalar: throw inexact
    }
    if case .block(let column) = node.style, let last {
      let at = Self.lineEnd(after: last, text)
      let indent = String(repeating: " ", count: column)
      let line = indent + key + (try DataText.yaml(value, like: .plain))
      let opens = at > 0 && text[at - 1] != 0x0A
      return Splice(range: at..<at, text: opens ? "\n" + line : line + "\n")
    }
    // In brackets: JSON is YAML.
    let inlineKey = key == "- " ? "" : key
    let at = last?.range.upperBound ?? node.range.lowerBound + 1
    if last != nil, let behind = CommentsBehind.yaml(text[at..<node.range.upperBound]) {
      // On a line of its own, since nothing can follow a comment.
      let comment = String(decoding: text[behind.range], as: UTF8.self)
      let line = text[..<at].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      let isFirst = node.range.lowerBound >= line
      let indent =
        String(decoding: text[line..<at].prefix { $0 == 0x20 }, as: UTF8.self)
        + (isFirst ? "  " : "")
      let written = inlineKey + (try DataText.yaml(value, like: .inline))
      return Splice(
        range: behind.range,
        text: (behind.hasComma ? "" : ",") + comment + "\n" + indent + written
          + (behind.hasComma ? "," : ""))
    }
    return Splice(
      range: at..<at,
      text: (last == nil ? "" : ", ") + inlineKey + (try DataText.yaml(value, like: .inline)))
  }

  /// Where the line begins that follows a value, the comment behind it included.
  private static func lineEnd(after node: DataNode, _ text: [UInt8]) -> Int {
    switch node.content {
    case .list(let nodes):
      if case .block = node.style, let last = nodes.last { return lineEnd(after: last, text) }
    case .map(let members):
      if case .block = node.style, let last = members.last {
        return lineEnd(after: last.value, text)
      }
    case .scalar: break
    }
    var end = node.range.upperBound
    if case .text = node.style {
      // Behind the text's last line that is not empty, unless its empty lines belong to it.
      let header = text[node.range.lowerBound...].prefix { $0 != 0x0A }
      if header.contains(UInt8(ascii: "+")) { return end }
      while end > node.range.lowerBound, [0x0A, 0x20].contains(text[end - 1]) { end -= 1 }
    }
    return text[end...].firstIndex(of: 0x0A).map { $0 + 1 } ?? text.count
  }
}

/// How a JSON text is laid out.
private struct JSONLayout {
  /// What is added for each level; nil for a text on one line.
  let unit: String?
  /// Between a key and its value.
  let colon: String
  /// Between two members of one line.
  let comma: String
  private let text: [UInt8]

  init(_ document: DataNode, _ text: [UInt8]) {
    self.text = text
    let isOnOneLine = !text[document.range].contains(0x0A)
    var indent: String?
    var colon = isOnOneLine ? ":" : ": "
    if case .map(let members) = document.content, let first = members.first {
      indent = Self.indent(of: first.keyRange.lowerBound, text)
      colon = String(
        decoding: text[first.keyRange.upperBound..<first.value.range.lowerBound], as: UTF8.self)
      if !colon.utf8.allSatisfy({ $0 == 0x3A || $0 == 0x20 }) { colon = ": " }
    } else if case .list(let nodes) = document.content, let first = nodes.first {
      indent = Self.indent(of: first.range.lowerBound, text)
    }
    self.colon = colon
    comma = colon.hasSuffix(" ") ? ", " : ","
    unit = isOnOneLine ? nil : indent.flatMap { $0.isEmpty ? nil : $0 } ?? "  "
  }

  /// The white space at the beginning of the line in which a byte stands.
  func indent(of offset: Int) -> String { Self.indent(of: offset, text) }

  private static func indent(of offset: Int, _ text: [UInt8]) -> String {
    let start = text[..<offset].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let space = text[start..<offset].prefix { $0 == 0x20 || $0 == 0x09 }
    return String(decoding: space, as: UTF8.self)
  }
}
