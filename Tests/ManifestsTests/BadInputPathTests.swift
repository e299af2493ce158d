import Manifests
import Platform
import Testing
import YAMLTree

/// The rows P01 to P21 of what other tools get wrong about paths, as a manifest's reader decides
/// them: before a tree is looked at.
@Suite struct BadInputPaths {
  private static let refused: [(row: String, path: String, rule: String)] = [
    ("P01", "../x", "path-parent"), ("P01", "a/../../x", "path-parent"),
    ("P01", "a/../b", "path-parent"), ("P01", "..", "path-parent"),
    ("P02", "/etc/x", "path-absolute"), ("P02", "~/x", "path-home"),
    ("P02", "~root/x", "path-home"),
    ("P03", "C:\\\\x", "path-backslash"), ("P03", "C:x", "path-colon"),
    ("P03", "\\\\\\\\srv\\\\s", "path-backslash"), ("P03", "a\\\\b", "path-backslash"),
    ("P04", ".git/hooks/pre-commit", "path-git"), ("P04", ".git/config", "path-git"),
    ("P04", "sub/.git/x", "path-git"), ("P04", ".git", "path-git"),
    ("P05", ".GIT/config", "path-git"), ("P05", ".Git", "path-git"),
    ("P06", "git~1/config", "path-git"), ("P06", "GITMOD~1", "path-git"),
    ("P06", "GI7EBA~1", "path-git"), ("P06", "gi250a~9", "path-git"),
    ("P07", ".g\\u200Cit/config", "path-control"), ("P07", "a\\u200Db", "path-control"),
    ("P07", "a\\u2060b", "path-control"), ("P07", "a\\u00ADb", "path-control"),
    ("P08", ".git./x", "path-git"), ("P08", ".git /x", "path-git"),
    ("P08", "a./x", "path-trailing"), ("P08", "a /x", "path-trailing"),
    ("P08", ".git::$INDEX_ALLOCATION", "path-colon"), ("P08", "x:stream", "path-colon"),
    ("P12", "", "path-empty"), ("P12", ".", "path-spelling"), ("P12", "/", "path-absolute"),
    ("P12", "a//b", "path-spelling"), ("P12", "a/./b", "path-spelling"),
    ("P12", "a/", "path-spelling"),
    ("P13", "a\\0b", "control-in-text"), ("P14", "a\\nb", "path-control"),
    ("P14", "a\\rb", "control-in-text"), ("P14", "a\\tb", "path-control"),
    ("P14", "a\\eb", "control-in-text"), ("P14", "a\\x85b", "control-in-text"),
    ("P15", "a\\u202Eb", "path-control"), ("P15", "a\\u2066b", "path-control"),
    ("P16", String(repeating: "a", count: 256), "path-length"),
    ("P16", String(repeating: "é", count: 128), "path-length"),
    ("P16", Array(repeating: "a", count: 2049).joined(separator: "/"), "path-length"),
    ("state", ".mtor/state", "path-state"), ("state", ".MTOR/State/x", "path-state"),
  ]

  private func rules(_ text: String) -> [String] { Reading.rules(of: text) }

  @Test(arguments: refused.indices)
  func aHostilePathIsRefusedWhereverAPathMayStand(index: Int) {
    let (row, path, rule) = Self.refused[index]
    for entry in [
      "{path: \"\(path)\", content: \"x\\n\"}", "{path: \"\(path)\", delete: true}",
      "{path: \"\(path)\", edit: [{append: \"x\\n\"}]}", "{path: a, move_from: \"\(path)\"}",
      "{path: a, from: \"\(path)\"}", "{path: \"\(path)\", delete_tree: true}",
      "{path: \"\(path)\", symlink: a}", "{path: a, delete: true, when: {exists: \"\(path)\"}}",
    ] {
      #expect(rules(Reading.withFiles("- \(entry)")).first == rule, "\(row) \(entry)")
    }
    let command = "- {run: \"true\", cwd: \"\(path)\", creates: \"\(path)\", path: [\"\(path)\"]}"
    #expect(rules(Reading.withTests(command)).prefix(3) == [rule, rule, rule], "\(row)")
  }

  @Test(arguments: [
    "-rf", "--config=x", "*.py", "{{ x }}", "$(id)", "$HOME/x", "a b", "é", "日本", ".github/x.yml",
    ".gitignore", ".gitattributes", ".gitmodules", "Makefile", "a'b", "a\\\"b", "a..b", "..a",
    "a~1",
  ])
  func anOddPathIsTakenAsItStands(path: String) throws {
    let manifest = try Reading.manifest(
      Reading.withFiles("- {path: \"\(path)\", content: \"x\\n\"}"))
    #expect(manifest.steps[0].files[0].path == path.replacing("\\\"", with: "\""))
  }

