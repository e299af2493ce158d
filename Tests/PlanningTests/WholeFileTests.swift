import Manifests
import Planning
import Platform
import Testing
import YAMLTree

@Suite struct WholeFileTests {
  private let hello = "      - {path: a/b.txt, content: \"hello\\n\"}\n"

  @Test func aNewFileIsCreated() throws {
    let plan = try Planning().plan(files: hello)
    #expect(plan.lines == ["created a/b.txt"])
    #expect(plan.steps[0].files[0].after.text == "hello\n")
    #expect(plan.steps[0].files[0].declared == Digest(of: "hello\n".utf8))
  }

  @Test func whatStandsIsLeftAloneAndGitIsNotAsked() throws {
    let planning = try Planning(["a/b.txt": "hello\n"])
    planning.owner.usual = .persons("is a person's")
    #expect(try planning.lines(files: hello) == ["unchanged a/b.txt"])
    #expect(planning.owner.gitQuestions == 0)
  }

  @Test func committedAndOwnBytesAreReplaced() throws {
    var planning = try Planning(["a/b.txt": "old\n"])
    #expect(try planning.lines(files: hello) == ["replaced a/b.txt"])
    planning.owner.usual = .ours
    let plan = try planning.plan(files: hello)
    #expect(plan.lines == ["replaced a/b.txt"])
    #expect(plan.steps[0].files[0].before.digest == Digest(of: "old\n".utf8))
    try planning.apply(plan)
    #expect(try planning.lines(files: hello) == ["unchanged a/b.txt"])
  }

