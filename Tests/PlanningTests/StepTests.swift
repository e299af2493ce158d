import Manifests
import Planning
import Platform
import Testing
import YAMLTree

@Suite struct StepTests {
  @Test func laterStepsSeeEarlierOnes() throws {
    let planning = try Planning()
    let text = """
      steps:
        - id: one
          files:
            - {path: a, content: "one\\n"}
        - id: two
          files:
            - path: a
              edit: [{find: "one", replace: "two"}]
        - id: three
          files:
            - {path: b, move_from: a}

      """
    let plan = try planning.plan(text)
    #expect(plan.lines == ["created a", "edited a", "moved b < a", "deleted a"])
    #expect(plan.steps[2].files[0].after.text == "two\n")
  }

  @Test func aChainStandsAsItsLastEntryWantsIt() throws {
    var planning = try Planning()
    let text = """
      steps:
        - id: one
          files:
            - {path: a, content: "x = 1\\n"}
        - id: two
          files:
            - path: a
              edit: [{append: "y = 2\\n"}]
        - id: three
          files:
            - path: a
              edit: [{find: "y = 2", replace: "y = 3"}]

      """
    let plan = try planning.plan(text)
    #expect(plan.lines == ["created a", "edited a", "edited a"])
    try planning.apply(plan)
    #expect(try planning.text("a") == "x = 1\ny = 3\n")
    #expect(try planning.lines(text) == ["unchanged a", "unchanged a", "unchanged a"])
    // A run that stopped after the second step goes on with the third.
    planning.tree.write("x = 1\ny = 2\n", to: try RelativePath("a"))
    #expect(try planning.lines(text) == ["unchanged a", "unchanged a", "edited a"])
  }

  @Test func aChainOfEditsIsSeenByPosition() throws {
    var planning = try Planning(["a": "one\n"])
    let text = """
      steps:
        - id: one
          files: [{path: a, edit: [{find: "one", replace: "two"}]}]
        - id: two
          files: [{path: a, edit: [{find: "two", replace: "three"}]}]

      """
    let plan = try planning.plan(text)
    #expect(plan.lines == ["edited a", "edited a"])
    try planning.apply(plan)
    #expect(try planning.lines(text) == ["unchanged a", "unchanged a"])
    #expect(planning.owner.gitQuestions == 2 * 2 - 2)
  }

  @Test func aFolderMayBecomeAFile() throws {
    let planning = try Planning(["a/b/c": "x\n"])
    let plan = try planning.plan(
      files: """
              - {path: a, content: "file\\n"}
              - {path: a/b/c, delete: true}

        """)
    #expect(plan.lines == ["created a", "deleted a/b/c"])
    // What became a file is no folder to remove; what was in it is.
    #expect(plan.steps[0].emptiedFolders.map(\.text) == ["a/b", "a"])
  }

