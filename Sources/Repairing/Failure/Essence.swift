/// The few lines of an output that say what fails and how.
enum Essence {
  /// How far before the primary error its call may stand, how far after it its values, and how
  /// many lines are kept of those.
  private static let before = 40, after = 8, values = 5
  private static let longest = 200

  /// The failing call, as far as the test's own line is shown, the primary error, its values.
  static func text(of lines: [Substring], error index: Int) -> String {
    var result: [String] = []
    if let call = call(in: lines[max(0, index - before)..<index]) { result.append(call) }
    result.append(lines[index].trimmed)
    var count = 0
    for line in lines[(index + 1)...].prefix(after) where count < values {
      if isRule(line) || isFrame(line) { break }
      guard hasWord(line) else { continue }
      result.append(line.trimmed)
      count += 1
    }
    return result.map { String($0.prefix(longest)) }.joined(separator: "\n")
  }

  /// The last line that asserts something, in the part that the error ends. Lines of the program
  /// itself are left out: models take them for what to write.
  private static func call(in lines: ArraySlice<Substring>) -> String? {
    for line in lines.reversed() {
      if isRule(line) || line.hasPrefix("Traceback ") { return nil }
      let text = line.trimmed
      let lower = text.lowercased()
      if !isFrame(line), lower.contains("assert") || lower.contains("expect(") {
        return text.hasPrefix("> ") ? String(text.dropFirst(2)).trimmed : text
      }
    }
    return nil
  }

  private static func isFrame(_ line: Substring) -> Bool {
    let text = line.trimmed
    return text.hasPrefix("File \"") || text.hasPrefix("Traceback ") || text.hasPrefix("at ")
  }

  /// A line of signs, as runners draw between their parts.
  private static func isRule(_ line: Substring) -> Bool {
    let text = line.trimmed
    return text.count >= 4 && text.allSatisfy { "-=_*".contains($0) }
  }

  /// A line that only points (`~~~^^^`) says nothing by itself.
  private static func hasWord(_ line: Substring) -> Bool {
    line.contains { $0.isLetter || $0.isNumber }
  }
}
