/// Reads the closing lines of test runners.
struct SummaryReader {
  let lines: [Substring]

  func read(_ runner: TestRunner) -> TestSummary? {
    switch runner {
    case .pytest: pytest()
    case .unittest: unittest()
    case .goTest: goTest()
    case .cargoTest: cargoTest()
    case .swiftTest: swiftTest()
    case .jest: javaScript(.jest)
    case .vitest: javaScript(.vitest)
    case .junit: junit()
    }
  }

  /// `=== 2 failed, 3 passed, 1 skipped in 0.12s ===`, the bars absent with -q.
  private func pytest() -> TestSummary? {
    for line in lines.reversed() {
      let text = line.trimmed.drop { $0 == "=" || $0 == " " }
      guard let end = text.firstRange(of: " in ") else { continue }
      let seconds = text[end.upperBound...].prefix { $0.isNumber || $0 == "." }
      guard !seconds.isEmpty, text[end.upperBound...].dropFirst(seconds.count).hasPrefix("s")
      else { continue }
      let body = text[..<end.lowerBound]
      if body == "no tests ran" { return TestSummary(.pytest, executed: 0, failed: 0, skipped: 0) }
      guard let counts = Self.counts(body, separator: ", ") else { continue }
      let failed =
        counts["failed", default: 0] + counts["error", default: 0]
        + counts["errors", default: 0]
      let executed =
        counts["passed", default: 0] + counts["failed", default: 0]
        + counts["xfailed", default: 0] + counts["xpassed", default: 0]
      if counts.isEmpty { continue }
      var failing = Set<String>()
      for line in lines {
        for word in ["FAILED ", "ERROR "] where line.hasPrefix(word) {
          let rest = line.dropFirst(word.count)
          failing.insert(String(rest.firstRange(of: " - ").map { rest[..<$0.lowerBound] } ?? rest))
        }
      }
      return TestSummary(
        .pytest, executed: executed, failed: failed, skipped: counts["skipped", default: 0],
        failing: failing)
    }
    return nil
  }

  /// `Ran 5 tests in 0.001s`, then `OK (skipped=1)` or `FAILED (failures=1, errors=1)`.
  ///
  /// What a program under test prints may stand anywhere, after it too: Python keeps its standard
  /// output until the end.
  private func unittest() -> TestSummary? {
    for index in lines.indices.reversed() {
      guard let ran = Self.testsRan(lines[index]) else { continue }
      if let summary = unittest(ran, at: index) { return summary }
    }
    return nil
  }

  /// The number in `Ran 5 tests in 0.001s`; nil for any other line.
  private static func testsRan(_ line: Substring) -> Int? {
    guard line.hasPrefix("Ran ") else { return nil }
    let words = line.trimmed.split(separator: " ")
    guard words.count == 5, words[2] == "test" || words[2] == "tests", words[3] == "in",
      words[4].last == "s", Double(words[4].dropLast()) != nil
    else { return nil }
    return Int(words[1])
  }

  private func unittest(_ ran: Int, at index: Int) -> TestSummary? {
    for line in lines[(index + 1)...].prefix(5) {
      let text = line.trimmed
      guard text.hasPrefix("OK") || text.hasPrefix("FAILED") || text.hasPrefix("NO TESTS RAN")
      else { continue }
      var numbers: [String: Int] = [:]
      if let open = text.firstIndex(of: "(") {
        let inside = text[text.index(after: open)...].dropLast()
        for part in inside.split(separator: ",") {
          let pair = part.trimmed.split(separator: "=")
          if pair.count == 2 { numbers[String(pair[0])] = Int(pair[1]) }
        }
      }
      let skipped = numbers["skipped", default: 0]
      let failed = numbers["failures", default: 0] + numbers["errors", default: 0]
      if text.hasPrefix("FAILED") != (failed + numbers["unexpected successes", default: 0] > 0) {
        return nil
      }
      var failing = Set<String>()
      for line in lines where line.hasPrefix("FAIL: ") || line.hasPrefix("ERROR: ") {
        failing.insert(String(line.split(separator: ": ", maxSplits: 1)[1]))
      }
      return TestSummary(
        .unittest, executed: max(0, ran - skipped), failed: failed, skipped: skipped,
        failing: failing)
    }
    return nil
  }

