import YAMLTree

extension Rules {
  /// What a file's writer did not mean, whatever notation it came in.
  static let contents: [Rule] = [
    Rule(
      "content-elision", .warning,
      "A line stands for text that was left out. An error in plan and apply, unless the line is in "
        + "the file that is replaced or the entry says 'elision: ok'.", .content(path: "a.py"),
      bad: "import os\n# ... rest of the file unchanged\n", good: "import os\n\nprint(os.name)\n"),
    Rule(
      "content-markers", .error,
      "Conflict markers stand in a content, unless they are in the file that is replaced or the "
        + "entry says 'markers: ok'.", .content(path: "a.py"),
      bad: "<<<<<<< ours\na = 1\n=======\na = 2\n>>>>>>> theirs\n", good: "a = 1\n"),
    Rule(
      "content-fence", .warning, "A Markdown fence stands at either end of a file.",
      .content(path: "a.py"), bad: "```python\na = 1\n```\n", good: "a = 1\n"),
    Rule(
      "content-final-newline", .warning, "A text file's last line has no newline.",
      .content(path: "a.py"), bad: "a = 1", good: "a = 1\n"),
    Rule(
      "content-blank-end", .warning, "A text file ends with an empty line.",
      .content(path: "a.py"), bad: "a = 1\n\n", good: "a = 1\n"),
    Rule(
      "content-mixed-eol", .warning, "Some lines of a file end in LF and some in CR LF.",
      .content(path: "a.txt"), bad: "one\r\ntwo\n", good: "one\ntwo\n"),
    Rule(
      "content-makefile-tabs", .warning, "A recipe of a Makefile begins with spaces.",
      .content(path: "Makefile"), bad: "all:\n    cc a.c\n", good: "all:\n\tcc a.c\n"),
    Rule(
      "content-bom", .warning, "A file begins with a byte order mark.", .content(path: "a.txt"),
      bad: "\u{FEFF}one\n", good: "one\n"),
    Rule(
      "content-bidi", .warning,
      "A character that turns the direction of text makes a line look other than it is.",
      .content(path: "a.py"), bad: "a = \"\u{202E}b\"\n", good: "a = \"b\"\n"),
    Rule(
      "content-json", .warning, "A '.json' file is not JSON.", .content(path: "a.json"),
      bad: "{\"a\": 1,}\n", good: "{\"a\": 1}\n"),
    Rule(
      "content-yaml", .warning, "A '.yaml' or '.yml' file is not YAML.", .content(path: "a.yaml"),
      bad: "a: b: c\n", good: "a: \"b: c\"\n"),
    Rule(
      "content-shrinks", .warning, "A replaced file shrinks by more than half.",
      .replacement(path: "a.py"),
      bad: "a = 1\nb = 2\nc = 3\n\(Rule.division)a = 1\n",
      good: "a = 1\nb = 2\nc = 3\n\(Rule.division)a = 1\nb = 2\nc = 4\n"),
    Rule(
      "content-eol", .warning, "A content in LF replaces a file in CR LF.",
      .replacement(path: "a.py"), bad: "a = 1\r\n\(Rule.division)a = 2\n",
      good: "a = 1\n\(Rule.division)a = 2\n"),
  ]

  /// What makes a red command green, and what the shell does not know.
  static let commands: [Rule] = [
    Rule(
      "command-pipe",
      "A pipe into 'tail', 'head', 'tee', 'grep', 'cat' and their like hides a failure before it. "
        + "A warning in setup and run.", .tests, bad: "- make test | tail -5",
      good: "- {run: \"make test | tail -5\", shell: bash}"),
    Rule(
      "command-always-green",
      "'|| true', a trailing '; echo' or '&', or 'set +e' makes every failure pass.", .tests,
      bad: "- make test || true", good: "- make test"),
    Rule(
      "command-bashism", "A command for sh uses what only bash knows. A warning in setup and run.",
      .tests, bad: "- \"[[ -f a ]]\"", good: "- {run: \"[[ -f a ]]\", shell: bash}"),
    Rule(
      "command-list", .warning,
      "'a && b' before the last line: sh goes on when 'a' fails.", .tests,
      bad: "- |\n  make && make test\n  echo done", good: "- |\n  make\n  make test\n  echo done"),
    Rule("command-empty", "A command is empty.", .tests, bad: "- \"\"", good: "- \"true\""),
    Rule(
      "command-colon", "': ' cuts a command in two: YAML reads a key and a value.", .tests,
      bad: "- echo one: two", good: "- \"echo one: two\""),
    Rule(
      "command-param", "Parameters are not expanded in commands; they get $MTOR_PARAM_NAME.",
      .tests, bad: "- \"echo ${{ params.name }}\"", good: "- \"echo $MTOR_PARAM_name\""),
  ]

  /// Parameters, and how steps stand to one another.
  static let steps: [Rule] = [
    Rule(
      "param-name", "A parameter's name is not of letters, digits and '_'.", .top,
      bad: "params: {my-name: {}}", good: "params: {my_name: {}}"),
    Rule(
      "param-default", "A parameter's default does not match its pattern.", .top,
      bad: "params: {port: {default: http, pattern: \"[0-9]+\"}}",
      good: "params: {port: {default: \"80\", pattern: \"[0-9]+\"}}"),
    Rule(
      "param-undeclared", "A parameter is used that 'params' does not declare.",
      bad: "- {path: \"${{ params.name }}/a\", delete: true}",
      good: "- {path: name/a, delete: true}"),
    Rule(
      "param-syntax", "'${{ params.' is not followed by a name and ' }}'.",
      bad: "- {path: \"${{ params.name}}/a\", delete: true}", good: "- {path: name/a, delete: true}"
    ),
    Rule(
      "param-place", "A parameter stands where none is expanded.", .step,
      bad: "tests: [\"true\"]\noutputs: [\"${{ params.name }}/*\"]",
      good: "tests: [\"true\"]\noutputs: [\"gen/*\"]"),
    Rule(
      "step-twice", "Two steps have one id.", .manifest,
      bad: "mtor: 1\nname: m\nsteps:\n  - {id: a, tests: [\"true\"]}\n"
        + "  - {id: a, tests: [\"true\"]}\n...\n",
      good: "mtor: 1\nname: m\nsteps:\n  - {id: a, tests: [\"true\"]}\n"
        + "  - {id: b, tests: [\"true\"]}\n...\n"),
    Rule(
      "step-empty", .warning, "A step has no files, run or tests.", .step, bad: "intent: later",
      good: "tests: [\"true\"]"),
    Rule(
      "needs", "A step needs one that is not there, comes later or is itself.", .step,
      bad: "tests: [\"true\"]\nneeds: [other]", good: "tests: [\"true\"]\nneeds: []"),
  ]
}
