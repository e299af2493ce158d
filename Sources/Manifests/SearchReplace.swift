import YAMLTree

/// SEARCH/REPLACE blocks as an `edit` text holds them.
public enum SearchReplace {
  /// One block with the place of its opening line.
  public struct Block: Sendable {
    public let find: [UInt8]
    public let replacement: [UInt8]
    /// The line of `<<<<<<< SEARCH` inside the text, from 1.
    public let line: Int
  }

  static let opening = Array("<<<<<<< SEARCH".utf8)
  static let divider = Array("=======".utf8)
  static let closing = Array(">>>>>>> REPLACE".utf8)

  /// What stands between the blocks of a text: where the reader is.
  private enum Place {
    case outside
    case search(line: Int)
    case replacement(line: Int, find: [UInt8])
  }

  /// The blocks of a text, or everything that is wrong with it.
  ///
  /// Each marker is a whole line. A line of content that equals a marker cannot be told from it
  /// and is an error: such an edit is written as `{find, replace}`.
  public static func read(_ text: [UInt8]) -> (blocks: [Block], faults: [Finding]) {
    var blocks: [Block] = []
    var faults: [Finding] = []
    var place = Place.outside
    var held: [UInt8] = []
    var number = 0
    for line in Lines(text) {
      number += 1
      let bare = line.withoutLineEnd
      let kind = marker(bare)
      switch (place, kind) {
      case (.outside, .open):
        place = .search(line: number)
        held = []
      case (.outside, nil) where bare.allSatisfy({ $0 == 0x20 || $0 == 0x09 }): break
      case (.outside, let kind):
        faults.append(outside(kind, bare, number))
      case (.search(let opened), .divide):
        if held.isEmpty {
          faults.append(empty(opened))
        }
        place = .replacement(line: opened, find: held)
        held = []
      case (.replacement(let opened, let find), .close):
        if !find.isEmpty {
          blocks.append(Block(find: find, replacement: held, line: opened))
        }
        place = .outside
      case (.search, nil), (.replacement, nil): held += line.bytes
      case (.search(let opened), let kind?):
        faults.append(astray(kind, number, after: opened, expected: "======="))
        place = kind == .close ? .outside : .search(line: number)
        held = []
      case (.replacement(let opened, _), let kind?):
        faults.append(astray(kind, number, after: opened, expected: ">>>>>>> REPLACE"))
        if kind == .open {
          place = .search(line: number)
          held = []
        }
      }
    }
    faults += unfinished(place)
    if blocks.isEmpty && faults.isEmpty { faults.append(none) }
    return (blocks, faults)
  }

  private enum Marker { case open, divide, close }

  private static func marker(_ line: ArraySlice<UInt8>) -> Marker? {
    guard let first = line.first, first == 0x3C || first == 0x3D || first == 0x3E else {
      return nil
    }
    var line = line
    while line.last == 0x20 { line.removeLast() }
    if line.elementsEqual(opening) { return .open }
    if line.elementsEqual(divider) { return .divide }
    return line.elementsEqual(closing) ? .close : nil
  }

  private static func outside(
    _ kind: Marker?, _ line: ArraySlice<UInt8>, _ number: Int
  ) -> Finding {
    let message =
      switch kind {
      case .divide?: "'=======' stands outside a block"
      case .close?: "'>>>>>>> REPLACE' stands outside a block"
      case .open?, nil: "text stands outside the SEARCH/REPLACE blocks"
      }
    let hint =
      line.starts(with: [0x3C, 0x3C, 0x3C, 0x3C])
      ? "a block begins with the line '<<<<<<< SEARCH', seven '<'"
      : "write it between '<<<<<<< SEARCH', '=======' and '>>>>>>> REPLACE'"
    return Finding(
      .error, "edit-block", message, line: number, width: max(1, line.count), hint: hint)
  }

  private static func astray(
    _ kind: Marker, _ number: Int, after opened: Int, expected: String
  ) -> Finding {
    let found =
      switch kind {
      case .open: "<<<<<<< SEARCH"
      case .divide: "======="
      case .close: ">>>>>>> REPLACE"
      }
    return Finding(
      .error, "edit-block",
      "'\(found)' where '\(expected)' is expected, in the block of line \(opened) of this text",
      line: number, width: found.utf8.count,
      hint: "where the file itself has such a line, write the edit as '- {find: …, replace: …}'")
  }

  private static func empty(_ line: Int) -> Finding {
    Finding(
      .error, "edit-empty", "the block searches for nothing", line: line, width: opening.count,
      hint: "name the lines to replace, or use '- {append: …}' or 'content: |'")
  }

  private static func unfinished(_ place: Place) -> [Finding] {
    let line: Int
    let missing: String
    switch place {
    case .outside: return []
    case .search(let opened): (line, missing) = (opened, "=======")
    case .replacement(let opened, _): (line, missing) = (opened, ">>>>>>> REPLACE")
    }
    return [
      Finding(
        .error, "edit-block", "the block is not finished: '\(missing)' is missing", line: line,
        width: opening.count, hint: "end the block with '=======' and '>>>>>>> REPLACE'")
    ]
  }

  private static let none = Finding(
    .error, "edit-block", "there is no SEARCH/REPLACE block in this edit",
    hint: "begin with the line '<<<<<<< SEARCH', or use 'content: |' for a whole file")
}
