import YAMLTree

/// Reads a YAML text, in the subset that manifests have, with the places of its values.
enum YAMLOutline {
  static func read(_ bytes: [UInt8]) throws(EditFailure) -> DataNode {
    let diagnostics = Diagnostics(SourceText(name: "", bytes: bytes))
    guard let document = Document.read(diagnostics.source, into: diagnostics),
      !diagnostics.hasErrors
    else {
      let first = diagnostics.sorted.first { $0.severity == .error }
      let place = first?.mark.map { "line \($0.line): " } ?? ""
      throw EditFailure(
        "conflict-set",
        "the file is not YAML that can be edited exactly: \(place)\(first?.message ?? "")",
        hint: "use 'find'")
    }
    var places = Places(document.source)
    return try node(document.root, &places)
  }

  private static func node(
    _ node: Node, _ places: inout Places
  ) throws(EditFailure) -> DataNode {
    let start = places.offset(of: node.start)
    let content: DataNode.Content
    switch node.value {
    case .scalar: content = .scalar(DataValue(node))
    case .sequence(let nodes):
      var children: [DataNode] = []
      for node in nodes { children.append(try self.node(node, &places)) }
      content = .list(children)
    case .mapping(let pairs):
      var members: [DataNode.Member] = []
      for pair in pairs {
        guard let key = pair.key.scalar else {
          throw EditFailure(
            "conflict-set", "the file has a key that is no text", hint: "use 'find'")
        }
        let from = places.offset(of: pair.key.start)
        let range = from..<max(from, places.offset(of: pair.key.end))
        members.append(
          DataNode.Member(
            key: key.string, keyRange: range, value: try self.node(pair.value, &places)))
      }
      content = .map(members)
    }
    let range = start..<max(start, places.offset(of: node.end))
    if let scalar = node.scalar {
      return DataNode(content: content, range: range, style: Self.style(scalar.style))
    }
    let isInline = range.isEmpty || [0x5B, 0x7B].contains(places.source.bytes[start])
    return DataNode(
      content: content, range: range,
      style: isInline ? .inline : .block(column: node.start.column - 1))
  }

  private static func style(_ style: Node.Style) -> DataNode.Style {
    switch style {
    case .plain: .plain
    case .singleQuoted: .singleQuoted
    case .doubleQuoted: .inline
    case .literal, .folded: .text
    }
  }

  /// The bytes at marks, asked for in the order of the text: a line is walked along once, however
  /// many values stand in it.
  private struct Places {
    let source: SourceText
    private var mark = Mark(line: 0, column: 0)
    private var offset = 0
    private var lineEnd = 0

    init(_ source: SourceText) { self.source = source }

    mutating func offset(of wanted: Mark) -> Int {
      if wanted.line != mark.line || wanted.column < mark.column {
        let line = source.range(ofLine: wanted.line)
        (offset, lineEnd) = (line.lowerBound, line.upperBound)
        mark = Mark(line: wanted.line, column: 1)
      }
      var column = mark.column
      while offset < lineEnd, column < wanted.column {
        offset += 1
        while offset < lineEnd, source.bytes[offset] & 0xC0 == 0x80 { offset += 1 }
        column += 1
      }
      mark = Mark(line: wanted.line, column: column)
      return offset
    }
  }
}
