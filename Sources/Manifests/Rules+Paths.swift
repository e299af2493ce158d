import YAMLTree

extension Rules {
  /// What a path may be, decided before the disk is touched, and as strict on every system.
  static let paths: [Rule] = [
    path("path-empty", "The path is empty.", "\"\""),
    path("path-parent", "A part of the path is '..', even if it would lead back inside.", "../a"),
    path("path-absolute", "The path begins with '/'.", "/etc/passwd"),
    path("path-home", "The path begins with '~', which is not expanded.", "~/a"),
    path("path-backslash", "The path has a backslash.", "a\\b"),
    path("path-colon", "The path has a ':', elsewhere a drive or a stream.", "C:x"),
    path(
      "path-git", "The path is git's own, in any spelling that some file system takes for it.",
      ".GIT/config"),
    path("path-state", "The path is mtor's own state.", ".mtor/state/x"),
    path(
      "path-spelling", "The path has '.', '//' or a '/' at its end: it has two spellings.", "a//b"),
    path("path-trailing", "A part ends with a dot or a space, which some systems drop.", "\"a. \""),
    path("path-control", "The path has a character that does not show.", "\"a\\tb\""),
    path(
      "path-length", "A part has more than 255 bytes, or the path more than 4095.",
      String(repeating: "a", count: 256)),
    Rule(
      "path-device", .warning, "A part of the path is a device on Windows.", .files,
      bad: "- {path: aux.c, content: \"one\\n\"}", good: "- {path: auxil.c, content: \"one\\n\"}"),
    Rule(
      "path-twice", "A path stands twice in one step.",
      bad: "- {path: a, content: \"one\\n\"}\n- {path: a, delete: true}",
      good: "- {path: a, content: \"one\\n\"}"),
    Rule(
      "path-kind", "A path is both a file and a folder.",
      bad: "- {path: a, content: \"one\\n\"}\n- {path: a/b, content: \"one\\n\"}",
      good: "- {path: a, delete: true}\n- {path: a/b, content: \"one\\n\"}"),
    Rule(
      "path-collision", "Two paths differ only in case or Unicode form.",
      bad: "- {path: README.md, content: \"one\\n\"}\n- {path: readme.md, content: \"one\\n\"}",
      good: "- {path: README.md, content: \"one\\n\"}\n- {path: NOTES.md, content: \"one\\n\"}"),
    Rule(
      "symlink-absolute", "A link's target is absolute.", bad: "- {path: a, symlink: /etc/hosts}",
      good: "- {path: a, symlink: b}"),
    Rule(
      "symlink-outside", "A link's target is outside the root.",
      bad: "- {path: a/b, symlink: ../../c}", good: "- {path: a/b, symlink: ../c}"),
    Rule(
      "symlink-empty", "A link points nowhere.", bad: "- {path: a, symlink: \"\"}",
      good: "- {path: a, symlink: b}"),
    Rule(
      "symlink-spelling", "A link's target has '//' in it.", bad: "- {path: a, symlink: b//c}",
      good: "- {path: a, symlink: b/c}"),
  ]

  private static func path(_ id: String, _ meaning: String, _ path: String) -> Rule {
    Rule(
      id, meaning, bad: "- path: \(path)\n  content: \"one\\n\"",
      good: "- path: a/b\n  content: \"one\\n\"")
  }

  /// What an entry and its edits may say.
  static let files: [Rule] = [
    Rule(
      "file-action", "An entry does not say what happens to its file, or says it twice.",
      bad: "- {path: a, content: \"one\\n\", delete: true}", good: "- {path: a, delete: true}"),
    Rule(
      "move-itself", "A move leads to where it comes from, or a folder into itself.",
      bad: "- {path: a, move_from: a}", good: "- {path: a, move_from: b}"),
    Rule(
      "mode", "A mode is not four octal digits.",
      bad: "- {path: a, content: \"one\\n\", mode: 644}",
      good: "- {path: a, content: \"one\\n\", mode: \"0644\"}"),
    Rule(
      "mode-special", "A mode sets setuid, setgid or sticky.",
      bad: "- {path: a, content: \"one\\n\", mode: \"4755\"}",
      good: "- {path: a, content: \"one\\n\", mode: \"0755\"}"),
    Rule(
      "was", "'was' says something else than absent, present, a digest or a link.",
      bad: "- {path: a, delete: true, was: there}", good: "- {path: a, delete: true, was: present}"),
    Rule(
      "base64", "A text is not base64, padding included.", bad: "- {path: a, base64: \"AAA\"}",
      good: "- {path: a, base64: \"AAA=\"}"),
    Rule(
      "sha256", "A digest is not 64 hexadecimal digits.",
      bad: "- {path: a, content: \"one\\n\", sha256: abc}",
      good: "- path: a\n  content: \"\"\n  sha256: "
        + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    Rule(
      "check-sha256", "A content has not the digest that its entry says.",
      bad: "- path: a\n  content: \"one\\n\"\n  sha256: "
        + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      good: "- path: a\n  content: \"\"\n  sha256: "
        + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    Rule(
      "check-bytes", "A content has not the size that its entry says.",
      bad: "- {path: a, content: \"one\\n\", bytes: 5}",
      good: "- {path: a, content: \"one\\n\", bytes: 4}"),
    Rule(
      "check-lines", "A content has not the number of lines that its entry says.",
      bad: "- {path: a, content: \"one\\n\", lines: 2}",
      good: "- {path: a, content: \"one\\n\", lines: 1}"),
    Rule(
      "edit-block", "SEARCH/REPLACE blocks are not whole, or text stands outside them.",
      bad: "- path: a\n  edit: |\n    <<<<<<< SEARCH\n    one\n    >>>>>>> REPLACE",
      good: "- path: a\n  edit: |\n    <<<<<<< SEARCH\n    one\n    =======\n    two\n    "
        + ">>>>>>> REPLACE"),
    Rule(
      "edit-empty", "An edit looks for nothing.",
      bad: "- path: a\n  edit:\n    - {find: \"\", replace: \"b\"}",
      good: "- path: a\n  edit:\n    - {append: \"b\\n\"}"),
    Rule(
      "edit-newline",
      "One of two texts ends with a newline and the other does not: lines would be joined or added.",
      bad: "- path: a\n  edit:\n    - {find: \"one\\n\", replace: \"two\"}",
      good: "- path: a\n  edit:\n    - {find: \"one\\n\", replace: \"two\\n\"}"),
    Rule(
      "replacement", "The replacement of a 'match' names a group that the pattern lacks.",
      bad: "- path: a\n  edit:\n    - {match: \"a(b)\", replace: \"$2\"}",
      good: "- path: a\n  edit:\n    - {match: \"a(b)\", replace: \"$1\"}"),
    Rule(
      "pointer", "A JSON pointer does not begin with '/'.",
      bad: "- path: a.json\n  edit:\n    - {set: {pointer: version, value: \"1\"}}",
      good: "- path: a.json\n  edit:\n    - {set: {pointer: /version, value: \"1\"}}"),
  ]
}
