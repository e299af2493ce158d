import Events
import Planning
import Platform
import Reporting
import Testing

@Suite struct TextReporterTests {
  @Test func aGreenRunIsALineAStepAndASummary() {
    let kinds =
      [.commandEnded(step: nil, command(.setup, "make deps"))]
      + step("greeter", [.created, .created, .edited, .unchanged], [command(.test, "pytest -q")])
      + step("docs", [.unchanged, .unchanged])
      + step("extra", [], [], .skipped, reason: "when does not hold")
      + [.commandEnded(step: nil, command(.verify, "make check"))]
    #expect(
      told(kinds) == """
        ✓       setup  make deps  0.25s
        ✓      passed  greeter  2 created, 1 edited · 1 test · 0.04s
        ✓   unchanged  docs  2 files · 0.02s
        -     skipped  extra  when does not hold
        ✓      verify  make check  0.25s
        ─────────────
        ✓      passed  2 created, 1 edited, 3 unchanged · 3 steps (1 skipped) · 0.14s · 0 tokens

        """)
  }

  @Test func aRedRunShowsTheOutputAndSaysWhatIsNext() {
    let red = command(
      .test, "pytest -q", .failed, exit: 1, output: "E\u{1B}[31m  assert 1 == 2\n\tat x\n\n")
    let end = RunEnd(outcome: .failed, exit: 1, canUndo: true, repairEstimate: 3100)
    #expect(
      told(end: end, step("greeter", [.created], [red], .failed)) == """
        ✗      failed  greeter  1 created · 1 of 1 test failed · 0.04s
          ┌ test: pytest -q
          │ exit code 1 after 0.25s, hello.yaml:24
          │
          │ E\\u{1B}[31m  assert 1 == 2
          │         at x
          └
        ─────────────
        ✗      failed  1 created · 1 step (1 failed) · 0.06s · 0 tokens
        error: step greeter failed: pytest -q: exit code 1 (hello.yaml:24); left in the tree; \
        mtor undo puts it back; to have this repaired (about 3,100 tokens): mtor models add openai

        """)
  }

  @Test func aLongOutputKeepsItsHeadAndTail() {
    let output = (1...100).map { "line \($0)" }.joined(separator: "\n") + "\n"
    let red = command(.test, "t", .failed, exit: 1, output: output)
    let end = RunEnd(outcome: .failed, exit: 1)
    let text = told(end: end, step("a", [.created], [red], .failed))
    #expect(
      text.contains("  │ line 10\n  │ … 60 lines left out; --verbose shows them\n  │ line 71\n"))
    #expect(text.contains("  │ line 100\n  └\n"))
    let whole = told(verbosity: .verbose, end: end, step("a", [.created], [red], .failed))
    #expect(whole.contains("  │ line 42\n"))
  }

  @Test func quietIsSilentUntilSomethingIsRed() {
    #expect(told(verbosity: .quiet, [.noted("odd")] + step("a")) == "")
    let red = command(.test, "t", .timedOut, exit: nil)
    let text = told(
      verbosity: .quiet, end: RunEnd(outcome: .failed, exit: 1),
      step("a", [.created], [red], .failed))
    #expect(
      text == """
        ✗      failed  a  1 created · 1 of 1 test failed · 0.04s
          ┌ test: t
          │ timed out after 0.25s, hello.yaml:24
          └
        error: step a failed: t: timed out (hello.yaml:24)

        """)
  }

  @Test func aStepThatWasCutOffIsTold() {
    let kinds = Array(step("a", [.created]).dropLast())
    let end = RunEnd(outcome: .interrupted, exit: 130, reason: "interrupted; 0 of 2 steps done")
    #expect(
      told(end: end, kinds) == """
        ! interrupted  a  1 created · 0.02s
        ─────────────
        ! interrupted  1 created · 1 step (1 interrupted) · 0.03s · 0 tokens
        error: interrupted; 0 of 2 steps done

        """)
    #expect(
      told(end: RunEnd(outcome: .failed, exit: 7, reason: "no space is left"), kinds)
        .hasPrefix("✗      failed  a  1 created · 0.02s\n"))
  }

  @Test func everyLineFitsANarrowTerminal() {
    let id = "a-step-with-a-rather-long-name-that-goes-on"
    let red = command(
      .test, "python3 -m pytest -q tests/test_greeter.py --maxfail=1", .failed, exit: 1)
    let text = told(
      width: 40, end: RunEnd(outcome: .failed, exit: 1),
      step(id, [.created, .replaced, .edited, .deleted], [red], .failed, reason: "it did"))
    // The advice may hold a word that is longer.
    let lines = text.split(separator: "\n").prefix { !$0.hasPrefix("error") }
    #expect(lines.allSatisfy { $0.count <= 40 }, "\(text)")
    #expect(
      lines.first == "✗ failed  a-step-with-a-rather-long-nam…")
  }

  @Test func theAdviceIsBrokenBetweenWords() {
    let red = command(.test, "t", .failed, exit: 1)
    let text = told(
      width: 40, end: RunEnd(outcome: .failed, exit: 1, canUndo: true),
      step("a", [.created], [red], .failed))
    #expect(
      text.hasSuffix(
        """
        error: step a failed: t: exit code 1
          (hello.yaml:24); left in the tree;
          mtor undo puts it back

        """))
  }

  @Test func nothingHostileReachesTheTerminal() {
    let evil = "a\u{1B}[2J\u{202E}\r\u{7}"
    var record = command(.test, evil, .failed, exit: 1, output: evil)
    record.reason = evil
    let kinds: [RunEvent.Kind] =
      [.recovered([evil]), .noted(evil)] + step(evil, [.created], [record], .failed, reason: evil)
      + [.committed(id: evil, message: evil)]
    for verbosity in [TextReporter.Verbosity.quiet, .normal, .verbose] {
      let text = told(
        verbosity: verbosity, end: RunEnd(outcome: .failed, exit: 1, reason: evil), kinds)
      #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !Printable.isUnsafe($0) })
      #expect(!text.isEmpty)
    }
  }

  @Test func coloursAreAddedAndNothingElseChanges() {
    let kinds = step("a", [.created], [command(.test, "t")])
    let colored = told(color: .always, kinds)
    #expect(colored.hasPrefix("\u{1B}[1;32m✓      passed\u{1B}[0m  \u{1B}[1ma\u{1B}[0m  1 created"))
    var plain = ""
    var isCode = false
    for scalar in colored.unicodeScalars {
      if scalar == "\u{1B}" { isCode = true }
      if !isCode { plain.unicodeScalars.append(scalar) }
      if scalar == "m" { isCode = false }
    }
    #expect(plain == told(kinds))
  }

  @Test func aRepairIsToldWithItsCost() {
    var attempt = AttemptRecord(number: 1, by: .model, model: "cheap", outcome: .fixed)
    attempt.usage = ModelUsage(
      requests: 1, inputTokens: 1200, outputTokens: 300, usd: 0.0012)
    var kinds = step("a", [.created], [command(.test, "t", .failed, exit: 1)], .repaired)
    kinds.insert(.attemptEnded(step: "a", attempt), at: kinds.count - 1)
    #expect(
      told(end: RunEnd(outcome: .repaired, exit: 0), kinds) == """
        ↻    repaired  a  1 created · 1 of 1 test failed · by cheap in 1 attempt, 1,500 tokens \
        ($0.0012) · 0.05s
        ─────────────
        ↻    repaired  1 created · 1 step (1 repaired) · 0.07s · 1,500 tokens ($0.0012)

        """)
  }
}
