import Testing

@testable import Repairing

struct TestSummaryTests {
  private static let texts: [(TestRunner, String, TestSummary?)] = [
    (
      .pytest,
      "FAILED tests/test_a.py::test_x - assert 1\n=== 2 failed, 3 passed, 1 skipped in 0.12s ===\n",
      TestSummary(.pytest, executed: 5, failed: 2, skipped: 1, failing: ["tests/test_a.py::test_x"])
    ),
    (.pytest, "..\n2 passed in 0.01s\n", TestSummary(.pytest, executed: 2, failed: 0, skipped: 0)),
    (
      .pytest, "1 failed, 2 passed, 3 warnings, 1 xfailed in 61.20s (0:01:01)\n",
      TestSummary(.pytest, executed: 4, failed: 1, skipped: 0)
    ),
    (.pytest, "1 error in 0.3s\n", TestSummary(.pytest, executed: 0, failed: 1, skipped: 0)),
    (.pytest, "no tests ran in 0.01s\n", TestSummary(.pytest, executed: 0, failed: 0, skipped: 0)),
    (.pytest, "all done in 5s\n", nil), (.pytest, "", nil),
    (
      .unittest,
      "FAIL: test_a (m.T)\n----\nRan 5 tests in 0.001s\n\nFAILED (failures=1, errors=1, skipped=1)\n",
      TestSummary(.unittest, executed: 4, failed: 2, skipped: 1, failing: ["test_a (m.T)"])
    ),
    (
      .unittest, "Ran 2 tests in 0.0s\n\nOK\n",
      TestSummary(.unittest, executed: 2, failed: 0, skipped: 0)
    ),
    (.unittest, "Ran 2 tests in 0.0s\n", nil),
    (
      .unittest, "Ran 2 tests in 0.0s\n\nOK\nRan to the end in 3 steps\nRan 4 tests in all\n",
      TestSummary(.unittest, executed: 2, failed: 0, skipped: 0)
    ),
    (
      .goTest,
      "=== RUN TestA\n--- PASS: TestA (0.00s)\n--- FAIL: TestB (0.00s)\n--- SKIP: TestC (0.0s)\nFAIL\nFAIL\tpkg\t0.01s\n",
      TestSummary(.goTest, executed: 2, failed: 1, skipped: 1, failing: ["TestB"])
    ),
    (
      .goTest, "ok  \tpkg/a\t0.01s\nok  \tpkg/b\t(cached)\n",
      TestSummary(.goTest, executed: 2, failed: 0, skipped: 0)
    ),
    (.goTest, "?   \tpkg\t[no test files]\n", nil),
    (
      .cargoTest,
      "test a::b ... FAILED\ntest result: FAILED. 4 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.00s\ntest result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n",
      TestSummary(.cargoTest, executed: 8, failed: 1, skipped: 2, failing: ["a::b"])
    ),
    (
      .swiftTest,
      "Executed 2 tests, with 0 failures (0 unexpected) in 0.1 (0.1) seconds\n\t Executed 5 tests, with 1 test skipped and 1 failure (0 unexpected) in 0.1 seconds\n✘ Test foo() recorded an issue at a.swift\n✘ Test run with 3 tests in 1 suite failed after 0.01 seconds with 2 issues.\n",
      TestSummary(.swiftTest, executed: 7, failed: 3, skipped: 1, failing: ["foo()"])
    ),
    (
      .swiftTest, "✔ Test run with 3 tests in 0 suites passed after 0.001 seconds.\n",
      TestSummary(.swiftTest, executed: 3, failed: 0, skipped: 0)
    ),
    (
      .jest, "  ● adds one\nTests:       1 failed, 2 skipped, 3 passed, 6 total\nTime: 1 s\n",
      TestSummary(.jest, executed: 4, failed: 1, skipped: 2, failing: ["adds one"])
    ),
    (.jest, "Tests:       3 passed\n", nil),
    (
      .vitest, " Test Files  1 passed (1)\n      Tests  1 failed | 2 passed | 1 skipped (4)\n",
      TestSummary(.vitest, executed: 3, failed: 1, skipped: 1)
    ),
    (
      .junit,
      "<testsuites>\n<testsuite name=\"a\" tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"2\">\n",
      TestSummary(.junit, executed: 3, failed: 1, skipped: 2)
    ),
  ]

  @Test(arguments: texts)
  func readsTheClosingLines(_ runner: TestRunner, _ text: String, _ expected: TestSummary?) {
    #expect(TestSummary(in: text, by: runner) == expected)
  }

  private static let commands: [(String, TestRunner?)] = [
    ("python3 -m pytest -q tests", .pytest), (".venv/bin/pytest", .pytest),
    ("python -m unittest discover", .unittest), ("cd x && go test ./...", .goTest),
    ("cargo test --all", .cargoTest), ("swift test --parallel", .swiftTest),
    ("npx jest", .jest), ("npx vitest run", .vitest), ("make check", nil),
    ("go build ./test", nil), ("echo 'no pytests here'", nil),
  ]

  @Test(arguments: commands)
  func theRunnerIsSeenInTheCommand(_ command: String, _ expected: TestRunner?) {
    #expect(TestRunner(command: command) == expected)
  }

  @Test func aWeakenedRunIsNotBelieved() {
    func summary(_ executed: Int, _ skipped: Int = 0) -> TestSummary {
      TestSummary(.pytest, executed: executed, failed: 0, skipped: skipped)
    }
    let before = summary(5)
    #expect(SummaryGate.judge(runner: .pytest, before: before, after: summary(5)) == .believed)
    #expect(SummaryGate.judge(runner: .pytest, before: before, after: summary(6)) == .believed)
    #expect(
      SummaryGate.judge(runner: .pytest, before: before, after: summary(4))
        == .weakened("4 tests were executed, 5 before"))
    #expect(
      SummaryGate.judge(runner: .pytest, before: before, after: summary(5, 1))
        == .weakened("1 tests were skipped, 0 before"))
    #expect(
      SummaryGate.judge(runner: .pytest, before: nil, after: summary(0))
        == .weakened("no test was executed"))
    #expect(
      SummaryGate.judge(runner: .pytest, before: nil, after: nil)
        == .weakened("the summary of pytest is missing"))
    #expect(
      SummaryGate.judge(runner: nil, before: before, after: nil)
        == .weakened("the summary of pytest is missing"))
    #expect(SummaryGate.judge(runner: nil, before: nil, after: nil) == .unknown)
  }
}
