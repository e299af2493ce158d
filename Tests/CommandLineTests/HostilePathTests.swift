import Testing

/// The paths that some well-known tool gets wrong, one test a row: decided before the disk is
/// touched.
@Suite struct HostilePathTests {
  let tree: HostileTree
  init() throws { tree = try HostileTree() }

  private func refused(
    _ paths: [String], _ words: String, at location: SourceLocation = #_sourceLocation
  ) throws {
    for path in paths {
      try tree.refuses("- {path: \"\(path)\", content: \"x\\n\"}", exit: 3, words, at: location)
    }
  }

  @Test func p01ParentComponents() throws {
    try refused(["../x", "a/../../x", "a/../b"], "path-parent")
  }

  @Test func p02AbsoluteAndHome() throws {
    try refused(["/tmp/x"], "path-absolute")
    try refused(["~/x", "~root/x"], "path-home")
    // Nothing is expanded: a dollar is a dollar.
    try tree.lands("- {path: \"$HOME\", content: \"x\\n\"}")
    #expect(try tree.shell("cat 't/$HOME'") == "x\n")
  }

  @Test func p03DrivesAndBackslashes() throws {
    try refused(["C:x", "C:/x"], "path-colon")
    try refused(["C:\\\\x", "\\\\\\\\srv\\\\s", "a\\\\b"], "path-backslash")
  }

  @Test func p04GitFolders() throws {
    try refused([".git/hooks/pre-commit", ".git/config", "sub/.git/x", ".git"], "path-git")
    // Also git's folder under another name.
    try tree.shell("git init -q --separate-git-dir=t/meta t")
    try refused(["meta/hooks/pre-commit", "META/config", "meta"], "path-protected")
  }

  @Test func p05GitFoldersInOtherCase() throws {
    try refused([".GIT/config", ".Git/x", "a/.gIt"], "path-git")
  }

  @Test func p06GitFoldersByShortName() throws {
    try refused(["git~1/config", "GIT~1/x", "GITMOD~1", "GI7EBA~1"], "path-git")
  }

  @Test func p07GitFoldersWithHiddenCharacters() throws {
    try refused([".g\u{200C}it/config", "\u{FEFF}.git/x"], "error")
  }

  @Test func p08TrailingDotsSpacesAndStreams() throws {
    try refused([".git./x", ".git /x"], "path-git")
    try refused(["a./x", "b /x"], "path-trailing")
    try refused([".git::$INDEX_ALLOCATION", "x:stream"], "path-colon")
  }

  @Test func p09DeviceNamesOfOtherSystems() throws {
    // Names like any other here.
    try tree.lands("- {path: nul.txt, content: \"x\\n\"}")
    #expect(try tree.shell("cat t/nul.txt") == "x\n")
  }

  @Test func p10FilesThatChangeGit() throws {
    let result = try tree.apply("- {path: .gitattributes, content: \"* -text\\n\"}")
    #expect(result.exit == 0, "\(result.output)")
    try tree.refuses("- {path: .gitmodules, symlink: a}", exit: 3, ".gitmodules")
  }

  @Test func p11FilesThatGrantExecution() throws {
    try tree.folder.writeFile(
      "plan.yaml",
      lines: [
        "mtor: 1", "name: grants", "steps:", "  - id: one", "    files:",
        "      - {path: .envrc, content: \"true\\n\"}", "...",
      ])
    let plan = try tree.folder.run("mtor plan plan.yaml --root t")
    #expect(plan.exit == 0 && plan.output.contains(".envrc"), "\(plan.output)")
    #expect(plan.output.lowercased().contains("execut"), "\(plan.output)")
  }

  @Test func p12AmbiguousSpellings() throws {
    try refused([""], "path")
    try refused([".", "a//b", "a/./b", "a/"], "path-spelling")
    try refused(["/"], "path-absolute")
  }

  @Test func p13Nul() throws { try refused(["a\\0b"], "error") }

  @Test func p14ControlCharacters() throws {
    try refused(["a\\nb", "a\\rb", "a\\tb", "a\\eb", "a\\x85b"], "error")
  }

  @Test func p15BidirectionalControls() throws {
    try refused(["a\u{202E}b", "a\u{2066}b"], "error")
  }

  @Test func p16Lengths() throws {
    try refused([String(repeating: "n", count: 256)], "path-length")
    // 200 letters of three bytes: it is bytes that count.
    try refused([String(repeating: "€", count: 100)], "path-length")
    try refused([Array(repeating: "a", count: 2100).joined(separator: "/")], "path-length")
  }

  @Test func p17Normalisation() throws {
    try tree.refuses(
      "- {path: \"\u{E9}\", content: \"1\\n\"}\n- {path: \"e\u{301}\", content: \"2\\n\"}", exit: 3,
      "error")
  }

  @Test func p18CaseCollisions() throws {
    try tree.refuses(
      "- {path: README.md, content: \"1\\n\"}\n- {path: readme.md, content: \"2\\n\"}", exit: 3,
      "error")
    try tree.refuses(
      "- {path: stra\u{DF}e, content: \"1\\n\"}\n- {path: STRASSE, content: \"2\\n\"}", exit: 3,
      "error")
  }

  @Test func p19SamePathTwiceAndFileAsFolder() throws {
    try tree.refuses(
      "- {path: a, content: \"1\\n\"}\n- {path: a, content: \"2\\n\"}", exit: 3, "error")
    try tree.refuses(
      "- {path: a, content: \"1\\n\"}\n- {path: a/b, content: \"2\\n\"}", exit: 3, "error")
  }

  @Test func p20LeadingDash() throws {
    try tree.lands(
      "- {path: \"-rf\", content: \"x\\n\"}\n- {path: \"--config=x\", content: \"x\\n\"}")
    #expect(try tree.shell("ls t") == "--config=x\n-rf\n")
  }

  @Test func p21TemplatesAreLiteral() throws {
    try tree.lands(
      "- {path: \"{{ x }}\", content: \"x\\n\"}\n- {path: \"$(id)*\", content: \"x\\n\"}")
    #expect(try tree.shell("LC_ALL=C ls t") == "$(id)*\n{{ x }}\n")
  }
}
