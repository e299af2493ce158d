import Manifests
import Platform
import Testing
import YAMLTree

private let manifestSchema = SchemaValidator(root: ManifestSchema.document)

/// What the schema has against a text that YAML reads; nil where YAML itself does not.
private func schemaFaults(_ text: String, _ schema: SchemaValidator) throws -> [String]? {
  let diagnostics = Diagnostics(SourceText(name: "m.yaml", bytes: Array(text.utf8)))
  guard let document = Document.read(diagnostics.source, into: diagnostics),
    !diagnostics.hasErrors
  else { return nil }
  return try schema.faults(in: JSON(document.root))
}

private func isRead(_ text: String) -> Bool {
  (try? Reading.manifest(text)) != nil
}

@Test func everyExampleOfTheRepositoryKeepsTheSchemaAndTheRules() throws {
  let names = try Repository.files(in: "manifests", ending: ".yaml")
  #expect(names.count >= 5)
  for name in names {
    let text = String(decoding: try Repository.read("manifests/" + name), as: UTF8.self)
    #expect(try schemaFaults(text, manifestSchema) == [], "\(name)")
    #expect(Reading.said(of: text) == [], "\(name)")
  }
}

@Test(arguments: SchemaCases.good)
func schemaAndReaderAccept(text: String) throws {
  #expect(try schemaFaults(text, manifestSchema) == [])
  #expect(Reading.said(of: text).filter { $0.contains(" error ") } == [])
}

@Test(arguments: SchemaCases.bad)
func schemaAndReaderRefuse(text: String) throws {
  let faults = try #require(try schemaFaults(text, manifestSchema))
  #expect(faults != [])
  #expect(!isRead(text))
}

/// Manifests that a schema can judge, each one thing.
enum SchemaCases {
  private static func file(_ keys: String) -> String {
    Reading.withFiles("- {path: a/b, \(keys)}")
  }
  private static func top(_ line: String) -> String {
    "mtor: 1\nname: m\nsteps: []\n\(line)\n...\n"
  }
  private static func step(_ line: String) -> String {
    "mtor: 1\nname: m\nsteps:\n  - id: s\n    tests: [\"true\"]\n    \(line)\n...\n"
  }
  private static let hex = String(repeating: "0aF1", count: 16)

  static let good: [String] =
    [
      Reading.greeter, "mtor: 1\nname: m\nverify: [\"true\"]\n...\n",
      "mtor: 1\nname: 1e3\nsteps: []\n...\n",
    ]
    + [
      "content: \"x\\n\"", "content: ''", "base64: \"AAA=\"", "from: a/c", "delete: true",
      "delete_tree: true", "move_from: c", "move_tree: c", "symlink: ../c", "executable: true",
      "mode: \"0640\"", "mode: 0644", "content: \"x\\n\", mode: \"0755\"",
      "content: \"x\\n\", bytes: 2, lines: 1", "content: \"x\\n\", elision: ok, markers: ok",
      "content: \"x\\n\", was: absent", "delete: true, was: \"sha256:\(hex)\"",
      "symlink: c, was: \"symlink:d\"", "content: \"x\\n\", eol: crlf", "from: c, eol: keep",
      "content: \"x\\n\", expand: true", "content: \"x\\n\", frozen: true",
      "content: \"x\\n\", when: {exists: c}", "delete: true, when: {missing: c}",
      "delete: true, when: {contains: {path: c, text: t}}",
      "edit: [{find: \"a\", replace: \"b\"}]", "edit: [{find: \"a\", replace: \"\", count: all}]",
      "edit: [{find: \"a\", replace: \"b\", count: 3, word: true}]",
      "edit: [{match: \"a(b)\", replace: \"$1\"}]", "edit: [{after: \"a\", insert: \"b\"}]",
      "edit: [{before: \"a\", insert: \"b\"}]", "edit: [{append: \"a\\n\"}, {prepend: \"b\\n\"}]",
      "edit: [{set: {pointer: /a/b~1c, value: [1, \"2\"]}}]",
      "move_from: c, edit: [{append: \"a\\n\"}]",
    ].map(file)
    + [
      "description: d", "base: \"0123abc\"",
      "params: {A: {default: x, pattern: \"[a-z]+\"}, b: {}}",
      "env: {A: 1, B: \"\"}", "pass_env: [HOME]", "path: [.venv/bin]", "cwd: a", "commit: c",
      "repair: off", "repair: {attempts: 1, allow: [\"a/**\"], deny: [], show: [\"*.py\"]}",
      "repair: {fixers: [\"gofmt -w .\"], models: [a], candidates: 2, cache: [.cache/pip]}",
      "repair: {budget: {tokens: 1, usd: 0.5, time: 5m}}",
      "provenance: {author: a, model: b, tokens: 1, usd: 0.1, created: 2026-01-01}",
      "setup: [{run: \"x\", creates: a, unless: \"y\"}]",
      "verify: [{run: \"x\", shell: bash, timeout: 90s, retries: 2, inputs: [\"**/*.c\"]}]",
      "verify: [{run: \"x\", stdin: \"y\", network: false, name: n, cwd: a, env: {A: b}}]",
      "verify: [{run: \"x\", expect: {exit: nonzero, stdout: \"y\"}}]",
      "verify: [{run: \"x\", expect: {exit: [0, 2], stderr: {contains: \"y\"}}}]",
      "verify: [{run: \"x\", expect: {exit: 3, stdout: {matches: \"^y$\"}}}]",
    ].map(top)
    + [
      "intent: i", "parallel: true", "outputs: [\"gen/**\"]", "when: {exists: a}",
      "needs: []", "run: [\"x\"]", "repair: off", "env: {A: b}",
    ].map(step)

