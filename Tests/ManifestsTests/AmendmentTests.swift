import Platform
import Testing
import YAMLTree

@testable import Manifests

/// Repaired bytes are written into a manifest, and nothing else of it changes.
@Suite struct AmendmentTests {
  private static let declared = "def add(a, b):\n    return a - b\n"
  private static let repaired = "def add(a, b):\n    return a + b\n"

  private func amend(
    _ text: String, name: String = "m.yaml", path: String = "a.py", step: String? = "s",
    declared: String = declared, repaired: String = repaired
  ) throws -> (text: String, notes: [String]) {
    let source = SourceText(name: name, bytes: Array(text.utf8))
    let amendment = Amendment(
      step: step, path: path, declared: Array(declared.utf8), repaired: Array(repaired.utf8))
    let (bytes, notes) = try Amendment.amend(source, with: [amendment])
    return (String(decoding: bytes, as: UTF8.self), notes)
  }

  private func manifest(_ entry: String, before: String = "", after: String = "") -> String {
    "mtor: 1\nname: m\nsteps:\n  - id: s\n    files:\n\(before)\(entry)\(after)    tests: [\"true\"]\n...\n"
  }

  /// An entry and what becomes of it.
  static let entries: [(String, String)] = [
    (
      "      - path: a.py  # here\n        content: |\n          def add(a, b):\n              return a - b\n",
      "      - path: a.py  # here\n        content: |\n          def add(a, b):\n              return a + b\n"
    ),
    // Its own indentation, and blank lines behind it.
    (
      "      - path: a.py\n        content: |\n                def add(a, b):\n                    return a - b\n\n",
      "      - path: a.py\n        content: |\n                def add(a, b):\n                    return a + b\n\n"
    ),
    (
      "      - {path: a.py, content: \"def add(a, b):\\n    return a - b\\n\", executable: true}\n",
      "      - {path: a.py, content: \"def add(a, b):\\n    return a + b\\n\", executable: true}\n"
    ),
    (
      "      - content: \"def add(a, b):\\n    return a - b\\n\"\n        path: a.py\n",
      "      - content: |\n          def add(a, b):\n              return a + b\n        path: a.py\n"
    ),
    (
      "      - path: a.py\n        bytes: 32\n        lines: 2\n        content: |\n          def add(a, b):\n              return a - b\n        was: absent\n",
      "      - path: a.py\n        bytes: 32\n        lines: 2\n        content: |\n          def add(a, b):\n              return a + b\n        was: absent\n"
    ),
    (
      "      - path: a.py\n        from: x/a.py\n        frozen: false\n",
      "      - path: a.py\n        content: |\n          def add(a, b):\n              return a + b\n        frozen: false\n"
    ),
    (
      "      - path: a.py\n        edit: |\n          <<<<<<< SEARCH\n          x\n          =======\n          y\n          >>>>>>> REPLACE\n",
      "      - path: a.py\n        edit: |\n          <<<<<<< SEARCH\n          x\n          =======\n          y\n          >>>>>>> REPLACE\n          <<<<<<< SEARCH\n              return a - b\n          =======\n              return a + b\n          >>>>>>> REPLACE\n"
    ),
    (
      "      - path: a.py\n        edit:\n          - {find: \"x\", replace: \"y\"}\n          - append: |\n              # end\n",
      "      - path: a.py\n        edit:\n          - {find: \"x\", replace: \"y\"}\n          - append: |\n              # end\n          - find: |2\n                  return a - b\n            replace: |2\n                  return a + b\n"
    ),
    (
      "      - path: a.py\n        edit: [{find: \"x\", replace: \"y\"}]\n",
      "      - path: a.py\n        edit: [{find: \"x\", replace: \"y\"}, {find: \"    return a - b\\n\", replace: \"    return a + b\\n\"}]\n"
    ),
    (
      "      - path: a.py\n        move_from: b.py\n        frozen: true\n",
      "      - path: a.py\n        move_from: b.py\n        edit: |\n          <<<<<<< SEARCH\n              return a - b\n          =======\n              return a + b\n          >>>>>>> REPLACE\n        frozen: true\n"
    ),
    (
      "      - {path: a.py, move_from: b.py}\n",
      "      - {path: a.py, move_from: b.py, edit: \"<<<<<<< SEARCH\\n    return a - b\\n=======\\n    return a + b\\n>>>>>>> REPLACE\\n\"}\n"
    ),
    (
      "      - path: a.py\n        patch: |\n          --- a/a.py\n          +++ b/a.py\n          @@ -1 +1 @@\n          -x\n          +y\n",
      "      - path: a.py\n        content: |\n          def add(a, b):\n              return a + b\n"
    ),
  ]

