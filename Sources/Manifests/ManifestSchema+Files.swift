import Platform

extension ManifestSchema {
  private typealias S = SchemaBuilder

  static let fileDefinitions: JSON = [
    "step": S.mapping(
      "The unit of work: files that land together, then commands that must pass.",
      required: ["id"],
      [
        "id": S.text("The step's name, its own in the manifest.", pattern: idPattern),
        "intent": S.text("What the step is for: read by people, and by a model that repairs it."),
        "files": S.list("What becomes of which path.", of: S.reference("file")),
        "run": S.list(
          "Commands that generate, migrate or install. A failure fails the step and is not "
            + "repaired.", of: S.reference("command")),
        "tests": S.list(
          "Commands that must pass. A failure starts a repair.", of: S.reference("command")),
        "parallel": S.flag("Run the tests side by side."),
        "outputs": S.list(
          "Patterns of what the commands make and the result keeps.", of: S.reference("glob")),
        "needs": S.list(
          "Ids of earlier steps without which --keep-going skips this one.",
          of: S.text("A step's id.")),
        "repair": S.reference("repair", "What a repair of this step may do and cost."),
        "when": S.reference("when"),
        "env": S.reference("env", "Variables for this step's commands."),
        "pass_env": S.reference("variables", "Variables passed on to this step's commands."),
        "path": S.list("Folders put before PATH.", of: S.reference("path")),
        "cwd": S.reference("path", "The folder that this step's commands run in."),
      ]),
    "file": S.merged([
      S.mapping("What becomes of one path.", required: ["path"], fileProperties),
      ["allOf": .array([oneAction] + combinations)],
    ]),
  ]

  private static let fileProperties: JSON = S.merged([actionProperties, optionProperties])

