import Platform
import YAMLTree

extension FileEntry {
  var tree: Tree { .map([Tree.Pair("path", .text(path))] + actionPairs + optionPairs) }

  /// What happens to the path.
  var actionPairs: [Tree.Pair] {
    switch action {
    case .content(let text): return [Self.contentPair(text)]
    case .from(let source): return [Tree.Pair("from", .text(source))]
    case .edit(let edits): return [Tree.Pair("edit", Self.tree(of: edits))]
    case .patch(let text): return [Tree.Pair("patch", .content(text))]
    case .delete: return [Tree.Pair("delete", .flag(true))]
    case .deleteTree: return [Tree.Pair("delete_tree", .flag(true))]
    case .move(let source, let edits):
      let move = Tree.Pair("move_from", .text(source))
      return edits.isEmpty ? [move] : [move, Tree.Pair("edit", Self.tree(of: edits))]
    case .moveTree(let source): return [Tree.Pair("move_tree", .text(source))]
    case .symlink(let target): return [Tree.Pair("symlink", .text(target))]
    case .attributes: return []
    }
  }

  /// `content` where the bytes are text, else `base64`.
  static func contentPair(_ text: Text) -> Tree.Pair {
    let bytes = text.decoded()
    if !bytes.has(0), UTF8Check.isValid(bytes) {
      return Tree.Pair("content", .content(text))
    }
    return Tree.Pair("base64", .content(Text(Base64.encoded(bytes))))
  }

  /// SEARCH/REPLACE blocks where all edits can be such, else a list.
  private static func tree(of edits: [Edit]) -> Tree {
    if let blocks = SearchReplace.written(edits) { return .content(Text(blocks)) }
    return .list(edits.map(\.tree))
  }

  /// What the entry says besides; the order is that of the format's page.
  var optionPairs: [Tree.Pair] {
    var pairs = PairList()
    pairs.add("executable", isExecutable.map { .flag($0) })
    pairs.add(
      "mode",
      mode.map { bits in
        let digits = String(bits, radix: 8)
        return .text(String(repeating: "0", count: max(0, 4 - digits.count)) + digits)
      })
    pairs.add("sha256", digest.map { .text($0.hex) })
    pairs.add("bytes", bytes.map { .number($0) })
    pairs.add("lines", lines.map { .number($0) })
    pairs.add("elision", elisionIsFine ? .plain("ok") : nil)
    pairs.add("markers", markersAreFine ? .plain("ok") : nil)
    pairs.add("was", before.map { .text($0.text) })
    pairs.add("eol", endOfLine.map { .plain($0.rawValue) })
    pairs.add("expand", expands ? .flag(true) : nil)
    pairs.add("frozen", isFrozen ? .flag(true) : nil)
    pairs.add("when", condition?.tree)
    return pairs.all
  }
}

extension FileEntry.Before {
  /// As it is written behind `was`.
  var text: String {
    switch self {
    case .absent: "absent"
    case .present: "present"
    case .digest(let digest): "sha256:" + digest.hex
    case .symlink(let target): "symlink:" + target
    }
  }
}

extension Edit {
  fileprivate var tree: Tree {
    var pairs = PairList()
    switch operation {
    case .replace(let find, let with, let count, let extent):
      pairs.add("find", .content(find))
      pairs.add("replace", .content(with))
      pairs.add("count", count.tree)
      pairs.add("word", extent == .words ? .flag(true) : nil)
      // No list can say it: so a block that became an item of one is seen to be another edit.
      pairs.add("lines", extent == .lines ? .flag(true) : nil)
    case .match(let pattern, let with, let count):
      pairs.add("match", .content(Text(pattern)))
      pairs.add("replace", .content(Text(with)))
      pairs.add("count", count.tree)
    case .insertAfter(let anchor, let text):
      pairs.add("after", .content(anchor))
      pairs.add("insert", .content(text))
    case .insertBefore(let anchor, let text):
      pairs.add("before", .content(anchor))
      pairs.add("insert", .content(text))
    case .append(let text): pairs.add("append", .content(text))
    case .prepend(let text): pairs.add("prepend", .content(text))
    case .set(let pointer, let value):
      pairs.add(
        "set", .map([Tree.Pair("pointer", .text(pointer)), Tree.Pair("value", Tree(value))]))
    }
    return .map(pairs.all)
  }
}

extension Edit.Count {
  /// Nil for exactly once, which need not be said.
  fileprivate var tree: Tree? {
    switch self {
    case .exactly(1): nil
    case .exactly(let count): .number(count)
    case .all: .plain("all")
    }
  }
}

extension SearchReplace {
  /// Edits as blocks; nil where one of them is more than a replacement of whole lines, or holds a
  /// line that would be taken for a marker.
  static func written(_ edits: [Edit]) -> [UInt8]? {
    var result: [UInt8] = []
    for edit in edits {
      guard case .replace(let find, let with, .exactly(1), .lines) = edit.operation else {
        return nil
      }
      let old = find.decoded()
      let new = with.decoded()
      guard isWhole(old), !old.isEmpty, isWhole(new) else { return nil }
      result += opening + [0x0A] + old + divider + [0x0A] + new + closing + [0x0A]
    }
    // Read back, the blocks must be the very edits: a line in them may look like a marker.
    let (blocks, faults) = read(result)
    guard faults.isEmpty, blocks.count == edits.count, !edits.isEmpty else { return nil }
    for (block, edit) in zip(blocks, edits) {
      guard case .replace(let find, let with, _, _) = edit.operation,
        block.find == find.decoded(), block.replacement == with.decoded()
      else { return nil }
    }
    return result
  }

  private static func isWhole(_ lines: [UInt8]) -> Bool {
    (lines.last ?? 0x0A) == 0x0A
  }
}
