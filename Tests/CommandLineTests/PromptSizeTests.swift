import Testing

/// What a repair's request has, against what aider 0.86.2 sends for the same failure and the same
/// right answer.
///
/// The figures are the bytes of all messages of all requests that aider made (its commit message's
/// too) to an endpoint on this machine that answered with the right SEARCH/REPLACE block, with
/// `--edit-format diff --auto-test`: by its defaults for `gpt-4o`, and without map and commits.
@Suite struct PromptSizeTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    /// The files of the step, with how many lines each has and which function subtracts.
    let files: [(path: String, prefix: String, lines: Int, wrong: Int?)]
    let tested: (module: String, function: String, start: Int)
    /// How many other files the repository has.
    let others: Int
    let aider: (byDefault: Int, leanest: Int)
    /// How often the request must fit into each of aider's.
    let share: (byDefault: Int, leanest: Int)

    var testDescription: String { name }
  }

  static let cases = [
    Case(
      name: "small: one file of 29 lines", files: [("calc.py", "sum", 29, 1)],
      tested: ("calc", "sum_1", 1), others: 1, aider: (13_776, 11_120), share: (6, 4)),
    Case(
      name: "multi: three files of 92 lines in a repository of 201",
      files: [
        ("app/a.py", "a_sum", 92, nil), ("app/b.py", "b_sum", 92, 5),
        ("app/c.py", "c_sum", 92, nil),
      ], tested: ("app.b", "b_sum_5", 5), others: 198, aider: (27_421, 15_414), share: (4, 2)),
    Case(
      name: "big: one file of 1,498 lines", files: [("big.py", "sum", 1498, 120)],
      tested: ("big", "sum_120", 120), others: 1, aider: (39_636, 36_960), share: (8, 8)),
  ]

  @Test(arguments: cases)
  func aRequestHoldsToTheLimits(_ sizes: Case) throws {
    let folder = try ScriptFolder()
    try Self.write(sizes, to: folder)
    let (output, exit) = try folder.run("mtor apply m.yaml --config config.yaml --show-prompt")
    #expect(exit == 1)
    let parts = try #require(Self.prompt(in: output), "\(output)")
    #expect(parts.contains("\(sizes.tested.function)(values, start=\(sizes.tested.start))"))
    #expect(parts.contains("AssertionError: -2 != 10"))
    let bytes = parts.utf8.count
    #expect(bytes * sizes.share.byDefault <= sizes.aider.byDefault, "\(bytes) bytes")
    #expect(bytes * sizes.share.leanest <= sizes.aider.leanest, "\(bytes) bytes")
  }

  /// The text of both messages; nil where none was shown.
  private static func prompt(in output: String) -> String? {
    let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(of: "──── system ────"),
      let end = lines.firstIndex(of: "──── end ────"), start < end
    else { return nil }
    return lines[(start + 1)..<end].filter { $0 != "──── user ────" }.map { $0 + "\n" }.joined()
  }

  private static func write(_ sizes: Case, to folder: ScriptFolder) throws {
    let (module, function, _) = sizes.tested
    try folder.writeFile(
      "test_it.py",
      lines: [
        "import unittest", "", "from \(module) import \(function)", "", "",
        "class Sums(unittest.TestCase):", "    def test_\(function)(self):",
        "        self.assertEqual(\(function)([1, 2, 3], start=4), 10)",
      ])
    var manifest = [
      "mtor: 1", "name: sizes", "env: {PYTHONDONTWRITEBYTECODE: \"1\"}", "steps:", "  - id: s",
      "    files:",
    ]
    for file in sizes.files {
      manifest += ["      - path: \(file.path)", "        content: |"]
      manifest += Self.source(file.prefix, file.lines, wrong: file.wrong)
        .map { $0.isEmpty ? "" : "          " + $0 }
    }
    manifest += ["    tests:", "      - python3 -m unittest -q", "..."]
    try folder.writeFile("m.yaml", lines: manifest)
    try folder.writeFile(
      "config.yaml",
      lines: [
        "models:", "  m: {api: openai, url: \"http://127.0.0.1:9/v1\", model: m, context: 128000}",
      ])
    _ = try folder.run(
      "mkdir lib; for i in $(seq \(sizes.others)); do echo \"x = $i\" > lib/m$i.py; done; "
        + "git init -q; git add lib test_it.py; git commit -qm start")
  }

  /// Functions that sum, one of them wrong.
  private static func source(_ prefix: String, _ lines: Int, wrong: Int?) -> [String] {
    var text = ["\"\"\"Sums of several kinds.\"\"\"", "", ""]
    var number = 0
    while text.count + 7 <= lines {
      text += [
        "def \(prefix)_\(number)(values, start=\(number)):", "    total = start",
        "    for value in values:",
        "        total = total \(number == wrong ? "-" : "+") value", "    return total", "", "",
      ]
      number += 1
    }
    while text.count < lines { text.append("LIMIT_\(text.count) = \(number)") }
    return text
  }
}