  private static let actionProperties: JSON = [
    "path": S.reference("path", "The path, relative to the root."),
    "content": S.string("The whole file, as a literal block ('|') or in quotes."),
    "base64": S.string("The whole file, binary, in base64.", pattern: #"^[A-Za-z0-9+/=\s]*$"#),
    "from": S.reference("path", "The whole file, read from the manifest's folder or below it."),
    "edit": S.described(
      "SEARCH/REPLACE blocks, or a list of edits, each applied to the result of the one before.",
      S.oneOf([
        ["type": "string", "pattern": #"<<<<<<< SEARCH"#],
        ["type": "array", "minItems": 1, "items": S.reference("edit")],
      ])),
    "patch": S.string("A unified diff; exact context, no fuzz."),
    "delete": S.onlyTrue("The file is gone."),
    "delete_tree": S.onlyTrue("The folder is gone, with all that is in it."),
    "move_from": S.reference("path", "Where the file comes from; may be combined with 'edit'."),
    "move_tree": S.reference("path", "Where the folder comes from."),
    "symlink": S.string(
      "A link to this target, relative and inside the root.", pattern: #"^[^/\\].*$"#),
  ]

  private static let optionProperties: JSON = [
    "executable": S.flag("Whether the file may be executed."),
    "mode": S.described(
      "The permission bits in octal, such as \"0644\".",
      S.anyOf([
        ["type": "string", "pattern": "^0[0-7]{3}$"],
        // A plain 0644 is a number to other readers of YAML; mtor reads the text.
        ["type": "integer"],
      ])),
    "sha256": S.text("The result's SHA-256.", pattern: "^[0-9a-fA-F]{64}$"),
    "bytes": S.integer("The result's size in bytes."),
    "lines": S.integer("The result's number of lines."),
    "elision": S.words("Lines such as '# ... rest of file' are meant.", ["ok"]),
    "markers": S.words("Conflict markers are meant.", ["ok"]),
    "was": S.text(
      "What must be there before: absent, present, sha256:HEX or symlink:TARGET.",
      pattern: "^(absent|present|sha256:[0-9a-fA-F]{64}|symlink:.+)$"),
    "eol": S.words(
      "Line ends to write: CRLF, or those of the file that is replaced.", ["crlf", "keep"]),
    "expand": S.flag("Expand ${{ params.NAME }} in the content."),
    "frozen": S.flag("No repair may touch the file."),
    "when": S.reference("when"),
  ]

  private static let actions = ManifestReader.actionKeys

  /// Exactly one action; or `move_from` with `edit`; or a mode alone.
  private static let oneAction: JSON = S.oneOf(
    actions.filter { $0 != "edit" && $0 != "move_from" }.map { S.only($0, of: actions) } + [
      S.only("edit", of: actions),
      [
        "required": ["move_from"],
        "properties": .object(
          actions.filter { $0 != "edit" && $0 != "move_from" }.map { .init($0, .bool(false)) }),
      ],
      [
        "anyOf": [["required": ["executable"]], ["required": ["mode"]]],
        "properties": .object(actions.map { .init($0, .bool(false)) }),
      ],
    ])

  private static let combinations: [JSON] =
    [
      S.without("mode", ["executable"]),
      S.without("edit", ["eol", "expand"]), S.without("patch", ["eol", "expand"]),
      S.without("base64", ["eol", "expand"]), S.without("move_from", ["eol", "expand"]),
    ]
    + ["delete", "symlink", "delete_tree", "move_tree"].map {
      S.without(
        $0,
        [
          "executable", "mode", "sha256", "bytes", "lines", "elision", "markers", "eol", "expand",
        ] + ($0.hasSuffix("_tree") ? ["was"] : []))
    }

  static let editDefinitions: JSON = [
    "edit": S.merged([
      S.mapping(
        "One edit of a file.",
        [
          "find": S.string("A text that stands there exactly 'count' times.", notEmpty: true),
          "replace": S.string("What stands there afterwards; in a 'match' $1 is the first group."),
          "count": S.described(
            "How often it must be there: a number (1 where nothing is said) or all.",
            ["oneOf": [["type": "integer", "minimum": 1], ["const": "all"]]]),
          "word": S.flag("Only whole words are found."),
          "match": S.string("A PCRE2 pattern; '^' and '$' match at lines.", notEmpty: true),
          "after": S.string("A text behind which something is inserted.", notEmpty: true),
          "before": S.string("A text before which something is inserted.", notEmpty: true),
          "insert": S.string("What is inserted."),
          "append": S.string("What is put at the file's end."),
          "prepend": S.string("What is put at the file's beginning."),
          "set": S.mapping(
            "A value of a JSON or YAML file; nothing else of it is touched.",
            required: ["pointer", "value"],
            [
              "pointer": S.string(
                "A JSON pointer, such as /scripts/test.", pattern: "^(/([^~]|~[01])*)+$"),
              "value": S.described("The new value.", [:]),
            ]),
        ]),
      S.oneOf([
        form("find", with: ["replace", "count", "word"], required: ["replace"]),
        form("match", with: ["replace", "count"], required: ["replace"]),
        form("after", with: ["insert"], required: ["insert"]),
        form("before", with: ["insert"], required: ["insert"]),
        form("append"), form("prepend"), form("set"),
      ]),
    ])
  ]

  private static func form(
    _ key: String, with others: [String] = [], required: [String] = []
  ) -> JSON {
    let all = [
      "find", "replace", "count", "word", "match", "after", "before", "insert", "append",
      "prepend", "set",
    ]
    return [
      "required": S.names([key] + required),
      "properties": .object(
        all.filter { $0 != key && !others.contains($0) }.map { .init($0, .bool(false)) }),
    ]
  }

  static let commandDefinitions: JSON = [
    "script": S.string(
      "A command for the shell.", pattern: #"^(?![\s\S]*\$\{\{ params\.)[\s\S]*\S[\s\S]*$"#),
    "command": S.oneOf([S.reference("script"), S.reference("longCommand")]),
    "longCommand": S.mapping(
      "A command with what belongs to it.", required: ["run"],
      [
        "run": S.reference("script", "The command, run by 'sh -ec' with no standard input."),
        "name": S.text("What reports call it."),
        "shell": S.words("bash runs it as 'bash -euo pipefail -c'.", ["sh", "bash"]),
        "timeout": S.reference("duration", "How long it may run; 10m where nothing is said."),
        "cwd": S.reference("path", "The folder it runs in."),
        "env": S.reference("env", "Variables for this command."),
        "pass_env": S.reference("variables", "Variables passed on to this command."),
        "path": S.list("Folders put before PATH.", of: S.reference("path")),
        "stdin": S.text("Its standard input."),
        "network": S.flag("Whether it needs the network, where it is sandboxed."),
        "creates": S.reference("path", "Skip it where this path stands."),
        "unless": S.reference("script", "Skip it where this command succeeds."),
        "retries": S.integer("How often it may be tried again; a pass then is 'flaky'.", 0, 100),
        "inputs": S.list(
          "Skip it when it passed before with the same command, environment and these files.",
          of: S.reference("glob")),
        "expect": S.mapping(
          "What counts as a pass.",
          [
            "exit": S.described(
              "The exit code: a number, a list of them, or nonzero.",
              S.oneOf([
                ["type": "integer", "minimum": 0, "maximum": 255],
                [
                  "type": "array", "minItems": 1,
                  "items": ["type": "integer", "minimum": 0, "maximum": 255],
                ],
                ["const": "nonzero"],
              ])),
            "stdout": S.reference("expectedText"), "stderr": S.reference("expectedText"),
          ]),
      ]),
    "expectedText": S.oneOf([
      S.text("The whole text."),
      S.merged([
        S.mapping(
          "What the text has in it.",
          [
            "contains": S.text("A text."), "matches": S.text("A PCRE2 pattern."),
          ]), S.exactlyOne(of: ["contains", "matches"]),
      ]),
    ]),
  ]
}

extension SchemaBuilder {
  /// One of some keys and none of the others.
  static func only(_ key: String, of keys: [String]) -> JSON {
    [
      "required": [.string(key)],
      "properties": .object(keys.filter { $0 != key }.map { .init($0, .bool(false)) }),
    ]
  }
}
