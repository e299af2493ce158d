public import Platform

/// The JSON Schema of a manifest: what an editor completes and checks with.
///
/// `schemas/manifest.schema.json` is this value, written out.
public enum ManifestSchema {
  private typealias S = SchemaBuilder

  public static let document: JSON = S.document(
    "A manifest of mtor", id: "manifest", top,
    definitions: S.merged([
      commandDefinitions, fileDefinitions, editDefinitions, repairDefinitions, plainDefinitions,
    ]))

  static let namePattern = "^[a-z0-9][a-z0-9._-]{0,62}$"
  static let idPattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
  static let variablePattern = "^[A-Za-z_][A-Za-z0-9_]*$"
  public static let durationPattern = #"^[0-9]+(\.[0-9]*)?(ms|s|m|h|d)$"#
  /// What of the path rules a pattern can say: relative, no '..', no '.', no empty part, no
  /// backslash or colon, nothing of git's.
  static let pathPattern =
    #"^(?!~)(?!(.*/)?\.\.?(/|$))(?!(.*/)?\.[gG][iI][tT](/|$))[^/\\:\x00-\x1f]+(/[^/\\:\x00-\x1f]+)*$"#

  private static let top = S.merged([
    S.mapping(
      "A change to a tree: exact files, and the commands that must pass.",
      required: ["mtor", "name"],
      [
        "mtor": S.described("The version of the format.", ["const": 1]),
        "name": S.text("A short name: small letters, digits, '.', '_', '-'.", pattern: namePattern),
        "description": S.text("What the manifest is for."),
        "base": S.text(
          "A commit that the manifest was written against. A target that differs since is a "
            + "conflict."),
        "params": S.dictionary(
          "Values that --param sets; ${{ params.NAME }} stands for them in paths, symlink "
            + "targets, cwd, env, commit and content with 'expand: true'.",
          keys: variablePattern, S.reference("param")),
        "env": S.reference("env", "Variables for every command."),
        "pass_env": S.reference("variables", "Variables passed on from the person's environment."),
        "path": S.list(
          "Folders put before PATH, relative to the root.", of: S.reference("path")),
        "cwd": S.reference("path", "The folder that commands run in, relative to the root."),
        "setup": S.list(
          "Commands before the first step. A failure ends the run and is never repaired.",
          of: S.reference("command")),
        "steps": S.list("Steps, in the order they run.", of: S.reference("step")),
        "verify": S.list(
          "Commands after the last step: the gate against regressions.",
          of: S.reference("command")),
        "commit": S.string(
          "Commit what the manifest declares, with this message, when everything passed."),
        "repair": S.reference("repair", "What a repair may do and cost, for all steps."),
        "provenance": S.mapping(
          "Who wrote the manifest, and what that cost.",
          [
            "author": S.text("A person or a program."), "model": S.text("The model, if one did."),
            "tokens": S.integer("Tokens it took."), "usd": S.number("US dollars it cost."),
            "created": S.text("When it was written."),
          ]),
      ]),
    S.anyOf([
      ["required": ["steps"]], ["required": ["setup"]], ["required": ["verify"]],
    ]),
  ])

  private static let plainDefinitions: JSON = [
    "path": S.text(
      "A path relative to the root, parts separated by '/'.", pattern: pathPattern),
    "glob": S.string(
      "A pattern over paths from the root: *, ?, [a-z], {a,b}, ** for any folders.",
      pattern: #"^(?![/!])(?!(.*/)?\.\.(/|$)).*[^/]$"#),
    "duration": S.string("A span of time: 90s, 5m, 1h.", pattern: durationPattern),
    "env": S.dictionary(
      "Variables and their values.", keys: variablePattern, S.text("The value, as written.")),
    "variables": S.list(
      "Names of variables.", of: S.string("A name.", pattern: variablePattern)),
    "param": S.mapping(
      "A parameter.",
      [
        "default": S.text("Its value where --param says nothing; without one it is required."),
        "pattern": S.text("A PCRE2 pattern that the whole value must match."),
        "description": S.text("What it is for."),
      ]),
    "when": S.merged([
      S.mapping(
        "A condition; where it does not hold, the step or file is skipped.",
        [
          "exists": S.reference("path", "Something stands at this path."),
          "missing": S.reference("path", "Nothing stands at this path."),
          "contains": S.mapping(
            "The file has this text in it.", required: ["path", "text"],
            ["path": S.reference("path"), "text": S.text("The text.")]),
        ]),
      S.exactlyOne(of: ["exists", "missing", "contains"]),
    ]),
  ]

  private static let repairDefinitions: JSON = [
    "repair": S.oneOf([
      // Some readers of YAML take a plain 'off' for false.
      S.described("No repair is tried.", ["enum": ["off", false]]),
      S.mapping(
        "What a repair may do and cost.",
        [
          "allow": S.list("Paths and patterns that may be edited.", of: S.reference("glob")),
          "deny": S.list("Patterns that may not.", of: S.reference("glob")),
          "show": S.list("Patterns of further files to show.", of: S.reference("glob")),
          "fixers": S.list(
            "Commands tried before any model, such as 'gofmt -w .'.", of: S.reference("script")),
          "attempts": S.integer("Rounds per model before its one fresh round.", 0, 20),
          "models": S.list(
            "Names of configured models, cheapest first.", of: S.text("A model's name.")),
          "candidates": S.integer("Proposals tried side by side.", 1, 8),
          "budget": S.mapping(
            "What it may cost at most.",
            [
              "tokens": S.integer("Tokens."), "usd": S.number("US dollars."),
              "time": S.reference("duration"),
            ]),
          "cache": S.list(
            "Package caches below HOME that a sandboxed attempt may read, such as .cache/pip.",
            of: S.string(
              "A folder below HOME.",
              pattern: #"^(~/)?(?!/)(?!(.*/)?\.\.?(/|$))[^/]+(/[^/]+)*$"#)),
        ]),
    ])
  ]
}