  @Test func aPersonsFileIsAConflictUnlessForced() throws {
    var planning = try Planning(["a/b.txt": "old\n"])
    planning.owner.usual = .persons("is not tracked by git")
    #expect(
      try planning.lines(files: hello) == [
        "conflict conflict-changed a/b.txt: 'a/b.txt' is not tracked by git"
      ])
    planning.options.force = true
    #expect(try planning.lines(files: hello) == ["replaced a/b.txt"])
  }

  @Test func whatGitWouldChangeIsAConflict() throws {
    let planning = try Planning()
    planning.owner.obstacles["a/b.txt"] = "is in the submodule 'a'"
    #expect(
      try planning.lines(files: hello) == [
        "conflict conflict-git a/b.txt: 'a/b.txt' is in the submodule 'a'"
      ])
  }

  @Test func anAcceptedRepairStands() throws {
    var planning = try Planning(["a/b.txt": "repaired\n"])
    let key = ScriptedOwnership.Key(
      path: "a/b.txt", declared: Digest(of: "hello\n".utf8),
      present: Digest(of: "repaired\n".utf8))
    planning.owner.repairs[key] = "r7"
    #expect(try planning.lines(files: hello) == ["unchanged a/b.txt (repaired in r7)"])
    planning.options.declared = true
    #expect(try planning.lines(files: hello) == ["replaced a/b.txt"])
  }

  @Test func treeStates() throws {
    var planning = try Planning(["file": "x", "folder/x": "x"])
    planning.tree.link(try RelativePath("link"), to: "folder")
    planning.tree.makeSpecial(try RelativePath("fifo"))
    planning.tree.write("x".utf8, to: try RelativePath("hard"), links: 2)
    let entries = ["file/x", "folder", "link", "link/x", "fifo", "hard"].map {
      "      - {path: \($0), content: \"hello\\n\"}\n"
    }
    let lines = try entries.flatMap { try planning.lines(files: $0) }
    #expect(
      lines == [
        "conflict conflict-parent file/x: 'file', above 'file/x', is a file",
        "conflict conflict-folder folder: 'folder' is a folder",
        "conflict conflict-link link: 'link' is a symbolic link to 'folder'",
        "conflict conflict-link link/x: 'link', above 'link/x', is a symbolic link",
        "conflict conflict-special fifo: 'fifo' is neither a file, a folder nor a link",
        "conflict conflict-hard-link hard: the file has 2 names (hard links)",
      ])
  }

  /// Another mode makes a file anew as other bytes do, and would leave its other names behind.
  @Test func aHardLinkIsSeenWhereOnlyTheModeChanges() throws {
    var planning = try Planning()
    planning.tree.write("hello\n".utf8, to: try RelativePath("hard"), links: 2)
    let conflict = "conflict conflict-hard-link hard: the file has 2 names (hard links)"
    for entry in ["mode: \"0600\"", "executable: true", "content: \"hello\\n\", mode: \"0600\""] {
      #expect(try planning.lines(files: "      - {path: hard, \(entry)}\n") == [conflict])
    }
    #expect(
      try planning.lines(files: "      - {path: hard, mode: \"0644\"}\n") == ["unchanged hard"])
  }

  @Test func wasIsAskedOnlyWhereSomethingChanges() throws {
    let planning = try Planning(["a": "old\n"])
    let digest = Digest(of: "old\n".utf8).hex
    #expect(
      try planning.lines(files: "      - {path: a, content: \"new\\n\", was: absent}\n") == [
        "conflict conflict-was a: 'a' was to be absent and is the file \(digest.prefix(12))"
      ])
    #expect(
      try planning.lines(files: "      - {path: a, content: \"old\\n\", was: absent}\n")
        == ["unchanged a"])
    #expect(
      try planning.lines(files: "      - {path: a, content: \"n\\n\", was: \"sha256:\(digest)\"}\n")
        == ["replaced a"])
    // mtor's own bytes count as what was there before them.
    planning.owner.originals["a"] = .absent
    #expect(
      try planning.lines(files: "      - {path: a, content: \"new\\n\", was: absent}\n")
        == ["replaced a"])
  }

  @Test func modes() throws {
    var planning = try Planning(["a": "x\n"])
    let entry = "      - {path: a, content: \"x\\n\", executable: true}\n"
    let plan = try planning.plan(files: entry)
    #expect(plan.lines == ["mode a"])
    guard case .regular(let file) = plan.steps[0].files[0].after else { return }
    #expect(file.mode == 0o755)
    try planning.apply(plan)
    #expect(try planning.lines(files: entry) == ["unchanged a"])
    #expect(try planning.lines(files: "      - {path: a, mode: \"0640\"}\n") == ["mode a"])
    #expect(
      try planning.lines(files: "      - {path: b, mode: \"0640\"}\n")
        == ["conflict conflict-absent b: 'b' does not exist"])
  }

  @Test func lineEnds() throws {
    let planning = try Planning(["crlf": "a\r\nb\r\n", "lf": "a\nb\n"])
    #expect(
      try planning.lines(files: "      - {path: crlf, content: \"a\\nb\\n\", eol: keep}\n")
        == ["unchanged crlf"])
    #expect(
      try planning.plan(files: "      - {path: crlf, content: \"a\\nc\\n\", eol: keep}\n")
        .steps[0].files[0].after.text == "a\r\nc\r\n")
    #expect(
      try planning.plan(files: "      - {path: lf, content: \"a\\n\", eol: crlf}\n")
        .steps[0].files[0].after.text == "a\r\n")
  }

  @Test func elisionsAreExcusedByTheOldFile() throws {
    let planning = try Planning(["a.py": "# ... rest unchanged\nx = 1\n"])
    #expect(
      try planning.lines(
        files: "      - {path: a.py, content: \"# ... rest unchanged\\nx = 2\\n\"}\n")
        == ["replaced a.py"])
    let lines = try planning.lines(
      files: "      - {path: b.py, content: \"# ... rest unchanged\\nx = 2\\n\"}\n")
    #expect(lines.count == 1)
    #expect(lines[0].hasPrefix("error "))
  }

  @Test func baseIsAskedForTargetsThatChange() throws {
    let planning = try Planning(["a/b.txt": "old\n"])
    planning.owner.differing = ["a/b.txt"]
    let text = "base: 1a2b3c4\nsteps:\n  - id: s\n    files:\n" + hello
    #expect(
      try planning.lines(text) == [
        "conflict conflict-base a/b.txt: 'a/b.txt' differs from the manifest's base 1a2b3c4"
      ])
    planning.owner.usual = .ours
    #expect(try planning.lines(text) == ["replaced a/b.txt"])
  }
}