  @Test(arguments: entries)
  func anEntryInYAMLIsAmendedInItsPlace(_ entry: String, _ expected: String) throws {
    let before = "      - path: first.txt\n        content: |\n          a - b\n"
    let after = "      - path: last.txt   # stays\n        content: 'x'\n"
    #expect(
      try amend(manifest(entry, before: before, after: after)).text
        == manifest(expected, before: before, after: after))
  }

  @Test func whatBecameSomethingElseIsSaid() throws {
    let from = manifest("      - path: a.py\n        from: x/a.py\n")
    #expect(try amend(from).notes == ["a.py: 'from: x/a.py' became the text itself"])
    // The last line has no newline: no block of whole lines can say it.
    let edit = manifest(
      "      - path: a.py\n        edit: |\n          <<<<<<< SEARCH\n          x\n          =======\n          y\n          >>>>>>> REPLACE\n"
    )
    let open = try amend(edit, declared: "a\nb", repaired: "a\nc")
    #expect(open.notes == ["a.py: its edits became the whole file"])
    #expect(open.text.contains("        content: |-\n          a\n          c\n"))
  }

  @Test func anEditIsMadeLongerUntilItMatchesOnce() throws {
    let edit = manifest("      - path: a.py\n        edit: [{append: \"x\\n\"}]\n")
    let (text, _) = try amend(edit, declared: "a\nb\na\nb\n", repaired: "a\nb\na\nc\n")
    #expect(text.contains("{find: \"b\\na\\nb\\n\", replace: \"b\\na\\nc\\n\"}"))
  }

  @Test func anItemInBracesIsOneOfABlockList() throws {
    let entry = "      - path: a.py\n        edit:\n          - {find: \"x\", replace: \"y\"}\n"
    #expect(
      try amend(manifest(entry)).text
        == manifest(
          entry + "          - find: |2\n                  return a - b\n"
            + "            replace: |2\n                  return a + b\n"))
  }

  @Test func anItemFindsItsBytesInsideLinesToo() throws {
    let list = manifest("      - path: a.py\n        edit: [{append: \"x\\n\"}]\n")
    let (text, _) = try amend(list, declared: "not b\nb\n", repaired: "not b\nc\n")
    #expect(text.contains("{find: \"not b\\nb\\n\", replace: \"not b\\nc\\n\"}"))
    // A block finds whole lines.
    let block = manifest(
      "      - path: a.py\n        edit: |\n          <<<<<<< SEARCH\n          x\n          =======\n          y\n          >>>>>>> REPLACE\n"
    )
    #expect(
      try amend(block, declared: "not b\nb\n", repaired: "not b\nc\n").text.contains(
        "          <<<<<<< SEARCH\n          b\n          =======\n          c\n"))
  }

  @Test(arguments: ["yaml", "md"]) func aRepairOfLineEndsIsWritten(_ kind: String) throws {
    func text(_ entry: String, _ fence: String) -> String {
      kind == "yaml"
        ? manifest("      - path: a.py\n        \(entry)\n")
        : "---\nmtor: 1\nname: m\n---\n## S\n\n\(fence)~~~~sh test\ntrue\n~~~~\n\n<!-- end -->\n"
    }
    let blocks = "<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n"
    let quoted = blocks.replacing("\n", with: "\\n")
    let edit = text("edit: \"\(quoted)\"", "~~~~edit path=a.py\n\(blocks)~~~~\n\n")
    func last(_ amended: String) throws -> (find: String, with: String)? {
      let source = SourceText(name: "m.\(kind)", bytes: Array(amended.utf8))
      guard
        case .edit(let edits) = try ManifestReader.read(source).manifest.steps[0].files[0].action,
        case .replace(let find, let with, _, _)? = edits.last?.operation
      else { return nil }
      return (find.string, with.string)
    }
    func amended(_ declared: String, _ repaired: String) throws -> String {
      try amend(edit, name: "m.\(kind)", declared: declared, repaired: repaired).text
    }
    let returns = try #require(try last(amended("a\nb\n", "a\nb\r\n")))
    #expect(returns == ("b\n", "b\r\n"))
    // Where all lines of the file have one, a newline of an edit is one.
    let same = try #require(try last(amended("a\r\nb\r\n", "a\r\nc\r\n")))
    #expect(same == ("b\n", "c\n"))
    #expect(try last(amended("a\r\nb\r\n", "a\r\nb\n")) == nil)
    #expect(try amended("a\r\nb\r\n", "a\r\nb\n").contains("content: \"a\\r\\nb\\n\""))
    let eol = text(
      "content: \"a\\n\"\n        eol: crlf", "~~~~text path=a.py eol=crlf\na\n~~~~\n\n")
    #expect(throws: Amendment.Fault.self) {
      try amend(eol, name: "m.\(kind)", declared: "a\r\n", repaired: "b\n")
    }
    #expect(throws: Never.self) {
      try amend(eol, name: "m.\(kind)", declared: "a\r\n", repaired: "b\r\n")
    }
  }

  /// The last lines of a block are text where they hold tabs or blanks, and none where they are empty.
  @Test(
    arguments: ["x\n\t\n", "x\n  \n", "x\n\n", "x\n \t", "\t\nx\n"],
    ["y\n", "y\n\n", "y\n\t\n"])
  func blankLinesAtTheEndOfABlockAreItsText(_ declared: String, _ repaired: String) throws {
    let entry = FileEntry(
      path: "a.py", action: .content(Text(Array(declared.utf8))), mark: Mark(line: 1, column: 1),
      actionMark: Mark(line: 1, column: 1))
    var whole = Manifest(
      source: SourceText(name: "m.yaml", bytes: []), digest: Digest(of: []), name: "m")
    whole.isWhole = true
    var step = Step(id: "s", mark: Mark(line: 1, column: 1))
    step.files = [entry]
    whole.steps = [step]
    let text = String(decoding: whole.written(in: .yaml), as: UTF8.self)
    let amended = try amend(text, declared: declared, repaired: repaired).text
    #expect(amended.contains("content: |"))
    // With the empty lines behind it that belong to nothing.
    let loose = manifest(
      "      - path: a.py\n        content: |\n          x\n\n  \n", after: "")
    #expect(throws: Never.self) { try amend(loose, declared: "x\n", repaired: repaired) }
  }

  @Test func digestsFollow() throws {
    let old = Digest(of: Array(Self.declared.utf8)).hex
    let new = Digest(of: Array(Self.repaired.utf8)).hex
    func entry(_ digest: String, _ sign: String) -> String {
      "      - path: a.py\n        sha256: \(digest)\n        content: |\n          def add(a, b):\n              return a \(sign) b\n"
    }
    #expect(try amend(manifest(entry(old, "-"))).text == manifest(entry(new, "+")))
  }

  @Test func parametersStayWhereTheRepairIsElsewhere() throws {
    let text =
      "mtor: 1\nname: m\nparams: {who: {default: Ada}}\nsteps:\n  - id: s\n    files:\n      - path: a.py\n        expand: true\n        content: |\n          who = '${{ params.who }}'\n          x = 1\n    tests: [\"true\"]\n...\n"
    let amended = try amend(
      text, declared: "who = 'Ada'\nx = 1\n", repaired: "who = 'Ada'\nx = 2\n")
    #expect(amended.text == text.replacing("x = 1", with: "x = 2"))
    #expect(throws: Amendment.Fault.self) {
      try amend(text, declared: "who = 'Ada'\nx = 1\n", repaired: "who = 'Bo'\nx = 1\n")
    }
  }

  @Test func lineEndsOfTheManifestStay() throws {
    let text = manifest(
      "      - path: a.py\n        content: |\n          def add(a, b):\n              return a - b\n"
    )
    let windows = "\u{FEFF}" + text.replacing("\n", with: "\r\n")
    #expect(try amend(windows).text == windows.replacing("a - b", with: "a + b"))
  }

  @Test func theLastStepThatWritesItIsMeantByVerify() throws {
    let entry =
      "      - path: a.py\n        content: |\n          def add(a, b):\n              return a - b\n"
    let text =
      "mtor: 1\nname: m\nsteps:\n  - id: s\n    files:\n\(entry)  - id: t\n    files:\n\(entry)verify: [\"true\"]\n...\n"
    let parts = text.split(separator: "  - id: t", omittingEmptySubsequences: false)
    #expect(
      try amend(text, step: nil).text
        == parts[0] + "  - id: t" + parts[1].replacing("a - b", with: "a + b"))
  }

  @Test func whatNoEntryWritesGetsOne() throws {
    let text = manifest("      - path: b.py   # first\n        content: |\n          x\n")
    let (amended, notes) = try amend(text)
    #expect(notes == ["a.py: is declared by an entry of its own now"])
    #expect(
      amended
        == manifest(
          """
                - path: b.py   # first
                  content: |
                    x
                - path: "a.py"
                  edit: |
                    <<<<<<< SEARCH
                        return a - b
                    =======
                        return a + b
                    >>>>>>> REPLACE

          """))
    // Where nothing stood before, the whole file.
    #expect(
      try amend(text, declared: "").text.contains(
        "      - path: \"a.py\"\n        content: |\n          def add(a, b):\n"))
  }

  @Test func anEntryThatWritesNoFileIsRefused() {
    let text = manifest("      - path: a.py\n        delete: true\n")
    #expect(throws: Amendment.Fault.self) { try amend(text) }
    let flow =
      "mtor: 1\nname: m\nsteps:\n  - {id: s, files: [{path: b.py, content: \"x\\n\"}]}\n...\n"
    #expect(throws: Amendment.Fault.self) { try amend(flow) }
  }

  // MARK: Markdown

  private func document(_ fence: String) -> String {
    "---\nmtor: 1\nname: m\n---\n# M\n\n## S\nProse.\n\n\(fence)\n\nMore prose.\n\n~~~~sh test\ntrue\n~~~~\n\n<!-- end -->\n"
  }

  static let fences: [(String, String)] = [
    (
      "~~~~python path=a.py executable\ndef add(a, b):\n    return a - b\n~~~~",
      "~~~~python path=a.py executable\ndef add(a, b):\n    return a + b\n~~~~"
    ),
    (
      "~~~~~~py   path=\"a.py\" lines=2\ndef add(a, b):\n    return a - b\n~~~~~~",
      "~~~~~~python path=a.py lines=2\ndef add(a, b):\n    return a + b\n~~~~~~"
    ),
    (
      "~~~~edit path=a.py\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n~~~~",
      "~~~~edit path=a.py\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n<<<<<<< SEARCH\n    return a - b\n=======\n    return a + b\n>>>>>>> REPLACE\n~~~~"
    ),
    (
      "~~~~diff path=a.py\n@@ -1 +1 @@\n-x\n+y\n~~~~",
      "~~~~python path=a.py\ndef add(a, b):\n    return a + b\n~~~~"
    ),
  ]

  @Test(arguments: fences)
  func aFenceIsAmendedInItsPlace(_ fence: String, _ expected: String) throws {
    #expect(try amend(document(fence), name: "m.md").text == document(expected))
  }

  @Test func whatNoFenceWritesGetsOne() throws {
    let fence = "~~~~files\ndelete c.py\ndelete d.py\n~~~~"
    let added =
      fence
      + "\n\n~~~~edit path=a.py\n<<<<<<< SEARCH\n    return a - b\n=======\n    return a + b\n"
      + ">>>>>>> REPLACE\n~~~~"
    #expect(try amend(document(fence), name: "m.md").text == document(added))
  }

  @Test func aFenceOfSeveralFilesIsRefused() {
    let fence = "~~~~files\nmove b.py -> a.py\ndelete c.py\n~~~~"
    #expect(throws: Amendment.Fault.self) { try amend(document(fence), name: "m.md") }
  }

  /// Whatever a manifest says, its contents can be amended in both notations.
  @Test(arguments: 0..<20)
  func everyContentCanBeAmended(round: Int) throws {
    let seed = UInt64(round) &* 2_654_435_761 &+ 11
    var random = RandomManifest(seed)
    for _ in 0..<10 {
      let manifest = random.manifest()
      let other = random.manifest().steps.flatMap(\.files).compactMap { entry in
        if case .content(let text) = entry.action { text.decoded() } else { nil }
      }
      for notation in Notation.allCases {
        let source = SourceText(
          name: "m." + notation.rawValue, bytes: manifest.written(in: notation))
        for step in manifest.steps {
          for (entry, repaired) in zip(step.files, other) where !entry.expands {
            guard case .content(let text) = entry.action, entry.endOfLine == nil else { continue }
            let amendment = Amendment(
              step: step.id, path: entry.path, declared: text.decoded(), repaired: repaired)
            #expect(throws: Never.self, "seed \(seed) \(notation) \(entry.path)") {
              _ = try Amendment.amend(source, with: [amendment])
            }
          }
        }
      }
    }
  }
}