  static let bad: [String] =
    [
      "[]\n...\n", "mtor: 1\n...\n", "name: m\nsteps: []\n...\n", "mtor: 1\nname: m\n...\n",
      "mtor: 2\nname: m\nsteps: []\n...\n", "mtor: \"1\"\nname: m\nsteps: []\n...\n",
      "mtor: 1\nname: M\nsteps: []\n...\n", "mtor: 1\nname: m\nsteps: {}\n...\n",
      "mtor: 1\nname: m\nsteps: [{files: []}]\n...\n",
      "mtor: 1\nname: m\nsteps: [{id: \"a b\", files: []}]\n...\n",
      "mtor: 1\nname: m\nsteps: [{id: a, files: [{content: \"x\"}]}]\n...\n",
    ]
    + [
      "contnet: \"x\"", "frozen: true", "content: \"x\", delete: true", "delete: false",
      "delete: yes", "base64: \"$$$$\"", "from: ../c", "from: /c", "move_from: c//d",
      "symlink: /c", "mode: \"644\"", "mode: \"0999\"", "mode: \"4755\"", "executable: 1",
      "mode: \"0644\", executable: true", "content: \"x\", bytes: -1",
      "content: \"x\", bytes: \"2\"",
      "content: \"x\", sha256: 12ab", "content: \"x\", was: gone", "content: \"x\", eol: lf",
      "content: \"x\", elision: true", "content: \"x\", expand: 1", "content: [a]",
      "delete: true, mode: \"0644\"", "symlink: c, bytes: 1", "delete_tree: true, was: present",
      "base64: \"AAA=\", eol: crlf", "edit: [{append: \"a\\n\"}], expand: true",
      "content: \"x\", when: {}", "content: \"x\", when: {exists: a, missing: b}",
      "content: \"x\", when: {contains: {path: c}}", "edit: []", "edit: {append: \"a\"}",
      "edit: \"x\"", "edit: [{find: \"\", replace: \"b\"}]", "edit: [{find: \"a\"}]",
      "edit: [{find: \"a\", replace: \"b\", count: 0}]",
      "edit: [{find: \"a\", replace: \"b\", count: some}]",
      "edit: [{find: \"a\", insert: \"b\"}]", "edit: [{after: \"a\"}]",
      "edit: [{append: \"a\", prepend: \"b\"}]", "edit: [{}]",
      "edit: [{match: \"a\", replace: \"b\", word: true}]",
      "edit: [{set: {pointer: a, value: 1}}]", "edit: [{set: {pointer: /a}}]",
      "edit: [{set: {pointer: /a~2, value: 1}}]", "patch: \"x\", content: \"y\"",
      "move_from: c, content: \"x\"", "move_from: c, eol: crlf",
    ].map(file)
    + ["../x", "/x", "a//b", "a/", "a/./b", ".git/x", "a/.GIT", "~/x", "a:b", "\"a\\\\b\""].map {
      Reading.withFiles("- {path: \($0), content: \"x\\n\"}")
    }
    + [
      "setps: []", "env: [A]", "env: {1A: b}", "env: {A: [b]}", "pass_env: [\"A B\"]",
      "path: [../bin]", "cwd: /tmp", "params: {1a: {}}", "params: {A: x}",
      "params: {A: {defualt: x}}", "verify: make", "verify: [[a]]", "verify: [{rnu: x}]",
      "verify: [{name: x}]", "verify: [\"\"]", "verify: [\"echo ${{ params.A }}\"]",
      "verify: [{run: \"x\", shell: zsh}]", "verify: [{run: \"x\", timeout: 90}]",
      "verify: [{run: \"x\", timeout: soon}]", "verify: [{run: \"x\", retries: -1}]",
      "verify: [{run: \"x\", network: no}]", "verify: [{run: \"x\", inputs: [/a]}]",
      "verify: [{run: \"x\", inputs: [\"../a\"]}]", "verify: [{run: \"x\", expect: {exit: zero}}]",
      "verify: [{run: \"x\", expect: {exit: 256}}]", "verify: [{run: \"x\", expect: {exit: []}}]",
      "verify: [{run: \"x\", expect: {stdout: {}}}]",
      "verify: [{run: \"x\", expect: {stdout: {contains: a, matches: b}}}]",
      "verify: [{run: \"x\", expect: 0}]", "repair: on", "repair: {attempts: -1}",
      "repair: {candidates: 0}", "repair: {budget: {tokens: many}}", "repair: {alow: []}",
      "repair: {cache: [/root]}", "repair: {fixers: [\" \"]}", "provenance: {tokens: -1}",
      "provenance: {by: me}",
    ].map(top)
    + ["parallel: yes", "outputs: [a/]", "needs: a", "when: a", "file: []"].map(step)
}
