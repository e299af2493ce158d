import YAMLTree

extension Rules {
  /// What of YAML is not read, and what YAML would lose without a word.
  static let structure: [Rule] = [
    Rule(
      "syntax", "The text is not YAML, and no rule of its own says why.", .top,
      bad: "env: {A: \"b\" C: d}", good: "env: {A: \"b\", C: d}"),
    Rule(
      "empty-document", "There is nothing in the file.", .manifest, bad: "# nothing\n",
      good: "mtor: 1\nname: m\nsteps: []\n...\n"),
    Rule(
      "second-document", "A second document begins; one file is one manifest.", .manifest,
      bad: "mtor: 1\nname: m\nsteps: []\n---\nmtor: 1\n...\n",
      good: "mtor: 1\nname: m\nsteps: []\n...\n"),
    Rule(
      "text-after-mark", "Text follows '---' or '...' on its line.", .manifest,
      bad: "--- mtor: 1\nname: m\nsteps: []\n...\n",
      good: "---\nmtor: 1\nname: m\nsteps: []\n...\n"),
    Rule(
      "directive", "A directive ('%YAML') stands before the document.", .manifest,
      bad: "%YAML 1.2\n---\nmtor: 1\nname: m\nsteps: []\n...\n",
      good: "---\nmtor: 1\nname: m\nsteps: []\n...\n"),
    Rule(
      "duplicate-key", "A key stands twice in one mapping; most readers keep the last in silence.",
      bad: "- path: a\n  delete: true\n  path: b", good: "- path: a\n  delete: true"),
    Rule(
      "complex-key", "A list, a mapping or '?' stands where a key is expected.", .top,
      bad: "? env", good: "env: {A: b}"),
    Rule(
      "anchor", "An anchor ('&name'); values are written out.",
      bad: "- path: a\n  content: &x \"one\\n\"", good: "- path: a\n  content: \"&x one\\n\""),
    Rule(
      "alias", "An alias ('*name'), which stands for a value elsewhere and may explode.", .tests,
      bad: "- *x", good: "- \"ls *x\""),
    Rule(
      "merge-key", "The merge key ('<<') hides what a mapping holds.", .top,
      bad: "env: {<<: {A: b}}", good: "env: {A: b}"),
    Rule(
      "tag", "A tag ('!type') gives a value a type; the reading field does that.",
      bad: "- path: a\n  content: !!binary \"AAA=\"", good: "- path: a\n  base64: \"AAA=\""),
    Rule(
      "tab-indent", "A tab indents a line; YAML wants spaces.", .step,
      bad: "tests:\n\t- \"true\"", good: "tests:\n  - \"true\""),
    Rule(
      "missing-space", "A space is missing after a key's ':'.", .top, bad: "cwd:src",
      good: "cwd: src"),
    Rule(
      "missing-colon", "A line is neither 'key: value' nor '- item'.", .top, bad: "cwd",
      good: "cwd: src"),
    Rule(
      "plain-colon", "A text without quotes has ': ' in it, where YAML begins a value.", .tests,
      bad: "- run: echo a: b", good: "- \"echo a: b\""),
    Rule(
      "plain-long", "A text without quotes is longer than any name, path or command can be.",
      .tests, bad: "- echo " + String(repeating: "x", count: 131_072),
      good: "- |\n  echo x"),
    Rule(
      "plain-indicator", "A text without quotes begins with a character that YAML reserves.",
      .tests, bad: "- `date`", good: "- \"echo `date`\""),
    Rule(
      "plain-multiline", "A text without quotes goes over several lines, which YAML joins.",
      .tests, bad: "- make\n  test", good: "- |\n  make\n  test"),
    Rule(
      "quoted-multiline", "A text in quotes goes over several lines, which YAML joins.", .tests,
      bad: "- \"make\n  test\"", good: "- \"make test\""),
    Rule(
      "quote-open", "A quote is never closed.", .tests, bad: "- 'make test",
      good: "- 'make test'"),
    Rule(
      "text-after-quote", "Text follows a closing quote.", .tests, bad: "- \"make\" test",
      good: "- \"make test\""),
    Rule(
      "bad-escape", "A backslash in double quotes begins no escape.", .tests,
      bad: "- \"grep '\\d+' a\"", good: "- 'grep \"\\d+\" a'"),
    Rule(
      "bracket", "A bracket of a flow collection is closed by the other kind, or never.", .top,
      bad: "path: [bin}", good: "path: [bin]"),
    Rule(
      "folded-block", "A folded block ('>') joins its lines; contents must keep theirs.",
      bad: "- path: a\n  content: >\n    one\n    two",
      good: "- path: a\n  content: |\n    one\n    two"),
    Rule(
      "block-header", "Text follows the '|' of a literal block on its line.",
      bad: "- path: a\n  content: | one\n    two", good: "- path: a\n  content: |\n    one\n    two"
    ),
    Rule(
      "empty-block", "A literal block has no text.",
      bad: "- path: a\n  content: |\n- path: b\n  delete: true",
      good: "- path: a\n  content: \"\"\n- path: b\n  delete: true"),
    Rule(
      "block-unindented", "The text of a literal block is not indented.",
      bad: "- path: a\n  content: |\n  one", good: "- path: a\n  content: |\n    one"),
    Rule(
      "block-leading-spaces",
      "A blank line before a block's text has more spaces than the text; YAML cannot tell where it "
        + "begins.", bad: "- path: a\n  content: |\n        \n    one",
      good: "- path: a\n  content: |2\n        \n    one"),
    Rule(
      "block-dedent", "A line of a block is indented less than the ones above, and ends it.",
      bad: "- path: a\n  content: |\n      one\n    two",
      good: "- path: a\n  content: |2\n      one\n    two"),
    Rule(
      "comment-in-block",
      "A '#' line after a literal block is indented less than it, so that YAML drops it in silence.",
      bad: "- path: a\n  content: |\n    one\n  # two\n- path: b\n  delete: true",
      good: "- path: a\n  content: |\n    one\n    # two\n- path: b\n  delete: true"),
    Rule(
      "inline-sequence", "A list begins on the line of its key.", .step, bad: "tests: - make",
      good: "tests:\n  - make"),
  ]
}
