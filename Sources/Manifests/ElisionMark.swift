import Glibc

/// A line that stands for text its writer left out.
enum ElisionMark {
  /// Comment signs, the longer ones first.
  private static let signs: [[UInt8]] = [
    "<!--", "{/*", "{#", "///", "//!", "//", "/*", "(*", "--", "##", "#", ";;", ";", "%",
    "\"\"\"", "'''", "rem ", "*",
  ].map { Array($0.utf8) }

  private static let endings: [[UInt8]] = ["-->", "*/}", "#}", "*/", "*)", "\"\"\"", "'''"].map {
    Array($0.utf8)
  }

  /// What follows or precedes an ellipsis in a mark.
  private static let words: Set<String> = [
    "rest", "existing", "unchanged", "remaining", "remains", "remain", "previous", "omitted",
    "elided", "truncated", "same", "other", "others", "more", "keep", "before", "above", "snip",
    "snipped", "continues", "abbreviated", "skipped", "as-is",
  ]

  /// What alone, in a comment of its own, says that something was left out.
  private static let phrases: [[String]] = [
    ["existing", "code"], ["existing", "code", "here"], ["existing", "imports"],
    ["existing", "implementation"], ["existing", "methods"], ["existing", "content"],
    ["unchanged"], ["unchanged", "code"], ["code", "unchanged"], ["no", "changes"],
    ["no", "changes", "here"], ["omitted"], ["omitted", "for", "brevity"],
    ["code", "omitted"], ["code", "omitted", "for", "brevity"], ["snip"], ["snipped"],
    ["rest", "of", "file"], ["rest", "of", "the", "file"], ["rest", "of", "code"],
    ["rest", "of", "the", "code"], ["same", "as", "before"], ["keep", "as", "is"],
    ["truncated"], ["truncated", "for", "brevity"],
  ]

  /// The subjects and the states of a longer phrase: "rest of the class stays the same".
  private static let subjects: Set<String> = [
    "rest", "remaining", "remainder", "other", "existing",
  ]
  private static let things: Set<String> = [
    "file", "code", "class", "function", "functions", "method", "methods", "module",
    "implementation", "imports", "content", "contents", "lines", "body", "document", "script",
    "tests", "test", "definitions", "logic", "config", "configuration", "program", "text",
  ]
  private static let states: Set<String> = [
    "unchanged", "same", "omitted", "elided", "before", "as-is", "untouched", "here", "unmodified",
    "intact", "identical",
  ]

  /// True if the line, without its indentation, is nothing but such a mark. Longer lines than
  /// 120 bytes say too much to be one.
  static func stands(in line: UnsafeBufferPointer<UInt8>) -> Bool {
    line.count <= 120 && mayStand(in: line) && isMark(line)
  }

  /// The same without the cheap look before.
  static func isMark(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    var text = trim(Array(line).map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }[...])
    let hadSign: Bool
    if let sign = signs.first(where: { text.starts(with: $0) }) {
      text = trim(text.dropFirst(sign.count))
      hadSign = true
    } else {
      hadSign = false
    }
    for ending in endings
    where text.count >= ending.count && text.suffix(ending.count) == ending[...] {
      text = trim(text.dropLast(ending.count))
      break
    }
    let (body, before, after) = withoutEllipses(text)
    let ellipsis = before || after
    if body.isEmpty { return ellipsis && hadSign && !line.starts(with: [0x2A]) }
    let words = split(body)
    // Without a comment sign only a bracketed or an ellipsed phrase is a mark: prose is not.
    guard hadSign || (ellipsis && before) else { return false }
    if ellipsis && before && words.count <= 10 && words.contains(where: self.words.contains) {
      return true
    }
    return hadSign && isPhrase(words)
  }

  /// A cheap look that spares nearly every line the long one: a mark has an ellipsis, or its first
  /// letters are a word that a phrase begins with.
  static func mayStand(in line: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let start = line.baseAddress else { return false }
    // The first byte of "…", or "..".
    if memchr(start, 0xE2, line.count) != nil { return true }
    if let dot = memchr(start, 0x2E, line.count) {
      var index = UnsafeRawPointer(dot) - UnsafeRawPointer(start) + 1
      while index < line.count {
        if line[index] == 0x2E && line[index - 1] == 0x2E { return true }
        index += 1
      }
    }
    var index = 0
    if line.count > 4, word(in: line, from: &index) == rem, line[index] != 0x20 { return false }
    if index != 3 { index = 0 }
    while index < line.count, !isLetter(line[index]) { index += 1 }
    return beginnings.contains(word(in: line, from: &index))
  }

  private static func isLetter(_ byte: UInt8) -> Bool { 0x61...0x7A ~= byte | 0x20 }

  /// The letters from a place on as one number, as far as they fit; the place is moved behind them.
  private static func word(
    in line: UnsafeBufferPointer<UInt8>, from index: inout Int
  ) -> UInt64 {
    var word: UInt64 = 0
    while index < line.count, isLetter(line[index]) {
      word = word &* 31 &+ UInt64(line[index] | 0x20)
      index += 1
    }
    return word
  }

  private static func number(of text: String) -> UInt64 {
    text.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) }
  }

  private static let rem = number(of: "rem")

  /// Every word that a phrase without an ellipsis begins with.
  private static let beginnings: [UInt64] = {
    let words = phrases.compactMap(\.first) + subjects + ["the", "all"]
    return Set(words).map(number).sorted()
  }()

  private static func isPhrase(_ words: [String]) -> Bool {
    guard words.count <= 12 else { return false }
    if phrases.contains(words) { return true }
    guard let first = words.first(where: { $0 != "the" && $0 != "all" }), subjects.contains(first)
    else { return false }
    return words.contains(where: things.contains) && words.contains(where: states.contains)
  }

  /// The text without brackets and ellipses at its ends, and where an ellipsis stood.
  private static func withoutEllipses(
    _ text: ArraySlice<UInt8>
  ) -> (body: ArraySlice<UInt8>, before: Bool, after: Bool) {
    var text = text
    var (before, after) = (false, false)
    while let first = text.first {
      if text.starts(with: [0x2E, 0x2E]) {
        text = text.drop { $0 == 0x2E }
        before = true
      } else if text.starts(with: [0xE2, 0x80, 0xA6]) {
        text = text.dropFirst(3)
        before = true
      } else if first == 0x20 || "([<{*".utf8.contains(first) {
        text = text.dropFirst()
      } else {
        break
      }
    }
    while let last = text.last {
      if text.count >= 2, text.suffix(2) == [0x2E, 0x2E] {
        while text.last == 0x2E { text = text.dropLast() }
        after = true
      } else if text.count >= 3, text.suffix(3) == [0xE2, 0x80, 0xA6] {
        text = text.dropLast(3)
        after = true
      } else if last == 0x20 || ")]>}*.".utf8.contains(last) {
        text = text.dropLast()
      } else {
        break
      }
    }
    return (text, before, after)
  }

  private static func split(_ text: ArraySlice<UInt8>) -> [String] {
    text.split { !(0x61...0x7A ~= $0 || $0 == 0x2D || $0 >= 0x80 || 0x30...0x39 ~= $0) }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  private static func trim(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = text
    while let first = text.first, first == 0x20 || first == 0x09 { text = text.dropFirst() }
    while let last = text.last, last == 0x20 || last == 0x09 || last == 0x0D {
      text = text.dropLast()
    }
    return text
  }
}