  /// Tests with -v, else packages: `ok  pkg 0.01s`, `FAIL pkg 0.01s`.
  private func goTest() -> TestSummary? {
    var tests = (passed: 0, failed: 0, skipped: 0)
    var packages = (passed: 0, failed: 0)
    var failing = Set<String>()
    for line in lines {
      let text = line.drop { $0 == " " }
      if text.hasPrefix("--- PASS: ") { tests.passed += 1 }
      if text.hasPrefix("--- SKIP: ") { tests.skipped += 1 }
      if text.hasPrefix("--- FAIL: ") {
        tests.failed += 1
        failing.insert(String(text.dropFirst(10).prefix { $0 != " " }))
      }
      if line.hasPrefix("ok ") && !line.contains("[no tests to run]") { packages.passed += 1 }
      if line.hasPrefix("FAIL\t") { packages.failed += 1 }
    }
    guard packages.passed + packages.failed > 0 else { return nil }
    let counted = tests.passed > 0 ? tests.passed + tests.failed : packages.passed + packages.failed
    return TestSummary(
      .goTest, executed: counted, failed: max(tests.failed, packages.failed),
      skipped: tests.skipped, failing: failing)
  }

  /// `test result: ok. 5 passed; 0 failed; 1 ignored; …`, one a binary.
  private func cargoTest() -> TestSummary? {
    var summary = TestSummary(.cargoTest, executed: 0, failed: 0, skipped: 0)
    var isFound = false
    for line in lines {
      if line.hasPrefix("test "), line.hasSuffix(" ... FAILED") {
        summary.failing.insert(String(line.dropFirst(5).dropLast(11)))
      }
      guard line.hasPrefix("test result: "), let start = line.firstRange(of: ". ") else { continue }
      let parts = line[start.upperBound...].split(separator: ";").prefix(3).joined(separator: ";")
      guard let counts = Self.counts(parts[...], separator: ";") else { continue }
      isFound = true
      summary.executed += counts["passed", default: 0] + counts["failed", default: 0]
      summary.failed += counts["failed", default: 0]
      summary.skipped += counts["ignored", default: 0]
    }
    return isFound ? summary : nil
  }

  /// XCTest's `Executed 5 tests, with …` and Swift Testing's `Test run with 5 tests …`, added.
  private func swiftTest() -> TestSummary? {
    var xctest: (executed: Int, failed: Int, skipped: Int)?
    var testing: (executed: Int, failed: Int)?
    var failing = Set<String>()
    for line in lines {
      let text = line.trimmed
      let words = text.split(separator: " ")
      if text.hasPrefix("Executed "), words.count > 4, let count = Int(words[1]) {
        // Suites nest: the largest is the whole.
        if count >= xctest?.executed ?? 0 {
          xctest = (
            count, Self.number(before: "failure", in: words),
            Self.number(before: "test", "skipped", in: words)
          )
        }
      }
      if let range = text.firstRange(of: "Test run with ") {
        let rest = text[range.upperBound...].split(separator: " ")
        if let count = rest.first.flatMap({ Int($0) }) {
          let red = text.contains(" failed after ")
          testing = (count, red ? max(1, Self.number(before: "issue", in: rest)) : 0)
        }
      }
      if text.hasPrefix("✘ Test "),
        let name = text.dropFirst(7).firstRange(of: " recorded an issue")
      {
        failing.insert(String(text.dropFirst(7)[..<name.lowerBound]))
      }
    }
    guard xctest != nil || testing != nil else { return nil }
    let skipped = xctest?.skipped ?? 0
    return TestSummary(
      .swiftTest, executed: (xctest?.executed ?? 0) - skipped + (testing?.executed ?? 0),
      failed: (xctest?.failed ?? 0) + (testing?.failed ?? 0), skipped: skipped, failing: failing)
  }

