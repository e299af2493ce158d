import YAMLTree

extension Rules {
  /// What a field may hold.
  static let fields: [Rule] = [
    Rule(
      "format-version", "The format's version is not 1.", .manifest,
      bad: "mtor: 2\nname: m\nsteps: []\n...\n", good: "mtor: 1\nname: m\nsteps: []\n...\n"),
    Rule(
      "unknown-key", "A mapping has a key that means nothing there.",
      bad: "- path: a\n  contnet: \"one\\n\"", good: "- path: a\n  content: \"one\\n\""),
    Rule(
      "missing-key", "A key that must be there is missing.",
      bad: "- content: \"one\\n\"", good: "- path: a\n  content: \"one\\n\""),
    Rule(
      "wrong-type", "A list, a mapping or a text stands where another of them is read.", .step,
      bad: "tests: make test", good: "tests:\n  - make test"),
    Rule(
      "empty-value", "A key has no value.", .top, bad: "description:",
      good: "description: \"\""),
    Rule(
      "unknown-word", "A word is none of those that the key knows.",
      bad: "- {path: a, content: \"one\\n\", eol: lf}",
      good: "- {path: a, content: \"one\\n\", eol: crlf}"),
    Rule(
      "out-of-range", "A number is too small or too large.", .tests,
      bad: "- {run: \"make\", retries: -1}", good: "- {run: \"make\", retries: 1}"),
    Rule(
      "one-of", "Exactly one of some keys must be there.",
      bad: "- {path: a, delete: true, when: {exists: b, missing: c}}",
      good: "- {path: a, delete: true, when: {exists: b}}"),
    Rule(
      "key-combination", "Two keys have no meaning beside each other.",
      bad: "- {path: a, delete: true, mode: \"0644\"}", good: "- {path: a, delete: true}"),
    Rule(
      "name", "A name has characters that names do not have.", .manifest,
      bad: "mtor: 1\nname: Add Greeter\nsteps: []\n...\n",
      good: "mtor: 1\nname: add-greeter\nsteps: []\n...\n"),
    Rule(
      "comment-after-text",
      "A comment follows a command, a content or a message, which YAML would have cut there.",
      .tests, bad: "- echo one # two", good: "- \"echo one # two\""),
    Rule(
      "plain-content", "A content is neither a literal block nor in quotes.",
      bad: "- path: a\n  content: one", good: "- path: a\n  content: \"one\\n\""),
    Rule(
      "flow-plain", "A command or a text stands in [ ] or { } without quotes.", .step,
      bad: "tests: [make test]", good: "tests: [\"make test\"]"),
    Rule(
      "env-name", "The name of a variable has characters that such names do not have.", .top,
      bad: "env: {MY-VAR: a}", good: "env: {MY_VAR: a}"),
    Rule(
      "duration", "A span of time has no unit.", .tests, bad: "- {run: \"make\", timeout: 90}",
      good: "- {run: \"make\", timeout: 90s}"),
    Rule(
      "glob", "A pattern over paths is not valid, or leads out of the root.", .step,
      bad: "tests: [\"true\"]\noutputs: [../gen/*]", good: "tests: [\"true\"]\noutputs: [gen/*]"),
    Rule(
      "pattern", "A PCRE2 pattern is not valid.",
      bad: "- path: a\n  edit:\n    - {match: \"a(b\", replace: \"c\"}",
      good: "- path: a\n  edit:\n    - {match: \"a\\\\(b\", replace: \"c\"}"),
    Rule(
      "base-name", "'base' names no commit.", .top, bad: "base: --all", good: "base: 3f2a1bc"),
    Rule(
      "commit-empty", "The commit's message is empty.", .top, bad: "commit: \"\"",
      good: "commit: \"Add a greeter\""),
    Rule(
      "cache-path", "A package cache is not below HOME.", .top,
      bad: "repair: {cache: [/var/cache]}", good: "repair: {cache: [.cache/pip]}"),
  ]

  /// What a configuration may say, and a tree's.
  static let configuration: [Rule] = [
    Rule(
      "config-trust",
      "A tree's .mtor/config.yaml sets what only a person may: it is not trusted.",
      .treeConfiguration, bad: "sandbox: off", good: "sandbox: required"),
    Rule(
      "config-model", "A model is named that is not defined, or named twice.", .configuration,
      bad: "repair: {models: [cheap]}",
      good: "models:\n  cheap: {api: openai, url: \"http://127.0.0.1:8080/v1\", model: m}\n"
        + "repair: {models: [cheap]}"),
    Rule(
      "config-secret", "A key stands in the file; only the name of its variable may.",
      .configuration,
      bad: "models:\n  a: {api: openai, url: \"http://h/v1\", model: m, api_key: sk-1}",
      good: "models:\n  a: {api: openai, url: \"http://h/v1\", model: m, key_env: MY_KEY}"),
    Rule(
      "config-url", "An endpoint's address is not one.", .configuration,
      bad: "models:\n  a: {api: openai, url: \"127.0.0.1:8080\", model: m}",
      good: "models:\n  a: {api: openai, url: \"http://127.0.0.1:8080/v1\", model: m}"),
    Rule(
      "config-window", "A model's reply would leave nothing of its window.", .configuration,
      bad: "models:\n  a: {api: openai, url: \"http://h/v1\", model: m, context: 4096}",
      good: "models:\n"
        + "  a: {api: openai, url: \"http://h/v1\", model: m, context: 4096, max_output: 1024}"),
    Rule(
      "config-ledger", "The ledger's place is no absolute path.", .configuration,
      bad: "ledger: ledger.sqlite", good: "ledger: ~/ledger.sqlite"),
    Rule(
      "config-place", "A folder or file of 'dispatch' is no absolute path.", .configuration,
      bad: "dispatch: {roots: [src]}", good: "dispatch: {roots: [~/src]}"),
    Rule(
      "config-address", "What 'dispatch.addresses' names is no address that git may be given.",
      .configuration, bad: "dispatch: {addresses: [\"http://h/team/\"]}",
      good: "dispatch: {addresses: [\"https://git.example.org/team/\"]}"),
    Rule(
      "size", "A size is no whole number of KB, MB or GB.", .configuration,
      bad: "limits: {file: 16 megabytes}", good: "limits: {file: 16MB}"),
  ]

  /// What a FLEET.yaml may say.
  static let fleets: [Rule] = [
    Rule(
      "fleet-address", "A repository's address is none that git may be given.", .fleet,
      bad: "manifest: m.yaml\nrepositories:\n  - {url: \"ext::sh -c id\"}",
      good: "manifest: m.yaml\nrepositories:\n  - {url: \"https://example.org/a.git\"}"),
    Rule(
      "fleet-branch", "A branch or a remote has a name that git could take for something else.",
      .fleet, bad: "manifest: m.yaml\nrepositories: [a]\nbranch: --force",
      good: "manifest: m.yaml\nrepositories: [a]\nbranch: mtor/licence"),
    Rule(
      "fleet-parameter", "A parameter says neither a text nor where to read it.", .fleet,
      bad: "manifest: m.yaml\nrepositories: [a]\nparams: {OWNER: {file: package.json}}",
      good: "manifest: m.yaml\nrepositories: [a]\n"
        + "params: {OWNER: {file: package.json, pointer: /author/name}}"),
    Rule(
      "fleet-path", "A file's name cannot be read, or leads out of the repository.", .fleet,
      bad: "manifest: m.yaml\nrepositories: [a]\nselect: [{exists: ../b}]",
      good: "manifest: m.yaml\nrepositories: [a]\nselect: [{exists: package.json}]"),
  ]
}
