// The targets that change a file's bytes, or read what mtor itself once wrote: their inputs are
// parts divided by the byte 0x1D.
import Platform
import YAMLTree

@testable import Manifests
@testable import Materialising
@testable import Planning
@testable import Repairing

extension FuzzTarget {
  /// The first parts of an input, empty where it has fewer.
  private static func parts(_ bytes: [UInt8], _ count: Int) -> [[UInt8]] {
    let parts = bytes.split(
      separator: 0x1D, maxSplits: count - 1, omittingEmptySubsequences: false
    ).map { Array($0) }
    return parts + [[UInt8]](repeating: [], count: count - parts.count)
  }

  // MARK: Patches

  /// A file and a patch of it: what applies is what a reader of the hunks alone would make, and
  /// what is called done can be taken back and made again.
  func patch(_ bytes: [UInt8]) {
    let parts = Self.parts(bytes, 2)
    guard case .success(let patch) = FilePatch.read(parts[1], for: nil) else { return }
    let script = PatchScript(patch, crlf: parts[0].hasOnlyCRLF)
    do throws(EditFailure) {
      let result = try script.applied(to: parts[0])
      if let plain = Self.plainly(patch, on: parts[0]) {
        precondition(plain == result, "not what the hunks say")
      }
      if let before = script.unapplied(from: result) {
        let again = try script.applied(to: before)
        precondition(again == result, "not taken back")
      }
    } catch {
      precondition(!error.message.isEmpty)
    }
    do throws(EditFailure) {
      guard case .changed(let result) = try script.evaluated(on: parts[0]) else { return }
      let applied = try script.applied(to: parts[0])
      precondition(applied == result, "evaluated otherwise")
    } catch {
      precondition(!error.message.isEmpty)
    }
  }

  /// The patch applied at the very lines of its headers, by the shortest code there is; nil where
  /// that is not possible.
  private static func plainly(_ patch: FilePatch, on bytes: [UInt8]) -> [UInt8]? {
    if bytes.hasOnlyCRLF { return nil }
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
    for index in lines.indices.dropLast() { lines[index].append(0x0A) }
    if lines.last == [] { lines.removeLast() }
    var result: [UInt8] = []
    var next = 0
    for hunk in patch.hunks {
      guard let start = hunk.oldStart, !hunk.oldLines.isEmpty, hunk.anchor == nil, !hunk.isAtEnd,
        start - 1 >= next, start - 1 + hunk.oldLines.count <= lines.count,
        lines[(start - 1)..<(start - 1 + hunk.oldLines.count)].elementsEqual(hunk.oldLines)
      else { return nil }
      result += lines[next..<(start - 1)].flatMap { $0 }
      result += hunk.newLines.flatMap { $0 }
      next = start - 1 + hunk.oldLines.count
    }
    return result + lines[next...].flatMap { $0 }
  }

  // MARK: Values

  /// A file, a pointer and a value: exactly that value is another one, and no byte outside it.
  func set(_ bytes: [UInt8]) {
    let parts = Self.parts(bytes, 3)
    guard let value = Self.value(parts[2]) else { return }
    let pointer = String(decoding: parts[1], as: UTF8.self)
    do throws(EditFailure) {
      let edit = try ValueEdit(pointer, value, reader: DocumentReader())
      let result = try edit.applied(to: parts[0])
      precondition(edit.stands(in: result), "the value does not stand")
      let again = try edit.applied(to: result)
      precondition(again == result, "it changes its own result")
      guard let old = Self.document(parts[0]), let new = Self.document(result) else {
        preconditionFailure("the result cannot be read")
      }
      let tokens = try JSONPointer(pointer).tokens
      let wanted = old.value.replacing(at: tokens[...], with: DataValue(value))
      precondition(new.value == wanted || result == parts[0], "another value changed")
      if let node = Self.node(at: tokens, in: old), !parts[0].contains(0x0D) {
        let rest = parts[0].count - node.range.upperBound
        precondition(
          result.prefix(node.range.lowerBound) == parts[0].prefix(node.range.lowerBound)
            && result.suffix(rest) == parts[0].suffix(rest), "other bytes changed")
      }
    } catch {
      precondition(!error.message.isEmpty)
    }
  }

  private static func value(_ bytes: [UInt8]) -> Node? {
    let source = SourceText(name: "v", bytes: Array("v: ".utf8) + bytes + [0x0A])
    let diagnostics = Diagnostics(source)
    guard let document = Document.read(source, into: diagnostics), !diagnostics.hasErrors,
      case .mapping(let pairs) = document.root.value, pairs.count == 1
    else { return nil }
    return pairs[0].value
  }

  private static func document(_ bytes: [UInt8]) -> DataNode? {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return document(Array(bytes.dropFirst(3))) }
    let text = bytes.hasOnlyCRLF ? bytes.withLF : bytes
    let first = text.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    do throws(EditFailure) {
      if let first, [0x7B, 0x5B, 0x2F].contains(first) { return try JSONScanner.read(text) }
      return try YAMLOutline.read(text)
    } catch {
      return nil
    }
  }

  private static func node(at tokens: [String], in document: DataNode) -> DataNode? {
    var node = document
    for token in tokens {
      guard let child = node.child(token) else { return nil }
      node = child
    }
    return node
  }

  // MARK: What mtor wrote

  /// The lines of a journal: what is read is written as what is read again.
  func journal(_ bytes: [UInt8]) {
    guard let once = Self.rewritten(bytes[...]) else { return }
    precondition(Self.rewritten(once[...]) == once, "a journal reads otherwise than it was written")
  }

  private static func rewritten(_ body: ArraySlice<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    do throws(SealedFile.Fault) {
      try JournalLines.read(body) {
        JournalLines.append($0, to: &bytes)
      } operation: {
        JournalLines.append($0, to: &bytes)
      }
    } catch {
      return nil
    }
    return bytes
  }

  /// The inside of a saved plan, under a digest that fits: it is refused, or saved as it was read.
  func plan(_ bytes: [UInt8]) {
    func read(_ bytes: [UInt8]) -> SavedPlan? {
      do throws(SavedPlanError) {
        return try SavedPlan(decoding: bytes)
      } catch {
        precondition(!error.message.isEmpty)
        return nil
      }
    }
    _ = read(bytes)
    guard case .success(let body) = Result(catching: { try JSON(parsing: bytes) }) else { return }
    let whole: JSON = [
      "mtor_plan": .integer(SavedPlan.version),
      "sha256": .string(Digest(of: body.bytes()).hex), "plan": body,
    ]
    guard let plan = read(whole.bytes()) else { return }
    let saved = plan.encoded()
    precondition(read(saved)?.encoded() == saved, "a plan reads otherwise than it was saved")
  }

  // MARK: Replies

  /// A file and a model's reply: whatever it proposes is refused or whole.
  func reply(_ bytes: [UInt8]) {
    let parts = Self.parts(bytes, 2)
    let reply = ReplyReader.read(String(decoding: parts[1], as: UTF8.self))
    for item in reply.items {
      guard case .blocks(let blocks) = item.change else { continue }
      var content = parts[0]
      do throws(Rejection) {
        for block in blocks { content = try BlockMatch.apply(block, to: content) }
      } catch {
        precondition(!error.reason.isEmpty)
      }
    }
  }
}
