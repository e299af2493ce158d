import Manifests
import Platform
import YAMLTree

/// An edit that found nothing, written anew with lines that stand in the file.
struct Correction {
  let pattern: [UInt8]
  /// What it does with the lines, in words.
  let verb: String
  private let form: Form

  private enum Form {
    case block(replacement: [UInt8])
    case replace(with: [UInt8], count: Edit.Count, isWord: Bool)
    case insert([UInt8], isAfter: Bool)
  }

  /// Nil for an edit that looks for no text.
  init?(_ edit: TextEdit) {
    switch edit {
    case .replace(let find, let replacement, let count, let extent):
      (pattern, verb) = (find.pattern, "replace")
      form =
        extent == .lines
        ? .block(replacement: replacement)
        : .replace(with: replacement, count: count, isWord: extent == .words)
    case .insert(let anchor, let text, let isAfter):
      (pattern, verb) = (anchor.pattern, "insert " + (isAfter ? "after" : "before"))
      form = .insert(text, isAfter: isAfter)
    case .append, .prepend, .match, .set: return nil
    }
  }

  /// The edit for lines of the file, without their line ends; `isOpen` says that the last of them
  /// is the file's and has none. Nil where they are no text.
  func text(with lines: [ArraySlice<UInt8>], isOpen: Bool) -> String? {
    if case .block(let replacement) = form, !isOpen {
      let all = lines + replacement.lines
      if all.allSatisfy(Self.isPlain) {
        func shown(_ lines: [ArraySlice<UInt8>]) -> [String] {
          lines.map { String(decoding: $0, as: UTF8.self) }
        }
        return
          (["<<<<<<< SEARCH"] + shown(lines) + ["======="] + shown(replacement.lines)
          + [">>>>>>> REPLACE"]).joined(separator: "\n")
      }
    }
    var found = Array(lines.joined(separator: [0x0A]))
    if lines.count == 1, let first = pattern.first, first != 0x20, first != 0x09 {
      found = Array(found.drop { $0 == 0x20 || $0 == 0x09 })
    }
    if pattern.last == 0x0A, !isOpen {
      // With the line end, the line is a whole one.
      found = Array(lines.joined(separator: [0x0A])) + [0x0A]
    }
    return entry(finding: found, isOpen: isOpen)
  }

  /// The edit for a block whose lines stand at the end of a file that has no newline there.
  func openEnd(of bytes: [UInt8]) -> String? {
    guard case .block = form, !bytes.isEmpty, bytes.last != 0x0A else { return nil }
    var bare = pattern
    for byte in [0x0A, 0x0D] as [UInt8] where bare.last == byte { bare.removeLast() }
    let start = bytes.count - bare.count
    guard start >= 0, bytes.holds(bare, at: start), bytes.isLines(at: start..<bytes.count) else {
      return nil
    }
    // With the newline before it, it may be the only one.
    let candidates = [bare, start > 0 ? [0x0A] + bare : bare]
    let isOnly = candidates.map { ByteSearch($0)?.places(in: bytes, limit: 2).count == 1 }
    guard let index = isOnly.firstIndex(of: true) else { return nil }
    return entry(finding: candidates[index].withLF, isOpen: true, prefix: index == 1 ? [0x0A] : [])
  }

  // MARK: Writing

  /// The edit as an item of a list; nil where its texts are no UTF-8.
  private func entry(finding found: [UInt8], isOpen: Bool, prefix: [UInt8] = []) -> String? {
    func quoted(_ bytes: [UInt8]) -> String? {
      let text = String(decoding: bytes, as: UTF8.self)
      return text.utf8.elementsEqual(bytes)
        ? Quoted.double(text, escapes: Printable.isUnsafe) : nil
    }
    /// A text that takes the place of lines without a line end has none either.
    func fitting(_ bytes: [UInt8]) -> [UInt8] {
      let text = bytes.withLF
      return isOpen && text.last == 0x0A ? text.dropLast() : text
    }
    guard let find = quoted(found) else { return nil }
    switch form {
    case .block(let replacement):
      return quoted(prefix + fitting(replacement)).map { "- {find: \(find), replace: \($0)}" }
    case .replace(let replacement, let count, let isWord):
      let times =
        switch count {
        case .exactly(1): ""
        case .exactly(let number): ", count: \(number)"
        case .all: ", count: all"
        }
      return quoted(fitting(replacement)).map {
        "- {find: \(find), replace: \($0)\(times)\(isWord ? ", word: true" : "")}"
      }
    case .insert(let text, let isAfter):
      return quoted(text.withLF).map {
        "- {\(isAfter ? "after" : "before"): \(find), insert: \($0)}"
      }
    }
  }

  /// True for a line that a block can hold and a terminal shows as it is.
  private static func isPlain(_ line: ArraySlice<UInt8>) -> Bool {
    let text = String(decoding: line, as: UTF8.self)
    return text.utf8.elementsEqual(line)
      && !text.unicodeScalars.contains { $0 != "\t" && Printable.isUnsafe($0) }
  }
}
