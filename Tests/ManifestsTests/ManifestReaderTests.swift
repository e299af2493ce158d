import Manifests
import Platform
import Testing
import YAMLTree

@Test func theExampleOfThePageIsReadWhole() throws {
  let manifest = try Reading.manifest(Reading.greeter)
  #expect(manifest.name == "add-greeter")
  #expect(manifest.description == "Greets people by name.")
  #expect(manifest.defaults.environment == ["PYTHONDONTWRITEBYTECODE": "1"])
  #expect(manifest.setup.map(\.run) == ["python3 -m venv .venv"])
  #expect(manifest.setup.map(\.creates) == [".venv"])
  #expect(manifest.verify.map(\.run) == ["python3 -m pytest -q"])
  #expect(manifest.commit?.value == "Add a greeter")
  #expect(manifest.isWhole)
  #expect(manifest.digest == Digest(of: Array(Reading.greeter.utf8)))
  let step = try #require(manifest.steps.first)
  #expect(step.id == "greeter")
  #expect(step.intent == "A pure function; no I/O.")
  #expect(step.tests.map(\.run) == ["python3 -m pytest -q tests/test_greeter.py"])
  guard case .content(let text) = step.files[0].action else {
    Issue.record("not a content")
    return
  }
  #expect(text.string == "def greet(name: str) -> str:\n    return f\"Hello, {name}!\"\n")
  guard case .edit(let edits) = step.files[1].action,
    case .replace(let find, let replacement, .exactly(1), .lines) = edits[0].operation
  else {
    Issue.record("not an edit")
    return
  }
  #expect(find.string == "__all__ = []\n")
  #expect(replacement.string == "from app.greeter import greet\n__all__ = [\"greet\"]\n")
  #expect(edits[0].mark.line == 18)
}

@Test func theExampleOfThePageHasNothingToBeSaidAbout() {
  #expect(Reading.said(of: Reading.greeter) == [])
}

@Test func everyFaultIsReportedAtOnce() {
  let said = Reading.said(
    of: """
      mtor: 2
      name: Add Greeter
      setps: []
      steps:
        - id: a
          files:
            - {path: ../x, content: "x\\n"}
            - {path: y, contnet: "y\\n"}
            - {path: z, mode: 644}
          tests:
            - make test | tail -5
          needs: [b]
      ...

      """)
  #expect(
    said == [
      "1:7: error format-version: this mtor reads version 1 of the format, not 2 => "
        + "a newer mtor may read it",
      "2:7: error name: the name 'Add Greeter' is not of the form that names have => "
        + "use 1 to 63 small letters, digits, '.', '_' and '-', a letter or digit first, "
        + "such as 'add-greeter'",
      "3:1: error unknown-key: a manifest has no key 'setps' => did you mean 'steps'?",
      "7:16: error path-parent: '../x' leads out of its folder ('..') => "
        + "write the path from the root, without '..'",
      "8:19: error unknown-key: a file has no key 'contnet' => did you mean 'content'?",
      "9:25: error mode: the mode '644' has not four digits => write \"0644\"",
      "11:21: error command-pipe: the pipe into 'tail' hides a failure of 'make' => "
        + "add 'shell: bash' (its pipefail keeps the failure), or leave the pipe out: mtor keeps "
        + "the head and the tail of the output",
      "12:13: error needs: there is no step 'b' => no step stands before this one",
    ])
}

@Test func aMissingEndMarkIsAWarningInAFileAndAnErrorInAStream() {
  let text = "mtor: 1\nname: m\nsteps:\n  - {id: a, tests: [\"true\"]}\n"
  #expect(
    Reading.said(of: text) == [
      "4:1: warning end-mark: the end mark is missing => "
        + "end the manifest with the line '...' (in Markdown '<!-- end -->')"
    ])
  #expect(
    Reading.said(of: text, options: .init(isStream: true)) == [
      "4:1: error end-mark: the end mark is missing, so the text may be cut off => "
        + "end the manifest with the line '...' (in Markdown '<!-- end -->')"
    ])
}
