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
    return try node(document.root, document.source)
  }

  private static func node(_ node: Node, _ source: SourceText) throws(EditFailure) -> DataNode {
    let start = offset(node.start, source)
    let range = start..<max(start, offset(node.end, source))
    let isInline = range.isEmpty || [0x5B, 0x7B].contains(source.bytes[start])
    let style = DataNode.Style.block(column: node.start.column - 1)
    switch node.value {
    case .scalar(let scalar):
      return DataNode(
        content: .scalar(DataValue(node)), range: range, style: Self.style(scalar.style))
    case .sequence(let nodes):
      var children: [DataNode] = []
      for node in nodes { children.append(try self.node(node, source)) }
      return DataNode(content: .list(children), range: range, style: isInline ? .inline : style)
    case .mapping(let pairs):
      var members: [DataNode.Member] = []
      for pair in pairs {
        guard let key = pair.key.scalar else {
          throw EditFailure(
            "conflict-set", "the file has a key that is no text", hint: "use 'find'")
        }
        let from = offset(pair.key.start, source)
        members.append(
          DataNode.Member(
            key: key.string, keyRange: from..<max(from, offset(pair.key.end, source)),
            value: try self.node(pair.value, source)))
      }
      return DataNode(content: .map(members), range: range, style: isInline ? .inline : style)
    }
  }

  private static func style(_ style: Node.Style) -> DataNode.Style {
    switch style {
    case .plain: .plain
    case .singleQuoted: .singleQuoted
    case .doubleQuoted: .inline
    case .literal, .folded: .text
    }
  }

  /// The byte at a mark.
  private static func offset(_ mark: Mark, _ source: SourceText) -> Int {
    let line = source.range(ofLine: mark.line)
    var offset = line.lowerBound
    var column = 1
    while offset < line.upperBound, column < mark.column {
      offset += 1
      while offset < line.upperBound, source.bytes[offset] & 0xC0 == 0x80 { offset += 1 }
      column += 1
    }
    return offset
  }
}
