import Testing

/// A repair that is cut off and started again goes on without paying twice: the built mtor, real
/// signals, an endpoint that counts.
@Suite struct InterruptedRepairTests {
  private let folder: ScriptFolder

  /// The test of the repaired bytes hangs in the shadow until the tree has a file `go`.
  init() throws {
    folder = try ScriptFolder()
    try folder.writeFile(
      "m.yaml",
      lines: [
        "mtor: 1", "name: cut", "repair: {budget: {tokens: 12000}}", "steps:", "  - id: one",
        "    files:", "      - {path: a.txt, content: \"bad\\n\"}", "    tests:",
        "      - run: |", "          grep -q good a.txt || { echo 'error: no good'; exit 1; }",
        "          test -z \"$MTOR_SHADOW\" || test -e go || exec sleep 98765", "...",
      ])
    try folder.writeFile(
      "asked",
      lines: ["exec python3 $REPOSITORY/Tests/Endpoints/scripted.py replies.json log \"$@\""])
    // Waits for something to be true, not for time to pass.
    try folder.writeFile(
      "hanging",
      lines: [
        "for i in $(seq 1200); do",
        "  for p in /proc/[0-9]*; do",
        "    tr '\\0' ' ' 2>/dev/null <$p/cmdline | grep -q '^sleep 98765' || continue",
        "    case $(readlink $p/cwd) in *\"$1\"*) exit 0 ;; esac", "  done", "  sleep 0.05", "done",
        "exit 1",
      ])
  }

  private func answers(_ replies: String) throws {
    try folder.writeFile("replies.json", lines: [replies])
  }

  private static let reply = #"["a.txt\n````\ngood\n````\nEND_REPAIR\n"]"#

  @Test(arguments: [("KILL", 137), ("INT", 130)])
  func aReplyThatWasPaidForIsUsed(_ signal: String, _ code: Int) throws {
    try answers(Self.reply)
    try folder.writeFile(
      "twice",
      lines: [
        "mkdir t",
        // A shell lets what it starts in the background ignore the interrupt.
        "env --default-signal=INT mtor apply m.yaml -C t --config config.yaml >first 2>&1 & pid=$!",
        "sh hanging \"$PWD/t\" || { cat first; exit 9; }",
        "kill -\(signal) $pid; wait $pid 2>/dev/null",
        "echo \"first $?\"; cat t/a.txt", "touch t/go",
        "mtor apply m.yaml -C t --config config.yaml >second 2>&1",
        "echo \"second $?\"; cat t/a.txt; wc -l <log",
        // In the sums once, whichever of the two runs has lived to tell it.
        "mtor stats --format json >stats",
        "python3 -c 'import json; llm = json.load(open(\"stats\"))[\"total\"][\"llm\"]; "
          + "print(llm[\"requests\"], llm[\"input_tokens\"] > 0)'",
      ])
    let run = try folder.run("sh asked sh twice 2>/dev/null")
    #expect(
      run.output.split(separator: "\n")
        == ["first \(code)", "bad", "second 0", "good", "1", "1 True"], "\(run.output)")
  }

  @Test func aRequestThatWasCutOffCountsInFull() throws {
    // Nobody knows what the killed request cost: its worst case stays reserved, and a second one
    // does not fit the step's budget any more.
    try answers(#"[{"text": "x", "wait_for": "never"}]"#)
    try folder.writeFile(
      "twice",
      lines: [
        "mkdir t", "mtor apply m.yaml -C t --config config.yaml >first 2>&1 & pid=$!",
        "for i in $(seq 1200); do test -s log && break; sleep 0.05; done",
        "kill -KILL $pid; wait $pid", "mtor apply m.yaml -C t --config config.yaml >second 2>&1",
        "echo \"second $?\"; cat t/a.txt; wc -l <log",
        "grep -q 'of 12000 tokens are spent' second && echo refused",
      ])
    let run = try folder.run("sh asked sh twice 2>/dev/null")
    #expect(
      run.output.split(separator: "\n") == ["second 5", "bad", "1", "refused"], "\(run.output)")
  }
}