  /// Jest: `Tests: 1 failed, 2 skipped, 3 passed, 6 total`; Vitest: `Tests  1 failed | 2 passed (3)`.
  private func javaScript(_ runner: TestRunner) -> TestSummary? {
    for line in lines.reversed() {
      let text = line.trimmed
      let mark = runner == .jest ? "Tests:" : "Tests "
      guard text.hasPrefix(mark) else { continue }
      let body = text.dropFirst(mark.count).prefix { $0 != "(" }
      let separator = runner == .jest ? "," : "|"
      guard let counts = Self.counts(body, separator: separator) else { continue }
      if runner == .jest && counts["total"] == nil { continue }
      let failed = counts["failed", default: 0]
      var failing = Set<String>()
      for line in lines {
        let name = line.trimmed
        for sign in ["● ", "✕ ", "× "] where name.hasPrefix(sign) {
          failing.insert(String(name.dropFirst(sign.count)))
        }
      }
      return TestSummary(
        runner, executed: counts["passed", default: 0] + failed, failed: failed,
        skipped: counts["skipped", default: 0] + counts["todo", default: 0], failing: failing)
    }
    return nil
  }

  /// The sums of `<testsuites>` or of every `<testsuite>`.
  private func junit() -> TestSummary? {
    let text = lines.joined(separator: "\n")
    for tag in ["<testsuites", "<testsuite"] {
      var summary = TestSummary(.junit, executed: 0, failed: 0, skipped: 0)
      var isFound = false
      for range in text.ranges(of: tag) {
        let rest = text[range.upperBound...]
        guard rest.first?.isWhitespace ?? false, let end = rest.firstIndex(of: ">"),
          let tests = Self.attribute("tests", in: rest[..<end])
        else { continue }
        isFound = true
        let head = rest[..<end]
        let skipped =
          Self.attribute("skipped", in: head) ?? Self.attribute("disabled", in: head) ?? 0
        summary.executed += max(0, tests - skipped)
        summary.skipped += skipped
        summary.failed +=
          (Self.attribute("failures", in: head) ?? 0) + (Self.attribute("errors", in: head) ?? 0)
      }
      if isFound { return summary }
    }
    return nil
  }

  private static func attribute(_ name: String, in head: Substring) -> Int? {
    guard let range = head.firstRange(of: " \(name)=\"") else { return nil }
    return Int(head[range.upperBound...].prefix { $0 != "\"" })
  }

  /// `2 failed, 3 passed` as words with their numbers; nil where a part is anything else.
  private static func counts(
    _ text: some StringProtocol, separator: Character
  ) -> [String: Int]? { counts(text, separator: String(separator)) }

  private static func counts(
    _ text: some StringProtocol, separator: String
  ) -> [String: Int]? {
    var result: [String: Int] = [:]
    for part in String(text).split(separator: separator) {
      let words = part.split(separator: " ")
      guard words.count >= 2, let number = Int(words[0]) else { return nil }
      result[String(words[1]), default: 0] += number
    }
    return result
  }

  private static func number(before word: String, in words: [Substring]) -> Int {
    guard let index = words.firstIndex(where: { $0.hasPrefix(word) }), index > 0 else { return 0 }
    return Int(words[index - 1]) ?? 0
  }

  /// The number in `1 test skipped`.
  private static func number(
    before first: String, _ second: String, in words: [Substring]
  ) -> Int {
    for index in words.indices.dropLast().dropFirst()
    where words[index].hasPrefix(first) && words[index + 1].hasPrefix(second) {
      return Int(words[index - 1]) ?? 0
    }
    return 0
  }
}
