import YAMLTree

/// Several `set` edits of one JSON text in one reading of it.
extension ValueEdit {
  /// Which of the edits stand already, by their places in the list, and the text with the others
  /// made; nil where they have to be made one by one.
  ///
  /// A scalar that takes the place of another one moves nothing that a third is told by, so that
  /// their order does not matter. The result is read again, as that of each edit is.
  static func together(
    _ edits: [ValueEdit], on bytes: [UInt8]
  ) -> (standing: [Int], result: [UInt8])? {
    guard let reader = edits.first?.reader else { return nil }
    do throws(EditFailure) {
      let reading = try reader.read(bytes)
      guard reading.isJSON else { return nil }
      let (document, text) = (reading.document, reading.text)
      var standing: [Int] = []
      var values: [Int: DataValue] = [:]
      var splices: [Splice] = []
      for (index, edit) in edits.enumerated() {
        guard edit.value.isScalar, let node = edit.node(in: document),
          case .scalar(let old) = node.content, values[node.range.lowerBound] == nil
        else { return nil }
        values[node.range.lowerBound] = edit.value
        if old == edit.value {
          standing.append(index)
        } else {
          splices.append(Splice(range: node.range, text: try DataText.json(edit.value)))
        }
      }
      if splices.isEmpty { return (standing, bytes) }
      splices.sort { $0.range.lowerBound < $1.range.lowerBound }
      var result: [UInt8] = []
      result.reserveCapacity(text.count)
      var done = 0
      for splice in splices {
        result += text[done..<splice.range.lowerBound]
        result += splice.text.utf8
        done = splice.range.upperBound
      }
      result += text[done...]
      let restored = reading.restore(result)
      let after = try reader.read(restored)
      guard after.text == result, after.value == document.value(with: values) else { return nil }
      return (standing, restored)
    } catch {
      // One by one the edit that is at fault says what is wrong.
      return nil
    }
  }

  private func node(in document: DataNode) -> DataNode? {
    var node = document
    for token in pointer.tokens {
      guard let child = node.child(token) else { return nil }
      node = child
    }
    return node
  }
}

extension DataValue {
  fileprivate var isScalar: Bool {
    switch self {
    case .null, .bool, .number, .string: true
    case .list, .map: false
    }
  }
}

extension DataNode {
  /// The value, with others in place of the scalars that begin at some bytes.
  fileprivate func value(with values: [Int: DataValue]) -> DataValue {
    switch content {
    case .scalar(let value): values[range.lowerBound] ?? value
    case .list(let nodes): .list(nodes.map { $0.value(with: values) })
    case .map(let members): .map(members.map { ($0.key, $0.value.value(with: values)) })
    }
  }
}
