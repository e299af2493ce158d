/// Which lines of an output are errors, by the shapes that compilers and test runners use.
enum ErrorLines {
  /// The indices of error lines, in order; where no shape fits, of lines that speak of an error.
  static func find(in lines: [Substring]) -> [Int] {
    var strong: [Int] = []
    var inTraceback = false
    for (index, line) in lines.enumerated() where line.utf8.count < 4000 {
      if line.hasPrefix("Traceback (most recent call last)") {
        inTraceback = true
        continue
      }
      if inTraceback, let first = line.utf8.first, first != 0x20, first != 0x09 {
        // The first line of a traceback that is not indented names the exception.
        inTraceback = false
        strong.append(index)
        continue
      }
      if isStrong(line) { strong.append(index) }
    }
    if !strong.isEmpty { return strong }
    return lines.indices.filter { lines[$0].utf8.count < 4000 && isWeak(lines[$0]) }
  }

  private static func isStrong(_ line: Substring) -> Bool {
    // pytest's marked lines; the first E of a block names the failure.
    if line.hasPrefix("E   ") && !line.dropFirst(4).allSatisfy(\.isWhitespace) { return true }
    if line.hasPrefix("error:") || line.hasPrefix("error[E") { return true }
    if line.hasPrefix("--- FAIL:") || line.hasPrefix("panic:") { return true }
    if line.hasPrefix("thread '") && line.holds("panicked at") { return true }
    let text = line.drop(while: \.isWhitespace)
    if text.hasPrefix("● ") || text.hasPrefix("✘ ") || text.hasPrefix("not ok ") { return true }
    if line.hasPrefix("sh: ") || line.hasPrefix("bash: ") { return true }
    // gcc, clang, swift, tsc: a place, then `error`.
    if line.holds(": error:") || line.holds(": fatal error:") || line.holds(": error TS") {
      return true
    }
    if isNamedException(text) { return true }
    // go: file.go:12:3: message
    return line.holds(".go:") && !places(in: line).isEmpty
  }

  /// `TypeError: …`, `AssertionError [ERR_ASSERTION]: …`, `java.lang.IllegalStateException: …`.
  private static func isNamedException(_ text: Substring) -> Bool {
    let head = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "_") }
    guard head.first?.isLetter ?? false else { return false }
    let rest = text[head.endIndex...]
    guard rest.hasPrefix(":") || rest.hasPrefix(" [") || rest.isEmpty else { return false }
    guard ["Error", "Exception"].contains(where: head.hasSuffix), head.count > 5 else {
      return false
    }
    return !rest.isEmpty || head.hasSuffix("AssertionError")
  }

  private static func isWeak(_ line: Substring) -> Bool {
    let lower = line.lowercased()
    return weakWords.contains { lower.holds($0) }
  }

  private static let weakWords = [
    "error", "fail", "exception", "panic", "not found", "cannot", "undefined", "expected",
    "assert", "no such", "denied", "segmentation", "fatal",
  ]

  /// The places a line names: `path:12`, `path:12:3`, `path(12,3)`, `File "path", line 12`.
  static func places(in line: Substring) -> [FailureText.Place] {
    var result: [FailureText.Place] = []
    if let start = line.firstRange(of: "File \"") {
      let rest = line[start.upperBound...]
      if let quote = rest.firstIndex(of: "\""),
        let number = rest[quote...].firstRange(of: "line ").flatMap({
          number(rest[$0.upperBound...])
        })
      {
        result.append(FailureText.Place(path: String(rest[..<quote]), line: number))
        return result
      }
    }
    for token in line.split(whereSeparator: { " \t\"'`<>[]|,;".contains($0) }) {
      guard let mark = token.firstIndex(where: { $0 == ":" || $0 == "(" }) else { continue }
      let path = token[..<mark]
      guard isPath(path), let line = number(token[token.index(after: mark)...]) else { continue }
      result.append(FailureText.Place(path: String(path), line: line))
    }
    return result
  }

  private static func isPath(_ text: Substring) -> Bool {
    guard let dot = text.lastIndex(of: "."), dot > text.startIndex else { return false }
    let ending = text[text.index(after: dot)...]
    return (1...5).contains(ending.count) && ending.allSatisfy { $0.isLetter || $0.isNumber }
      && ending.first?.isLetter ?? false && !text.hasPrefix("//")
  }

  private static func number(_ text: Substring) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    return digits.count <= 7 ? Int(digits) : nil
  }
}