  @Test func emptiedFoldersGoAndOthersStay() throws {
    var planning = try Planning(["a/b/c": "x\n", "d/e": "x\n", "d/f": "x\n"])
    let plan = try planning.plan(
      files: "      - {path: a/b/c, delete: true}\n      - {path: d/e, delete: true}\n")
    #expect(plan.steps[0].emptiedFolders.map(\.text) == ["a/b", "a"])
    try planning.apply(plan)
    #expect(
      try planning.lines(
        files: "      - {path: a/b/c, delete: true}\n      - {path: d/e, delete: true}\n")
        == ["unchanged a/b/c", "unchanged d/e"])
  }

  @Test func whenDecides() throws {
    let planning = try Planning(["here": "some text\n"])
    let text = """
      steps:
        - id: one
          when: {exists: here}
          files:
            - {path: a, content: "x\\n", when: {missing: here}}
            - {path: b, content: "x\\n", when: {contains: {path: here, text: "me te"}}}
        - id: two
          when: {missing: here}
          files: [{path: c, content: "x\\n"}]

      """
    #expect(try planning.lines(text) == ["step two skip", "skipped a", "created b"])
  }

  @Test func commandsMakeThingsUnknown() throws {
    var planning = try Planning(["there": "x\n"])
    let text = """
      setup:
        - {run: "make venv", creates: venv}
      steps:
        - id: one
          files:
            - path: venv/x
              edit: [{find: "a", replace: "b"}]
            - path: generated
              edit: [{find: "a", replace: "b"}]
            - path: there
              edit: [{find: "a", replace: "b"}]
        - id: two
          when: {exists: generated}
          files: [{path: c, content: "x\\n"}]

      """
    #expect(
      try planning.lines(text) == [
        "step one unknown", "step two unknown", "unknown venv/x", "unknown generated", "unknown c",
        "conflict conflict-no-match there: the text to find does not occur in the file",
      ])
    // What `creates` names stands: the command is skipped and makes nothing.
    planning.tree.write("a", to: try RelativePath("venv/x"))
    #expect(
      try planning.lines(text) == [
        "step two unknown", "edited venv/x", "unknown c",
        "conflict conflict-absent generated: 'generated' does not exist",
        "conflict conflict-no-match there: the text to find does not occur in the file",
      ])
  }

  @Test func anUnknownStepIsPlannedAgain() throws {
    var planning = try Planning()
    let text = """
      setup: ["make generated"]
      steps:
        - id: one
          when: {exists: generated}
          files:
            - path: generated
              edit: [{find: "a", replace: "b"}]

      """
    let plan = try planning.plan(text)
    #expect(plan.lines == ["step one unknown", "unknown generated"])
    planning.tree.write("a\n", to: try RelativePath("generated"))
    let again = try Planner.replan(
      plan.steps[0], of: plan, on: planning.tree, ownership: planning.owner,
      options: planning.options)
    #expect(again.step.decision == .perform)
    #expect(again.step.files.map(\.line) == ["edited generated"])
    #expect(again.conflicts.isEmpty)
    planning.tree.remove(try RelativePath("generated"))
    let skipped = try Planner.replan(
      plan.steps[0], of: plan, on: planning.tree, ownership: planning.owner,
      options: planning.options)
    #expect(skipped.step.decision == .skip)
  }

  @Test func aStepPlannedAgainGoesOnFromWhatEarlierOnesWrote() throws {
    var planning = try Planning(["f": "a\n"])
    let text = """
      steps:
        - id: one
          files: [{path: f, edit: [{append: "one\\n"}]}]
        - id: two
          files: [{path: f, edit: [{append: "two\\n"}]}]

      """
    let plan = try planning.plan(text)
    // Step one has landed, and memory knows the bytes from before it.
    planning.tree.write("a\none\n", to: try RelativePath("f"))
    planning.owner.originals["f"] = .bytes(Array("a\n".utf8))
    let again = try Planner.replan(
      plan.steps[1], of: plan, on: planning.tree, ownership: planning.owner,
      options: planning.options)
    #expect(again.step.files[0].after.text == "a\none\ntwo\n")
  }

  @Test func whenIsNotAboutTheStepItself() throws {
    let planning = try Planning(["a": "x\n"])
    #expect(
      try planning.lines(
        files: """
                - {path: a, delete: true}
                - {path: b, content: "x\\n", when: {exists: a}}

          """) == ["deleted a", "created b"])
  }

  @Test func parameters() throws {
    var planning = try Planning()
    let text = """
      params:
        name: {pattern: "[a-z.${}/ ]+"}
        other: {default: "x"}
      env: {NAME: "${{ params.name }}"}
      steps:
        - id: one
          files:
            - {path: "src/${{ params.name }}.txt", content: "hi ${{ params.name }}\\n", expand: true}
            - {path: literal, content: "hi ${{ params.name }}\\n"}
          tests: ["true"]
      commit: "Add ${{ params.name }}"

      """
    #expect(
      try planning.lines(text) == ["error param-missing 4: the parameter 'name' has no value"])
    planning.options.params = ["name": "fred"]
    let plan = try planning.plan(text)
    #expect(plan.lines == ["created src/fred.txt", "created literal"])
    #expect(plan.steps[0].files[0].after.text == "hi fred\n")
    #expect(plan.steps[0].files[1].after.text == "hi ${{ params.name }}\n")
    #expect(plan.steps[0].tests[0].environment == ["NAME": "fred"])
    #expect(plan.commit == "Add fred")
    #expect(plan.params == ["name": "fred", "other": "x"])
    // Once, never recursively; and the path's rules hold for what comes out.
    planning.options.params = ["name": "${{ params.other }}"]
    #expect(try planning.plan(text).commit == "Add ${{ params.other }}")
    planning.options.params = ["name": "../x"]
    #expect(
      try planning.lines(text) == [
        "error path-parent 10: 'src/../x.txt' leads out of its folder ('..')"
      ])
    planning.options.params = ["nmae": "x", "name": "X"]
    #expect(
      try planning.lines(text) == [
        "error param-unknown 0: the manifest has no parameter 'nmae'",
        "error param-pattern 4: the value 'X' of 'name' does not match its pattern",
      ])
  }

  @Test func protectedPaths() throws {
    var planning = try Planning()
    planning.options.protected = [try RelativePath("real.git")]
    planning.options.manifestPaths = [try RelativePath("m.yaml")]
    #expect(
      try planning.lines(
        files: """
                - {path: real.git/config, content: "x\\n"}
                - {path: m.yaml, content: "x\\n"}
                - {path: .mtor/config.yaml, content: "x: 1\\n"}

          """) == [
          "error path-protected 6: 'real.git/config' is inside git's own folder",
          "error path-protected 7: 'm.yaml' is a manifest of this run",
        ])
    // The reader refuses it where it is written out; here it comes out of a parameter.
    planning.options.params = ["folder": "state"]
    #expect(
      try planning.lines(
        """
        params: {folder: {}}
        steps:
          - id: s
            files: [{path: ".mtor/${{ params.folder }}/x", content: "x\\n"}]

        """) == ["error path-state 6: '.mtor/state/x' is mtor's own state"])
  }

  @Test func severalManifestsAreOneRun() throws {
    let planning = try Planning()
    let one = try Planning.manifest(
      "steps: [{id: s, files: [{path: a, content: \"one\\n\"}]}]\n")
    let two = try Planning.manifest(
      "steps: [{id: s, files: [{path: a, edit: [{find: \"one\", replace: \"two\"}]}]}]\n")
    let plans = try Planner.plan(
      [.init(one, planning.options), .init(two, planning.options)], on: planning.tree,
      ownership: planning.owner)
    #expect(plans.map(\.lines) == [["created a"], ["edited a"]])
  }

  @Test func commandsAreMerged() throws {
    let plan = try Planning().plan(
      """
      cwd: app
      env: {A: "1", B: "1"}
      path: [bin]
      steps:
        - id: one
          env: {B: "2"}
          path: [tools]
          tests:
            - {run: "true", env: {C: "3"}, cwd: sub, path: [".venv/bin"]}
            - "true"

      """)
    let commands = plan.steps[0].tests
    #expect(commands.map(\.directory?.text) == ["sub", "app"])
    #expect(commands[0].environment == ["A": "1", "B": "2", "C": "3"])
    #expect(commands[0].path.map(\.text) == [".venv/bin", "tools", "bin"])
  }

  /// A folder in the place of a file has folders too, none of which the tree has.
  @Test func laterStepsSeeFoldersInTheFolderThatAFileBecame() throws {
    let text = """
      steps:
        - id: one
          files:
            - {path: t, delete: true}
            - {path: t/sub/x, content: "1\\n"}
            - {path: t/y, content: "1\\n"}
        - id: two
          files:
            - REMOVAL

      """
    let planning = try Planning(["t": "t\n"])
    let one = ["deleted t", "created t/sub/x", "created t/y"]
    let removals = [
      "{path: t, delete_tree: true}": ["deleted t/sub/x", "deleted t/y"],
      "{path: t/sub, delete_tree: true}": ["deleted t/sub/x"],
      "{path: t/sub/x, delete: true}": ["deleted t/sub/x"],
    ]
    for (removal, two) in removals {
      #expect(try planning.lines(text.replacing("REMOVAL", with: removal)) == one + two)
    }
  }
}
