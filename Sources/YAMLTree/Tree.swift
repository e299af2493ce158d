public import Platform

/// A value to be written: what a `Node` is to reading, without places.
public indirect enum Tree: Sendable {
  /// A word or number that stands without quotes and means its type: `true`, `12`, `crlf`.
  case plain(String)
  /// A text.
  case text(String)
  /// A text or content of any length.
  case content(Text)
  case list([Tree])
  case map([Pair])

  public struct Pair: Sendable {
    public let key: String
    public let value: Tree

    public init(_ key: String, _ value: Tree) {
      self.key = key
      self.value = value
    }
  }

  /// A tree that says what a node says; a plain scalar stays plain.
  public init(_ node: Node) {
    switch node.value {
    case .scalar(let scalar):
      self = scalar.style == .plain ? .plain(scalar.string) : .content(scalar.bytes)
    case .sequence(let items): self = .list(items.map { Tree($0) })
    case .mapping(let pairs):
      self = .map(pairs.map { Pair($0.key.scalar?.string ?? "", Tree($0.value)) })
    }
  }

  /// The digest of the values in their order: equal exactly where two trees say the same.
  ///
  /// Each value goes in with its kind and length, so that no two trees are written alike.
  public var digest: Digest {
    var hash = Hasher256()
    add(to: &hash)
    return hash.finish()
  }

  private func add(to hash: inout Hasher256) {
    func header(_ kind: Character, _ count: Int) { hash.update(Array("\(kind)\(count):".utf8)) }
    switch self {
    case .plain(let word):
      header("p", word.utf8.count)
      hash.update(Array(word.utf8))
    case .text(let text):
      header("t", text.utf8.count)
      hash.update(Array(text.utf8))
    case .content(let text):
      header("t", text.count)
      hash.update(text.decoded())
    case .list(let items):
      header("l", items.count)
      for item in items { item.add(to: &hash) }
    case .map(let pairs):
      header("m", pairs.count)
      for pair in pairs {
        Tree.text(pair.key).add(to: &hash)
        pair.value.add(to: &hash)
      }
    }
  }
}
