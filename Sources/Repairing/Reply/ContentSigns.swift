/// Signs in new lines that they are not meant as they stand, or bend the measure.
enum ContentSigns {
  /// A line that stands for others which were left out; nil where there is none.
  static func elision(in lines: [ArraySlice<UInt8>]) -> String? {
    lines.lazy.map { $0.text.trimmed }.first(where: isElision)
  }

  private static let phrases = [
    "rest of the file", "rest of file", "rest of the code", "rest of code", "rest unchanged",
    "remaining code", "remaining functions", "remains unchanged", "remain unchanged",
    "unchanged code", "existing code", "code unchanged", "same as before", "as before",
    "previous code", "omitted for brevity", "rest of the function", "rest of the class",
    "rest of the implementation", "implementation remains", "other functions", "keep the rest",
    "... unchanged", "not shown",
  ]

  private static func isElision(_ line: String) -> Bool {
    var text = line[...]
    var isComment = false
    for mark in ["//", "#", "--", "/*", "<!--", ";", "%", "\"\"\"", "{/*", "(*"]
    where text.hasPrefix(mark) {
      text = text.dropFirst(mark.count)
      isComment = true
      break
    }
    for mark in ["*/", "-->", "*/}", "*)"] where text.hasSuffix(mark) {
      text = text.dropLast(mark.count)
    }
    let body = text.trimmed.lowercased()
    let dots =
      body.hasPrefix("...") || body.hasPrefix("…") || body.hasPrefix("[...]")
      || body.hasSuffix("...") || body.hasSuffix("…")
    let rest = body.filter { !".…[]() ".contains($0) }
    // Python's own `...` is a statement; as a comment it stands for something.
    if isComment && rest.isEmpty && dots { return true }
    if body == "…" { return true }
    guard isComment || dots else { return false }
    return phrases.contains { body.contains($0) } && body.count < 120
  }

  /// Words that a repair of ordinary code has no use for, each with what it would do.
  private static let tampering: [(word: String, reason: String)] = [
    ("os._exit", "ends the process before the tests have"),
    ("pytest.skip", "skips tests"), ("pytest.exit", "ends the test run"),
    ("pytest.mark.", "marks tests"), ("unittest.skip", "skips tests"),
    ("SkipTest", "skips tests"), ("import pytest", "reaches into the test runner"),
    ("from pytest", "reaches into the test runner"),
    ("import _pytest", "reaches into the test runner"),
    ("from _pytest", "reaches into the test runner"),
    ("import unittest", "reaches into the test runner"),
    ("from unittest", "reaches into the test runner"),
    ("unittest.TestCase", "reaches into the test runner"),
    ("PYTEST_CURRENT_TEST", "asks whether it is tested"),
    ("process.exit(0)", "ends the process before the tests have"),
    ("process::exit(0)", "ends the process before the tests have"),
    ("os.Exit(0)", "ends the process before the tests have"),
    ("syscall.Exit(0)", "ends the process before the tests have"),
    ("libc::_exit", "ends the process before the tests have"),
    ("MTOR_", "asks who runs it"), ("#[ignore]", "skips tests"), ("t.Skip(", "skips tests"),
    ("XCTSkip", "skips tests"), ("jest.mock(", "reaches into the test runner"),
    ("globalThis.expect", "reaches into the test runner"),
    ("global.expect", "reaches into the test runner"),
  ]

  /// The first such word that is new, with its reason.
  static func tampering(
    in lines: [ArraySlice<UInt8>], before: [UInt8]
  ) -> (word: String, reason: String)? {
    guard !lines.isEmpty else { return nil }
    let text = lines.map { $0.text }.joined()
    let old = before.text
    if let found = tampering.first(where: { text.contains($0.word) && !old.contains($0.word) }) {
      return found
    }
    return forged(in: text).flatMap {
      old.contains($0) ? nil : ($0, "looks like a runner's summary")
    }
  }

  /// Statements that end Python well, whatever else the module holds.
  private static let endings: Set<String> = [
    "sys.exit()", "sys.exit(0)", "raise SystemExit", "raise SystemExit()", "raise SystemExit(0)",
    "exit()", "exit(0)", "quit()", "quit(0)",
  ]

  /// The first new statement of a module itself that ends the process as if all was well. In a
  /// function or below a condition it may be meant, and in a string it is none.
  static func ending(
    in content: [UInt8], over before: [UInt8], added lines: [ArraySlice<UInt8>]
  ) -> String? {
    let endings = PythonLines.code(of: content).compactMap(ending)
    if endings.isEmpty { return nil }
    if endings.count > PythonLines.code(of: before).count(where: { ending(of: $0) != nil }) {
      return endings.last
    }
    // One that stood elsewhere before.
    let moved = Set(lines.compactMap(ending))
    return endings.first(where: moved.contains)
  }

  private static func ending(of line: ArraySlice<UInt8>) -> String? {
    guard line.indent.isEmpty else { return nil }
    let code = line.text.prefix { $0 != "#" }
    return code.split(separator: ";").lazy.map { $0.trimmed }.first(where: endings.contains)
  }

  /// What runners close with, and whether a number stands before or behind it.
  private static let summaries: [(words: String, countsBehind: Bool?)] = [
    ("Ran ", true), ("Executed ", true), ("Test run with ", true), (" passed in ", false),
    (" failed in ", false), ("test result: ", nil), (" total\"", false), (" passed;", false),
  ]

  /// Words of a runner's summary: a program that prints them stands in for its tests.
  private static func forged(in text: String) -> String? {
    for (words, countsBehind) in summaries {
      for range in text.ranges(of: words) {
        switch countsBehind {
        case nil: return words
        case true? where text[range.upperBound...].first?.isNumber ?? false: return words
        case false? where text[..<range.lowerBound].last?.isNumber ?? false: return words
        default: continue
        }
      }
    }
    return nil
  }
}
