import Platform

/// The parts of a large file that a failure speaks of, the rest elided.
enum Excerpt {
  /// Files up to this many lines are shown whole.
  static let limit = 250
  private static let around = 12, body = 30, opening = 12

  /// The excerpt with its elisions; nil where the failure names nothing in the file, so that only
  /// the whole file can help. A secret of many lines, such as a key, is in it whole or not at all:
  /// what is left of one is not known as a secret any more.
  static func make(
    of bytes: [UInt8], at path: String, for failure: FailureText, mark: String
  ) -> String? {
    let lines = bytes.plainLines
    var wanted: [Range<Int>] = []
    let name = path.split(separator: "/").last ?? ""
    for place in failure.places {
      guard place.path.split(separator: "/").last == name, place.line <= lines.count else {
        continue
      }
      wanted.append((place.line - around - 1)..<(place.line + around))
    }
    let symbols = symbols(in: failure.surroundings)
    for (index, line) in lines.enumerated() where line.count < 1000 {
      guard let defined = definition(in: line), symbols.contains(defined) else { continue }
      wanted.append((index - 2)..<(index + end(of: index, in: lines)))
    }
    if wanted.isEmpty { return nil }
    wanted.append(0..<opening)
    let secrets = secrets(in: bytes)
    for index in wanted.indices {
      for secret in secrets where wanted[index].overlaps(secret) {
        wanted[index] =
          min(
            wanted[index].lowerBound, secret.lowerBound)..<max(
            wanted[index].upperBound, secret.upperBound)
      }
    }
    return text(of: merged(wanted, lines.count), in: lines, mark)
  }

  /// The lines of secrets that take several, with those that say where these begin and end.
  private static func secrets(in bytes: [UInt8]) -> [Range<Int>] {
    let text = Array(Printable.output(bytes.withoutReturns).utf8)
    var line = 0
    var at = 0
    return SecretFinder.find(in: text).sorted { $0.lowerBound < $1.lowerBound }.compactMap {
      range in
      line += text[at..<range.lowerBound].count { $0 == 0x0A }
      at = range.lowerBound
      let more = text[range].count { $0 == 0x0A }
      return more == 0 ? nil : max(0, line - 1)..<(line + more + 1)
    }
  }

  /// How many lines the definition that begins at `index` takes, at most `body`.
  private static func end(of index: Int, in lines: [ArraySlice<UInt8>]) -> Int {
    let indent = lines[index].indent.count
    var count = 1
    while count < body, index + count < lines.count {
      let line = lines[index + count]
      if !line.isBlank, line.indent.count <= indent,
        ![UInt8(ascii: "}"), UInt8(ascii: ")")]
          .contains(line[line.indent.endIndex])
      {
        break
      }
      count += 1
    }
    return count
  }

  private static func text(
    of ranges: [Range<Int>], in lines: [ArraySlice<UInt8>], _ mark: String
  ) -> String {
    var result: [String] = []
    var shown = 0
    for range in ranges {
      if range.lowerBound > shown {
        result.append("[\(mark): lines \(shown + 1) to \(range.lowerBound) are not shown]")
      }
      result += lines[range].map { $0.text }
      shown = range.upperBound
    }
    if shown < lines.count {
      result.append("[\(mark): lines \(shown + 1) to \(lines.count) are not shown]")
    }
    return result.joined(separator: "\n") + "\n"
  }

  /// Sorted, within the file, and joined where only a few lines lie between.
  private static func merged(_ ranges: [Range<Int>], _ count: Int) -> [Range<Int>] {
    var result: [Range<Int>] = []
    let all = ranges.map { max(0, $0.lowerBound)..<max(0, min(count, $0.upperBound)) }
    for range in all.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
      if let last = result.last, range.lowerBound <= last.upperBound + 3 {
        result[result.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        result.append(range)
      }
    }
    return result
  }

  /// Identifiers of at least three characters.
  private static func symbols(in text: String) -> Set<String> {
    Set(
      text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }
        .filter { $0.count >= 3 && !($0.first?.isNumber ?? true) }.map(String.init))
  }

  private static let keywords: Set<String> = [
    "def", "class", "func", "fn", "function", "struct", "enum", "trait", "impl", "interface",
    "protocol", "extension", "type", "const", "let", "var", "static", "module",
  ]
  private static let modifiers: Set<String> = [
    "public", "private", "internal", "fileprivate", "protected", "export", "default", "async",
    "pub", "final", "abstract", "mutating", "override", "unsafe", "inline", "extern",
  ]

  /// The name that a line defines, if it defines one.
  private static func definition(in line: ArraySlice<UInt8>) -> String? {
    var words = line.text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }[...]
    while let first = words.first, modifiers.contains(String(first)) { words = words.dropFirst() }
    guard let first = words.first, keywords.contains(String(first)) else { return nil }
    // Go writes the receiver between `func` and the name.
    if first == "func", line.text.contains("func ("), words.count >= 4 {
      return String(words[words.startIndex + 3])
    }
    return words.dropFirst().first.map(String.init)
  }
}
