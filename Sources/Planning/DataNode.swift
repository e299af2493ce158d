/// A value of a document with the bytes that it stands in.
struct DataNode {
  enum Content {
    case scalar(DataValue)
    case list([DataNode])
    case map([Member])
  }

  struct Member {
    let key: String
    /// With its quotes.
    let keyRange: Range<Int>
    let value: DataNode
  }

  let content: Content
  let range: Range<Int>
  /// How it is written, where that decides what may stand in its place.
  let style: Style

  enum Style {
    /// JSON, and YAML in brackets, in quotes or on one line.
    case inline
    case singleQuoted
    case plain
    /// A YAML list or mapping by indentation: the column of its first item or key, from 0.
    case block(column: Int)
    /// A YAML text of several lines.
    case text
  }

  var value: DataValue {
    switch content {
    case .scalar(let value): value
    case .list(let nodes): .list(nodes.map(\.value))
    case .map(let members): .map(members.map { ($0.key, $0.value.value) })
    }
  }

  /// The child that a token names; nil where there is none, and where two have the key.
  func child(_ token: String) -> DataNode? {
    switch content {
    case .scalar: return nil
    case .list(let nodes):
      guard let index = JSONPointer.index(token, count: nodes.count), index < nodes.count else {
        return nil
      }
      return nodes[index]
    case .map(let members):
      let named = members.lazy.filter { $0.key.utf8.elementsEqual(token.utf8) }.prefix(2)
      return named.count == 1 ? named.first?.value : nil
    }
  }

  /// The second member with a key: readers of JSON do not agree which of them counts.
  func second(_ key: String) -> Member? {
    guard case .map(let members) = content else { return nil }
    return members.lazy.filter { $0.key.utf8.elementsEqual(key.utf8) }.dropFirst().first
  }
}
