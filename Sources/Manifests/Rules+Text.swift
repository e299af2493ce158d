import YAMLTree

extension Rules {
  /// Bytes that are no text of a manifest, whatever they say.
  static let text: [Rule] = [
    Rule(
      "encoding", .error, "A text in UTF-16 or UTF-32 is not read: a manifest is UTF-8.", .manifest,
      bad: "\u{0}m\u{0}t\u{0}o\u{0}r", good: "mtor: 1\nname: m\nsteps: []\n...\n"),
    Rule(
      "invalid-utf8", .error, "A byte that is not UTF-8; binary content goes into base64.",
      .manifest, bad: "mtor: 1\nname: m # \(Rule.invalidByte)\nsteps: []\n...\n",
      good: "mtor: 1\nname: m # é\nsteps: []\n...\n"),
    Rule(
      "byte-order-mark", .note, "A byte order mark before the text, which is left out.", .manifest,
      bad: "\u{FEFF}mtor: 1\nname: m\nsteps: []\n...\n",
      good: "mtor: 1\nname: m\nsteps: []\n...\n"),
    Rule(
      "crlf", .note,
      "A manifest wholly in CR LF is read as LF: contents have LF unless 'eol: crlf' says otherwise.",
      .manifest, bad: "mtor: 1\r\nname: m\r\nsteps: []\r\n...\r\n",
      good: "mtor: 1\nname: m\nsteps: []\n...\n"),
    Rule(
      "mixed-line-ends", .error, "Some lines of the manifest end in CR LF and some in LF.",
      .manifest, bad: "mtor: 1\r\nname: m\nsteps: []\n...\n",
      good: "mtor: 1\nname: m\nsteps: []\n...\n"),
    Rule(
      "lone-cr", .error, "A carriage return without a newline, which YAML would take for one.",
      .files, bad: "- path: a\n  content: |\n    one\rtwo\n",
      good: "- path: a\n  content: |\n    one\n    two\n"),
    Rule(
      "control-character", .error,
      "A control character other than tab and newline, U+0085 and U+2028 included; YAML would drop "
        + "or change it.", .files, bad: "- path: a\n  content: |\n    red: \u{1B}[31m\n",
      good: "- path: a\n  content: \"red: \\e[31m\\n\"\n"),
    Rule(
      "control-in-text", .error,
      "A control character, escaped, where no content is: in a command or a name.",
      .step, bad: "intent: \"ring \\a\"\ntests: [\"true\"]",
      good: "intent: \"ring\"\ntests: [\"true\"]"),
    Rule(
      "manifest-size", .error,
      "The manifest is larger than 'limits: {manifest: …}' allows (64 MB).",
      .limited,
      bad: "mtor: 1\nname: m\nsteps: []\n# " + String(repeating: "x", count: 70) + "\n...\n",
      good: "mtor: 1\nname: m\nsteps: []\n...\n"),
    Rule(
      "file-size", .error, "A file is larger than 'limits: {file: …}' allows (16 MB).", .limited,
      bad:
        "mtor: 1\nname: m\nsteps: [{id: s, files: [{path: a, content: \"123456789012345678901\"}]}]\n...\n",
      good: "mtor: 1\nname: m\nsteps: [{id: s, files: [{path: a, content: \"1234567890\"}]}]\n...\n"
    ),
    Rule(
      "steps-limit", .error,
      "The manifest has more steps than 'limits: {steps: …}' allows (100,000).", .few,
      bad: "mtor: 1\nname: m\nsteps:\n  - id: a\n  - id: b\n  - id: c\n  - id: d\n...\n",
      good: "mtor: 1\nname: m\nsteps: []\n...\n"),
    Rule(
      "files-limit", .error,
      "The manifest has more files than 'limits: {files: …}' allows (200,000).", .few,
      bad: "mtor: 1\nname: m\nsteps:\n  - id: a\n    files:\n"
        + "      - {path: a}\n      - {path: b}\n      - {path: c}\n...\n",
      good: "mtor: 1\nname: m\nsteps:\n  - id: a\n    files:\n"
        + "      - {path: a, delete: true}\n...\n"),
    Rule(
      "values", .error,
      "The text has more keys and values than so many steps and files may need.", .few,
      bad:
        "mtor: 1\nname: m\nenv:\n  A: a\n  B: b\n  C: c\n  D: d\n  E: e\n  F: f\n  G: g\n  H: h\n  I: i\n"
        + "steps: []\n...\n",
      good: "mtor: 1\nname: m\nenv:\n  A: a\nsteps: []\n...\n"),
    Rule(
      "depth", .error, "Lists and mappings stand more than 32 deep in one another.", .top,
      bad: "env: " + String(repeating: "[", count: 40) + String(repeating: "]", count: 40),
      good: "env: {A: b}"),
    Rule(
      "end-mark", .warning,
      "The line '...' (in Markdown '<!-- end -->') is missing; on standard input an error, since "
        + "a cut-off text must not pass for a whole one.", .manifest,
      bad: "mtor: 1\nname: m\nsteps: []\n", good: "mtor: 1\nname: m\nsteps: []\n...\n"),
  ]
}
