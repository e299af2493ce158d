import Testing
import YAMLTree

@testable import Manifests

@Suite struct MarkdownReaderTests {
  private static let front = "---\nmtor: 1\nname: m\n---\n"
  private static let end = "\n<!-- end -->\n"

  private func faults(_ text: String) -> [String] {
    let source = SourceText(name: "m.md", bytes: Array(text.utf8))
    do throws(DiagnosticList) {
      return try ManifestReader.read(source).warnings.map { "\($0.rule)@\($0.mark?.line ?? 0)" }
    } catch {
      return error.all.map { "\($0.rule)@\($0.mark?.line ?? 0)" }
    }
  }

  private func manifest(_ body: String) throws(DiagnosticList) -> Manifest {
    let text = Self.front + body + Self.end
    return try ManifestReader.read(SourceText(name: "m.md", bytes: Array(text.utf8))).manifest
  }

  private func body(_ text: String) -> [String] { faults(Self.front + text + Self.end) }

  @Test func namesTheFenceThatWasClosedTooEarly() throws {
    let text =
      Self.front + "## S\n\n~~~~text path=a.md\nbefore\n~~~~\nmiddle\n~~~~\n" + Self.end
    let source = SourceText(name: "m.md", bytes: Array(text.utf8))
    let error = try #require(throws: DiagnosticList.self) {
      _ = try ManifestReader.read(source)
    }
    let fault = try #require(error.all.first)
    #expect(fault.rule == "fence-unnamed")
    #expect(fault.mark == Mark(line: 11, column: 1))
    #expect(fault.notes.first?.mark == Mark(line: 7, column: 1))
    #expect(fault.notes.first?.message == "the fence before it opens here and closes at line 9")
  }

  @Test func refusesFencesInListsQuotesAndHTML() {
    #expect(body("## S\n\n- ~~~~text path=a\n  x\n  ~~~~\n").contains("fence-place@7"))
    #expect(body("## S\n\n> ~~~~text path=a\n> x\n> ~~~~\n").contains("fence-place@7"))
    #expect(body("## S\n\n<!--\n~~~~text path=a\n~~~~\n-->\n").contains("fence-astray@8"))
    #expect(body("## S\n\ntext\n    ~~~~text path=a\n").contains("fence-astray@8"))
  }

  @Test func aSampleThatIsNotClosedSwallowsNothing() throws {
    let rest = "~~~~sh test\nfalse\n~~~~\n\n## B\n~~~~text path=c\nhi\n~~~~\n"
    let entry = "## A\n~~~~text path=b\nhi\n~~~~\n"
    // The end mark stands: that it is missing would be untrue.
    #expect(body(entry + "```sh\nsample\n" + rest) == ["fence-open@9"])
    #expect(body(entry + "```sh\nsample\n") == ["fence-open@9"])
    #expect(
      faults(Self.front + entry + "````\nsample\n```\n" + rest) == ["fence-open@9", "end-mark@19"])
    // Closed by the sample after it.
    #expect(body(entry + "```sh\nsample\n" + rest + "```\nx\n```\n") == ["fence-open@21"])
    #expect(body(entry + "```sh\nsample\n" + rest + "```sh\nx\n```\n") == ["fence-nested@19"])
    let error = try #require(throws: DiagnosticList.self) {
      try manifest(entry + "```sh\nsample\n" + rest)
    }
    #expect(error.all[0].notes.map(\.mark?.line) == [11])
  }

  @Test func aSampleMayShowFences() throws {
    let entry = "## A\n~~~~text path=b\nhi\n~~~~\n"
    let samples = [
      "```md\n~~~~text path=c\nhi\n~~~~\n```\n", "````md\n```sh\nx\n```\n~~~~\n````\n",
      "```md\n```\n~~~~text path=d\nx\n~~~~\n", "```\n```sh is no end\n```\n",
      "- x\n\n  ```sh\n  x\n\nprose\n",
    ]
    for sample in samples {
      let step = try #require(try manifest(entry + "\n" + sample).steps.first)
      #expect(step.files.first?.path == "b")
    }
  }

  @Test func saysWhatIsWrongInYAMLAtItsPlace() {
    #expect(body("## S\n\n~~~~yaml step\nrun: a: b\n~~~~\n").contains("plain-colon@8"))
    #expect(body("## S\n\n~~~~yaml step\nneds: [a]\n~~~~\n").contains("unknown-key@8"))
    #expect(
      faults("---\nmtor: 1\nname: A b\n---\n## S\n\n~~~~sh test\nx\n~~~~\n" + Self.end)
        .contains("name@3"))
  }

  @Test func findingsStandInTheirLine() {
    #expect(
      body("## S\n\n~~~~python path=a.py\nx = 1\n# ... rest of the file unchanged\n~~~~\n")
        == ["content-elision@9"])
  }

  @Test func contentIsExact() throws {
    let text = "  x\n\n\ttab\n```\n---\n~~~\n{{ y }} # z\n\n"
    let read = try manifest(
      "## S\n\n~~~~text path=a\n\(text)~~~~\n\n~~~~text path=b eof=nonl\nx\n~~~~\n")
    let contents = read.steps[0].files.map { entry -> String in
      guard case .content(let text) = entry.action else { return "none" }
      return text.string
    }
    #expect(contents == [text, "x"])
  }

  @Test func readsAllKindsOfFences() throws {
    let read = try manifest(
      """
      # Title

      ~~~~bash setup timeout=5s
      set -x
      ~~~~

      ## First step {#one}
      Some prose.

      ### More
      - of it

      ~~~~sh run name="make it"
      make
      make more
      ~~~~

      After the first fence: prose for people.

      ~~~~shell path="a b.sh" executable mode-less=no
      x
      ~~~~
      """.replacing(" mode-less=no", with: "") + """


        ~~~~yaml entry path=c
        base64: "AAEC"
        was: absent
        ~~~~

        ~~~~yaml step
        outputs: [out]
        tests:
          - run: make test
            env: {A: b}
        ~~~~

        ~~~~diff
        --- a/x
        +++ b/x
        @@ -1 +1 @@
        -a
        +b
        --- a/y
        +++ b/y
        @@ -1 +1 @@
        -a
        +b
        ~~~~

        ~~~~files
        link l -> "t u"
        move_tree d -> e
        ~~~~

        ## Second

        ~~~~sh test
        true
        ~~~~

        ~~~~sh verify
        make verify
        ~~~~

        """)
    #expect(read.description == "Title")
    #expect(read.setup.map(\.run) == ["set -x"])
    #expect(read.setup[0].shell == .bash && read.setup[0].timeout == 5)
    #expect(read.steps.map(\.id) == ["one", "second"])
    #expect(read.steps[0].intent == "Some prose.\n\n### More\n- of it")
    #expect(read.steps[0].run.map(\.run) == ["make\nmake more"])
    #expect(read.steps[0].run[0].name == "make it")
    #expect(read.steps[0].files.map(\.path) == ["a b.sh", "c", "x", "y", "l", "e"])
    #expect(read.steps[0].files[0].isExecutable == true)
    #expect(read.steps[0].tests.map(\.run) == ["make test"])
    #expect(read.steps[0].outputs == ["out"])
    #expect(read.verify.map(\.run) == ["make verify"])
  }

  @Test func blankLinesDoNotMoveWhatFollows() {
    let many = String(repeating: "\n", count: 500)
    #expect(body("## S\n\(many)## S\n\(many)~~~~x\n~~~~\n").contains("fence-name@1007"))
  }

  @Test func deepListsAndManyBlankLinesCostLittle() {
    let text =
      "## S\n\n" + String(repeating: "- ", count: 2_000) + "x"
      + String(repeating: "\n", count: 200_000)
    #expect(body(text + "## T\n\n~~~~sh test\ntrue\n~~~~\n") == ["step-empty@5"])
  }
}
