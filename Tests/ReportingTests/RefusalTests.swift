import Platform
import Reporting
import Testing
import YAMLTree

/// What the report files say of a run that could not be begun.
@Suite struct RefusalTests {
  private let refusal = Refusal(
    subject: "m.yaml", code: "invalid", exit: 3, time: 0,
    faults: [
      Diagnostic(
        .error, "unknown-key", "a step has no key '<tets>'", file: "m.yaml",
        at: Mark(line: 5, column: 5), width: 4, excerpt: "    <tets>: []",
        hint: "did you mean 'tests'?"),
      Diagnostic(.warning, "end-mark", "the end mark is missing", file: "m.yaml"),
    ])

  @Test func asJUnit() {
    #expect(
      JUnitReport.text(refusal) == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="m.yaml" tests="2" failures="0" errors="1" time="0.000">
          <testsuite name="m.yaml" tests="2" failures="0" errors="1" time="0.000" \
        timestamp="1970-01-01T00:00:00">
            <testcase classname="m.yaml" name="unknown-key at line 5" time="0.000">
              <error message="m.yaml:5:5: a step has no key &#39;&lt;tets&gt;&#39;; help: did you \
        mean &#39;tests&#39;?" type="unknown-key"/>
            </testcase>
            <testcase classname="m.yaml" name="end-mark" time="0.000">
              <system-out>m.yaml: the end mark is missing</system-out>
            </testcase>
          </testsuite>
        </testsuites>

        """)
  }

  @Test func asSARIF() {
    let run = SARIFReport.json(refusal)["runs"]?.array?.first
    let results = run?["results"]?.array ?? []
    #expect(results.map { $0["level"]?.string } == ["error", "warning"])
    #expect(results.map { $0["ruleId"]?.string } == ["unknown-key", "end-mark"])
    let place = results.first?["locations"]?.array?.first?["physicalLocation"]
    #expect(place?["artifactLocation"]?["uri"]?.string == "m.yaml")
    #expect(place?["region"]?["startLine"]?.integer == 5)
    #expect(place?["region"]?["startColumn"]?.integer == 5)
    let call = run?["invocations"]?.array?.first
    #expect(call?["executionSuccessful"]?.bool == false)
    #expect(call?["exitCode"]?.integer == 3)
  }

  @Test func asJSON() {
    #expect(refusal.json["ok"]?.bool == false)
    #expect(refusal.json["error"]?["code"]?.string == "invalid")
    #expect(refusal.json["diagnostics"]?.array?.count == 2)
  }

  @Test func asAPageAndAsMarkdown() {
    let page = HTMLReport.text(refusal)
    #expect(page.contains("✗ a step has no key &#39;&lt;tets&gt;&#39;"))
    #expect(page.contains("    &lt;tets&gt;: []\n    ^^^^</pre>"))
    #expect(!page.contains("<tets>"))
    #expect(
      MarkdownReport.text(refusal).hasPrefix("## ✗ m.yaml: not applied\n\n- **error** m.yaml"))
  }
}
