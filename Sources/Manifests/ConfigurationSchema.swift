public import Platform

/// The JSON Schema of `config.yaml`. `schemas/config.schema.json` is this value, written out.
public enum ConfigurationSchema {
  private typealias S = SchemaBuilder

  public static let document: JSON = S.document(
    "The configuration of mtor", id: "config", top,
    definitions: [
      "name": S.text("A name.", pattern: ManifestSchema.idPattern),
      "variable": S.string(
        "The name of a variable of the environment.", pattern: ManifestSchema.variablePattern),
      "duration": S.string("A span of time: 90s, 5m, 1h.", pattern: ManifestSchema.durationPattern),
      "size": S.text("A size: 64MB, 512KB, 1GB, or bytes.", pattern: "^[0-9]+(KB|MB|GB)?$"),
      "model": model,
    ])

  private static let top = S.mapping(
    "A person's configuration. A tree's .mtor/config.yaml may only choose among the models "
      + "defined here, lower budgets, tighten the sandbox and name coaching folders.",
    [
      "models": S.dictionary(
        "Models by name. Without one nothing is ever sent anywhere.",
        keys: ManifestSchema.idPattern, S.reference("model")),
      "repair": S.mapping(
        "The ladder of models, and what a whole run may cost.",
        [
          "models": S.list("Names of models, cheapest first.", of: S.reference("name")),
          "budget": S.mapping(
            "What a whole run may cost at most.",
            [
              "tokens": S.integer("Tokens."), "usd": S.number("US dollars."),
              "time": S.reference("duration"),
            ]),
        ]),
      "sandbox": S.described(
        "auto: the best this machine has, and no repair where it has none; required: bubblewrap "
          + "or nothing; off: none, and a repair needs --unsafe-no-sandbox.",
        // Some readers of YAML take a plain 'off' for false.
        ["enum": ["auto", "required", "off", false]]),
      "limits": S.mapping(
        "What is read at most.",
        [
          "manifest": S.reference("size", "The largest manifest, such as 512KB; 64MB unless told."),
          "file": S.reference("size", "The largest file in a manifest; 16MB unless told."),
          "steps": S.integer("How many steps a manifest may have; 100000 unless told.", 1),
          "files": S.integer(
            "How many entries of files a manifest may have; 200000 unless told.", 1),
        ]),
      "queue": S.described(
        "Which engine holds dispatched work.",
        S.oneOf([
          ["const": "sqlite"],
          S.mapping("A Temporal server.", required: ["temporal"], ["temporal": temporal]),
        ])),
      "dispatch": S.mapping(
        "What a worker of this machine takes on.",
        [
          "heartbeat": S.reference(
            "duration", "After how long without a sign of life a worker counts as lost; 30s."),
          "roots": S.list(
            "Folders that the repositories of tasks lie below.",
            of: S.string("An absolute path, or one with ~/.", pattern: "^(/|~/)")),
          "addresses": S.list(
            "Addresses that the repositories of tasks may be fetched from, or what they begin with.",
            of: S.string(
              "An address, or what addresses begin with, with a slash at its end.",
              pattern: #"^(https://|ssh://|file:///|[^-@/\s][^@/\s]*@[^-@/\s][^@/\s]*:)[^\s\\]*$"#)),
          "signers": S.string(
            "ssh-keygen's file of those whose signatures count.", pattern: "^(/|~/)"),
          "queues": S.dictionary(
            "What each queue may use, all workers together.", keys: ManifestSchema.idPattern,
            S.mapping(
              "The limits of a queue.",
              [
                "running": S.integer("Tasks at a time.", 1),
                "per_minute": S.integer("Tasks begun in any sixty seconds.", 1),
              ])),
        ]),
      "commands": S.mapping(
        "Which commands of a manifest may run without a sandbox.",
        [
          "allow": S.list(
            "Patterns of commands that run as they are.", of: S.string("A pattern: make *")),
          "else": S.words(
            "What holds for all others.", ["run", "ask", "sandbox", "refuse"]),
        ]),
      "coaching": S.list(
        "Folders of coaching notes, relative to the root.",
        of: S.text("A folder.", pattern: ManifestSchema.pathPattern)),
      "ledger": S.string("Where the ledger lies: an absolute path.", pattern: "^(/|~/).*[^/]$"),
    ])

  private static let temporal = S.mapping(
    "Where the server is.", required: ["address"],
    [
      "address": S.text("HOST:PORT of its gRPC service."),
      "http": S.text("The address of its HTTP API; port 7243 of the same machine unless told."),
      "namespace": S.text("The namespace; 'default' where nothing is said."),
      "queue": S.text("The task queue; 'mtor' where nothing is said."),
      "tls": S.described(
        "TLS: on but for this machine itself unless told, false to send in the clear.",
        S.oneOf([
          ["type": "boolean"],
          S.mapping(
            "TLS with files of its own, in PEM.",
            [
              "ca": S.string("Who is trusted.", pattern: "^(/|~/)"),
              "cert": S.string("What this machine shows of itself.", pattern: "^(/|~/)"),
              "key": S.string("The key of 'cert'.", pattern: "^(/|~/)"),
              "server_name": S.text("The name that the server has to prove."),
            ]),
        ])),
      "api_key_env": S.reference("variable", "The variable that holds the key."),
    ])

  private static let model = S.merged([
    S.mapping("A model.", required: ["api"], modelProperties),
    [
      "if": ["properties": ["api": ["const": "command"]]],
      "then": [
        "required": ["command"],
        "properties": .object(
          ["url", "model", "key_env", "context", "max_output", "reply", "stream", "extra"].map {
            .init($0, .bool(false))
          }),
      ],
      "else": [
        "required": ["url", "model"],
        "properties": .object(["command", "pass_env", "usage"].map { .init($0, .bool(false)) }),
      ],
    ],
  ])

  private static let modelProperties: JSON = [
    "api": S.words(
      "How it is asked: chat completions, Anthropic's messages, or a coding agent's program.",
      ["openai", "anthropic", "command"]),
    "url": S.string(
      "The endpoint's address up to the version, such as http://127.0.0.1:8080/v1.",
      pattern: #"^https?://[^/@?#\s]+(/[^?#\s]*)?$"#),
    "model": S.text("The name that the endpoint knows it by."),
    "key_env": S.reference("variable", "The variable that holds the key; never the key itself."),
    "price": S.mapping(
      "US dollars per million tokens.", required: ["input", "output"],
      [
        "input": S.number("Tokens of the prompt."),
        "cached_input": S.number("Tokens read from the provider's cache."),
        "cache_write": S.number("Tokens written to the provider's cache."),
        "output": S.number("Tokens of the reply."),
      ]),
    "context": S.integer("The window in tokens.", 512, 100_000_000),
    "max_output": S.integer("The cap of one reply in tokens.", 16, 10_000_000),
    "reply": S.words("The form of its replies.", ["auto", "whole", "edits"]),
    "stream": S.flag(
      "Whether the reply comes as a stream; without one its first byte may take the whole time."),
    "timeout": S.mapping(
      "Deadlines.",
      [
        "connect": S.reference("duration", "Until the connection stands."),
        "first_byte": S.reference("duration", "Until the first byte of the reply."),
        "idle": S.reference("duration", "Between two pieces of content."),
        "total": S.reference("duration", "For the whole request."),
      ]),
    "extra": S.described("Merged into the request's body.", ["type": "object"]),
    "command": S.described(
      "The program and its arguments; the prompt comes on standard input.",
      [
        "type": "array", "minItems": 1, "items": S.text("A word."),
        "prefixItems": [["minLength": 1]],
      ]),
    "pass_env": S.list("Variables passed on to the program.", of: S.reference("variable")),
    "usage": S.mapping(
      "Where its JSON output has the counts, as JSON pointers.",
      [
        "input": S.string("Prompt tokens, without those of cached_input.", pattern: "^/"),
        "cached_input": S.string(
          "Prompt tokens read from a cache, which input does not count.", pattern: "^/"),
        "output": S.string("Reply tokens.", pattern: "^/"),
        "usd": S.string("US dollars.", pattern: "^/"),
      ]),
  ]
}
