import Manifests
public import Platform

/// The JSON Schema of FLEET.yaml. `schemas/fleet.schema.json` is this value, written out.
public enum FleetSchema {
  private typealias S = SchemaBuilder

  public static let document: JSON = S.document(
    "A fleet of mtor: one manifest, many repositories", id: "fleet", top,
    definitions: [
      "branch": S.text("The name of a branch.", pattern: #"^[^-./~^:?*\[\\\s][^~^:?*\[\\\s]*$"#),
      "duration": S.string("A span of time: 90s, 5m, 1h.", pattern: ManifestSchema.durationPattern),
      "file": S.text("A file of the repository.", pattern: "^[^/].*$"),
      "params": S.described(
        "Parameters of the manifest by name.",
        ["type": "object", "additionalProperties": parameter]),
      "repository": repository, "selection": selection,
    ])

  private static let top = S.mapping(
    "What is done where, and what becomes of it.", required: ["manifest", "repositories"],
    [
      "manifest": S.text("The manifest, relative to this file."),
      "repositories": S.described(
        "Where the work is done. Named twice, the later entry wins.",
        ["type": "array", "minItems": 1, "items": S.reference("repository")]),
      "select": S.list(
        "Only repositories for which all of these hold.", of: S.reference("selection")),
      "params": S.reference("params", "Parameters of every repository."),
      "branch": S.reference("branch", "The branch that is pushed; mtor/fleet unless told."),
      "commit": S.string(
        "The commit's message where the manifest asks for no commit.", notEmpty: true),
      "push": S.described(
        "Whether green branches leave this machine; true, or where to. Dry unless told.",
        S.oneOf([
          ["type": "boolean"],
          S.mapping(
            "Where to.",
            [
              "remote": S.text("An address, with {name} for the repository's name."),
              "dry": S.flag("Say only what would be pushed; true unless told."),
            ]),
        ])),
      "open": S.described(
        "A command for each repository whose branch was pushed, with MTOR_FLEET_* variables.",
        S.oneOf([
          S.string("The command.", notEmpty: true),
          S.mapping(
            "The command, and how long it may take.", required: ["run"],
            [
              "run": S.string("The command.", notEmpty: true),
              "timeout": S.reference("duration", "When it is ended; 10m unless told."),
            ]),
        ])),
      "concurrency": S.integer("How many repositories at a time; 4 unless told.", 1, 256),
      "budget": S.mapping(
        "What all repairs may cost together.",
        ["tokens": S.integer("Tokens."), "usd": S.number("US dollars.")]),
      "stop_after": S.integer("After so many failures nothing further is begun.", 1),
    ])

  private static let repository = S.oneOf([
    S.text("A folder, an address, or a pattern over folders."),
    S.merged([
      S.mapping(
        "A repository, or where there are more.",
        [
          "path": S.text("A folder.", pattern: "^[^-].*$"),
          "glob": S.text("A pattern over folders."),
          "url": S.text(
            "An address: https, ssh or file.",
            pattern: #"^(https://|ssh://|file:///|[^-@/\s][^@/\s]*@[^-@/\s][^@/\s]*:)[^\s\\]+$"#),
          "list": S.text("A file with a folder or an address a line."),
          "command": S.text("A command that prints the same."),
          "params": S.reference("params", "Parameters of these repositories."),
          "branch": S.reference("branch", "Where the work begins."),
          "skip": S.described("Leave it out: true, or why.", ["type": ["boolean", "string"]]),
        ]),
      S.exactlyOne(of: ["path", "glob", "url", "list", "command"]),
    ]),
  ])

  private static let selection = S.merged([
    S.mapping(
      "A condition.",
      [
        "exists": S.reference("file", "It has this path."),
        "file": S.reference("file", "The file that 'matches' looks into."),
        "matches": S.text("A PCRE2 pattern that the file matches somewhere."),
        "command": S.string("It exits with 0 in a work tree of the repository.", notEmpty: true),
      ]),
    S.exactlyOne(of: ["exists", "matches", "command"]),
    ["dependentRequired": ["matches": ["file"], "file": ["matches"]]],
  ])

  private static let parameter = S.oneOf([
    S.text("The value itself."),
    S.merged([
      S.mapping(
        "Where the value stands in the repository.", required: ["file"],
        [
          "file": S.reference("file"),
          "pointer": S.string(
            "A JSON pointer into a JSON, YAML or TOML file.", pattern: "^(/.*)?$"),
          "format": S.words(
            "What the file is, where its name does not say.", ["json", "yaml", "toml"]),
          "match": S.text("A PCRE2 pattern."),
          "group": S.text("The number or the name of its group; the first unless told."),
          "default": S.text("What holds where nothing is found."),
        ]),
      S.exactlyOne(of: ["pointer", "match"]),
    ]),
  ])
}