  @Test(arguments: ["CON", "nul.txt", "src/AUX.c", "COM1", "LPT¹", "CONIN$"])
  func p09_aDeviceOfWindowsIsAWarning(path: String) {
    #expect(rules(Reading.withFiles("- {path: \"\(path)\", content: \"x\\n\"}")) == ["path-device"])
  }

  @Test(arguments: ["CONTENT", "nulls.txt", "COM", "LPT12", "console", "auxiliary"])
  func p09_aNameThatOnlyBeginsSoIsNone(path: String) {
    #expect(rules(Reading.withFiles("- {path: \"\(path)\", content: \"x\\n\"}")) == [])
  }

  @Test(arguments: [
    ("README.md", "readme.md"), ("straße", "STRASSE"), ("\u{E9}", "e\u{301}"), ("Src/a", "src/b"),
    ("a/B/c", "a/b/d"), ("ﬁ", "FI"),
  ])
  func p17_p18_twoSpellingsOfOneNameAreRefused(first: String, second: String) {
    let files = [first, second].map { "- {path: \"\($0)\", content: \"x\\n\"}" }
    #expect(rules(Reading.withFiles(files.joined(separator: "\n"))).first == "path-collision")
    let steps =
      "mtor: 1\nname: m\nsteps:\n"
      + zip(["a", "b"], files).map { "  - id: \($0)\n    files:\n      \($1)\n" }.joined() + "...\n"
    #expect(rules(steps).first == "path-collision")
  }

  @Test func p18_aNameMayChangeItsCase() {
    #expect(rules(Reading.withFiles("- {path: README.md, move_from: readme.md}")) == [])
    #expect(
      rules(
        Reading.withFiles(
          "- {path: readme.md, delete: true}\n- {path: README.md, content: \"x\\n\"}"))
        == [])
  }

  @Test func p19_aPathStandsOnceInAStepAndIsOneThing() {
    func said(_ files: [String]) -> [String] {
      rules(Reading.withFiles(files.map { "- {path: \($0)}" }.joined(separator: "\n")))
    }
    #expect(said(["a, content: \"x\\n\"", "a, delete: true"]) == ["path-twice"])
    #expect(said(["a, content: \"x\\n\"", "b, move_from: a"]) == ["path-twice"])
    #expect(said(["a, content: \"x\\n\"", "a/b, content: \"x\\n\""]) == ["path-kind"])
    #expect(said(["a/b/c, content: \"x\\n\"", "a, symlink: d"]) == ["path-kind"])
    #expect(said(["a/b, delete: true", "a, content: \"x\\n\""]) == [])
    #expect(said(["a, content: \"x\\n\"", "a/b, delete: true"]) == [])
  }

  @Test func p19_aLaterStepBuildsOnTheEarlierOne() {
    func said(_ steps: [[String]]) -> [String] {
      var text = "mtor: 1\nname: m\nsteps:\n"
      for (index, files) in steps.enumerated() {
        text += "  - id: s\(index)\n    files:\n" + files.map { "      - {path: \($0)}\n" }.joined()
      }
      return rules(text + "...\n")
    }
    #expect(said([["a, content: \"x\\n\""], ["a, edit: [{append: \"y\\n\"}]"]]) == [])
    #expect(said([["a, content: \"x\\n\""], ["a/b, content: \"x\\n\""]]) == ["path-kind"])
    #expect(
      said([["a/b, content: \"x\\n\""], ["a/b, delete: true"], ["a, content: \"x\\n\""]]) == [])
    #expect(
      said([["a/b, content: \"x\\n\""], ["a, delete_tree: true"], ["a, content: \"x\\n\""]]) == [])
    #expect(
      said([
        ["a/b, content: \"x\\n\"", "a/c, content: \"x\\n\""], ["a/b, delete: true"],
        ["a, content: \"x\\n\""],
      ]) == ["path-kind"])
  }

  @Test(arguments: [
    ("a", "/etc/passwd", "symlink-absolute"), ("a", "../b", "symlink-outside"),
    ("a/b", "../../c", "symlink-outside"), ("a/b", "x/../../../c", "symlink-outside"),
    ("a", ".git/config", "path-git"), ("a/b", "../.git", "path-git"), ("a", "", "symlink-empty"),
    ("a", "b//c", "symlink-spelling"), ("a", "b\\\\c", "path-backslash"),
  ])
  func aLinkStaysInsideTheRoot(path: String, target: String, rule: String) {
    #expect(rules(Reading.withFiles("- {path: \(path), symlink: \"\(target)\"}")) == [rule])
  }

  @Test(arguments: [
    ("a", "b"), ("a/b", "../c"), ("a/b", "./c"), ("a", "b/"), ("a/b/c", "../../d/e"),
  ])
  func aLinkMayPointAnywhereBelowTheRoot(path: String, target: String) {
    #expect(rules(Reading.withFiles("- {path: \(path), symlink: \(target)}")) == [])
  }
}
