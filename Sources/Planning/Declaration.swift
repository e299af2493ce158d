import Manifests
import Platform
import YAMLTree

/// The digest of what an entry declares, whatever stands in the tree: the key under which results
/// and accepted repairs are remembered.
enum Declaration {
  /// Nil for an entry that declares no bytes (`delete`, `move_tree`, only a mode).
  ///
  /// A whole file's is the digest of its bytes, so that the notation does not matter.
  static func digest(of entry: ResolvedEntry) -> Digest? {
    switch entry.entry.action {
    case .content(let text): return Digest(of: text.decoded())
    case .edit(let edits):
      var hash = Fields("edit")
      hash.add(edits)
      return hash.finish()
    case .patch(let text):
      var hash = Fields("patch")
      hash.add(text.decoded())
      return hash.finish()
    case .move(let from, let edits):
      var hash = Fields("move")
      hash.add(from)
      hash.add(edits)
      return hash.finish()
    case .symlink(let target):
      var hash = Fields("symlink")
      hash.add(target)
      return hash.finish()
    case .from, .delete, .deleteTree, .moveTree, .attributes: return nil
    }
  }

  /// A hash over fields, each preceded by its length: no two lists of fields give the same bytes.
  private struct Fields: ~Copyable {
    private var hash = Hasher256()

    init(_ kind: String) { add(kind) }

    mutating func add(_ bytes: [UInt8]) {
      withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { hash.update($0) }
      hash.update(bytes)
    }

    mutating func add(_ text: String) { add(Array(text.utf8)) }
    mutating func add(_ text: Text) { add(text.decoded()) }

    mutating func add(_ count: Edit.Count) {
      switch count {
      case .exactly(let number): add(String(number))
      case .all: add("all")
      }
    }

    mutating func add(_ edits: [Edit]) {
      for edit in edits { add(edit.operation) }
    }

    private mutating func add(_ operation: Edit.Operation) {
      switch operation {
      case .replace(let find, let replacement, let count, let extent):
        add(extent == .words ? "replace word" : "replace")
        add(find)
        add(replacement)
        add(count)
      case .match(let pattern, let replacement, let count):
        add("match")
        add(pattern)
        add(replacement)
        add(count)
      case .insertAfter(let anchor, let text):
        add("after")
        add(anchor)
        add(text)
      case .insertBefore(let anchor, let text):
        add("before")
        add(anchor)
        add(text)
      case .append(let text):
        add("append")
        add(text)
      case .prepend(let text):
        add("prepend")
        add(text)
      case .set(let pointer, let value):
        add("set")
        add(pointer)
        add(value)
      }
    }

    private mutating func add(_ node: Node) {
      switch node.value {
      case .scalar(let scalar):
        add(scalar.style == .plain ? "plain" : "text")
        add(scalar.bytes)
      case .sequence(let nodes):
        add("list \(nodes.count)")
        for node in nodes { add(node) }
      case .mapping(let pairs):
        add("mapping \(pairs.count)")
        for pair in pairs {
          add(pair.key)
          add(pair.value)
        }
      }
    }

    consuming func finish() -> Digest { hash.finish() }
  }
}
