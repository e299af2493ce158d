import Manifests
import Testing
import YAMLTree

/// A configuration's text read in a test.
private enum Config {
  static func text(_ text: String, name: String = "config.yaml") -> SourceText {
    SourceText(name: name, bytes: Array(text.utf8))
  }

  static func read(_ text: String) throws(DiagnosticList) -> Configuration {
    try ConfigurationReader.read(Self.text(text)).configuration
  }

  static func said(of text: String) -> [String] {
    do throws(DiagnosticList) {
      return lines(try ConfigurationReader.read(Self.text(text)).warnings)
    } catch { return lines(error.all) }
  }

  static func said(of user: String, tree: String) throws -> [String] {
    let configuration = try read(user)
    do throws(DiagnosticList) {
      return lines(
        try ConfigurationReader.tighten(
          configuration, by: text(tree, name: ".mtor/config.yaml")
        ).warnings)
    } catch { return lines(error.all) }
  }

  private static func lines(_ all: [Diagnostic]) -> [String] {
    all.map { diagnostic in
      let mark = diagnostic.mark ?? Mark(line: 0, column: 0)
      return "\(diagnostic.file):\(mark.line):\(mark.column): \(diagnostic.rule): "
        + diagnostic.message + (diagnostic.hint.map { " => \($0)" } ?? "")
    }
  }
}

private let whole = """
  models:
    cheap:
      api: openai                       # openai | anthropic | command
      url: http://127.0.0.1:8080/v1
      model: glm-5.1
      key_env: ZHIPU_API_KEY            # the key itself is never in a file
      price: {input: 0.60, cached_input: 0.11, output: 2.20}
      context: 128000
      max_output: 8192
      reply: auto
      timeout: {connect: 10s, first_byte: 60s, idle: 30s, total: 10m}
      extra: {}
    agent:
      api: command
      command: ["claude", "-p", "--output-format", "json"]
      pass_env: [ANTHROPIC_API_KEY]
      usage: {input: /usage/input_tokens, usd: /total_cost_usd}
  repair:
    models: [cheap, agent]              # the ladder
    budget: {tokens: 200000, usd: 1.00, time: 30m}
  sandbox: auto
  limits: {manifest: 64MB, file: 16MB}
  queue: sqlite
  commands: {allow: ["make *", "npm test*"], else: run}
  coaching: [.mtor/coaching]
  # ledger: /path/ledger.sqlite

  """

@Test func theConfigurationOfThePageIsReadWhole() throws {
  #expect(Config.said(of: whole) == [])
  let configuration = try Config.read(whole)
  let cheap = try #require(configuration.model(named: "cheap"))
  #expect(cheap.api == .openai)
  #expect(cheap.url == "http://127.0.0.1:8080/v1")
  #expect(cheap.model == "glm-5.1")
  #expect(cheap.keyVariable == "ZHIPU_API_KEY")
  #expect(cheap.price == .init(input: 0.6, cachedInput: 0.11, output: 2.2))
  #expect(cheap.context == 128_000)
  #expect(cheap.maxOutput == 8192)
  #expect(cheap.timeouts == .init(connect: 10, firstByte: 60, idle: 30, total: 600))
  let agent = try #require(configuration.model(named: "agent"))
  #expect(agent.command == ["claude", "-p", "--output-format", "json"])
  #expect(agent.passEnvironment == ["ANTHROPIC_API_KEY"])
  #expect(agent.usagePaths == ["input": "/usage/input_tokens", "usd": "/total_cost_usd"])
  #expect(configuration.repair.models == ["cheap", "agent"])
  #expect(configuration.repair.seconds == 1800)
  #expect(configuration.allowedCommands == ["make *", "npm test*"])
  #expect(configuration.otherCommands == .run)
  #expect(configuration.manifestLimit == 64 << 20)
  #expect(configuration.fileLimit == 16 << 20)
}

@Test func theCapOfAReplyIsNotForExtraToReplace() {
  let said = Config.said(
    of: """
      models:
        m:
          api: openai
          url: http://127.0.0.1:1/v1
          model: m
          extra: {reasoning_effort: low, max_tokens: 100000}

      """)
  #expect(said.count == 1)
  #expect(said[0].contains("key-combination: 'max_tokens' in 'extra' would replace the cap"))
}

@Test(arguments: ["", "\n# nothing\n", "---\n...\n"])
func aConfigurationThatSaysNothingIsTheDefault(text: String) throws {
  let configuration = try Config.read(text)
  #expect(configuration.models.isEmpty)
  #expect(configuration.sandbox == .auto)
  #expect(configuration.coaching == [".mtor/coaching"])
}

@Test func temporalIsReadWithItsDefaults() throws {
  let configuration = try Config.read(
    "queue: {temporal: {address: \"127.0.0.1:7233\", http: \"http://127.0.0.1:7243\"}}\n")
  #expect(
    configuration.queue
      == .temporal(.init(address: "127.0.0.1:7233", http: "http://127.0.0.1:7243")))
}

@Test func theConnectionToTemporalIsRead() throws {
  let configuration = try Config.read(
    """
    queue:
      temporal:
        address: "10.0.0.1:7233"
        http: "https://10.0.0.1:7243/"
        namespace: night
        queue: ci
        tls: {ca: /etc/ca.pem, cert: ~/cert.pem, key: ~/key.pem, server_name: temporal.internal}
        api_key_env: TEMPORAL_KEY
    """)
  #expect(
    configuration.queue
      == .temporal(
        .init(
          address: "10.0.0.1:7233", http: "https://10.0.0.1:7243", namespace: "night",
          queue: "ci",
          protection: .tls(
            .init(
              authorities: "/etc/ca.pem", certificate: "~/cert.pem", key: "~/key.pem",
              serverName: "temporal.internal")),
          keyVariable: "TEMPORAL_KEY")))
}

@Test(arguments: [
  (
    "address: localhost", "'localhost' is no place of a server",
    "write HOST:PORT, such as 127.0.0.1:7233"
  ),
  (
    "address: \"user@h:1\"", "'user@h:1' is no place of a server",
    "write HOST:PORT, such as 127.0.0.1:7233"
  ),
  (
    "address: \"h:1\", http: \"http://h:7243\"",
    "'http://h:7243' is another machine, and 'http' is not encrypted",
    "write https://, or 'tls: false' to send in the clear all the same"
  ),
  (
    "address: \"h:1\", http: \"https://h:7243/api\"",
    "'https://h:7243/api' is no address of Temporal's HTTP API",
    "write it with its port and without a path, such as http://127.0.0.1:7243"
  ),
  (
    "address: \"h:1\", tls: {cert: /c}", "'cert' and 'key' go together",
    "name both files, or neither"
  ),
  (
    "address: \"h:1\", tls: {server_name: \"a b\"}", "'a b' is no name of a server",
    "write the name that stands in the server's certificate"
  ),
])
func aConnectionToTemporalThatCannotBeIsRefused(inner: String, message: String, hint: String) {
  let said = Config.said(of: "queue: {temporal: {\(inner)}}\n")
  #expect(said.count == 1 && said[0].hasSuffix(": \(message) => \(hint)"))
}

@Test func aNamespaceIsAName() {
  let said = Config.said(of: "queue: {temporal: {address: \"h:1\", namespace: \"a/b\"}}\n")
  #expect(said.count == 1)
  #expect(said[0].hasPrefix("config.yaml:1:47: name: 'namespace' 'a/b' is not of the form"))
}

@Test func clearTextToAnotherMachineIsSaid() throws {
  let configuration = try Config.read(
    "queue: {temporal: {address: \"h:1\", http: \"http://h:7243\", tls: false}}\n")
  #expect(
    configuration.queue
      == .temporal(.init(address: "h:1", http: "http://h:7243", protection: .off)))
}

@Test func everyFaultOfAConfigurationIsReportedAtOnce() {
  let said = Config.said(
    of: """
      models:
        a: {api: openai, url: "ftp://x", model: m}
        b: {api: gemini}
        c: {api: openai, url: "http://x/v1", model: m, context: 4096, max_output: 4096}
        d: {api: command, url: "http://x", command: []}
      repair: {models: [a, z], budget: {time: 30}}
      sandbox: on
      limits: {file: 16 MB}
      commands: {else: maybe}
      ledger: here.sqlite

      """)
  #expect(
    said == [
      "config.yaml:2:25: config-url: 'ftp://x' is no address of an endpoint => write it with "
        + "http:// or https://, up to the version: http://127.0.0.1:8080/v1",
      "config.yaml:3:12: unknown-word: 'api' cannot be 'gemini' => "
        + "known are: openai, anthropic, command",
      "config.yaml:4:65: config-window: a reply of 4096 tokens leaves nothing of a window of 4096 "
        + "=> 'max_output' must be smaller than 'context'",
      "config.yaml:5:21: key-combination: 'url' has no meaning with 'api: command' => remove 'url'",
      "config.yaml:5:47: command-empty: 'command' names no program => "
        + "write the program and its arguments: [claude, -p]",
      "config.yaml:6:22: config-model: there is no model 'z' => known are: a, c, d",
      "config.yaml:6:41: duration: 'time' cannot be '30' => write '30s' for seconds",
      "config.yaml:7:10: unknown-word: 'sandbox' cannot be 'on' => known are: auto, required, off",
      "config.yaml:8:16: size: 'file' cannot be '16 MB' => "
        + "write a whole number of KB, MB or GB up to 16 GB, such as 64MB",
      "config.yaml:9:18: unknown-word: 'else' cannot be 'maybe' => "
        + "known are: run, ask, sandbox, refuse",
      "config.yaml:10:9: config-ledger: 'here.sqlite' is no file's absolute path => "
        + "write the whole path, such as ~/.local/state/mtor/ledger.sqlite",
    ])
}

@Test(arguments: [
  "key_env: sk-ant-0123456789", "api_key: sk-ant-0123456789", "key: \"sk-ant-0123456789\"",
  "token: sk-ant-0123456789", "url: https://me:sk-ant-0123456789@host/v1",
])
func aKeyInTheFileIsRefusedAndNotShown(line: String) {
  let url = line.hasPrefix("url") ? "" : "    url: http://h/v1\n"
  let source = Config.text(
    "models:\n  m:\n    api: openai\n    model: x\n\(url)    \(line)\n")
  #expect {
    try ConfigurationReader.read(source)
  } throws: { error in
    guard let list = error as? DiagnosticList else { return false }
    return list.all.contains { $0.rule == "config-secret" }
      && list.all.allSatisfy { !$0.excerpt.contains("0123") && !$0.message.contains("0123") }
  }
}

@Test func aTreeMayChooseLowerTightenAndNameNotes() throws {
  let user = try Config.read(whole)
  let tree = """
    repair:
      models: [agent]
      budget: {tokens: 5000, usd: 0.10}
    sandbox: required
    coaching: [docs/coaching]

    """
  let tightened = try ConfigurationReader.tighten(
    user, by: Config.text(tree, name: ".mtor/config.yaml")
  ).configuration
  #expect(tightened.repair == .init(models: ["agent"], tokens: 5000, usd: 0.1, seconds: 1800))
  #expect(tightened.sandbox == .required)
  #expect(tightened.coaching == ["docs/coaching"])
  #expect(tightened.models.map(\.name) == ["cheap", "agent"])
}

@Test(arguments: [
  (
    "models: {evil: {api: openai, url: \"http://evil/v1\", model: m}}",
    "1:1: config-trust: a tree may not set 'models' => "
      + "remove it here, and set it in your own config.yaml"
  ),
  (
    "ledger: /tmp/x",
    "1:1: config-trust: a tree may not set 'ledger' => "
      + "remove it here, and set it in your own config.yaml"
  ),
  (
    "commands: {else: run}",
    "1:1: config-trust: a tree may not set 'commands' => "
      + "remove it here, and set it in your own config.yaml"
  ),
  (
    "limits: {file: 1GB}",
    "1:1: config-trust: a tree may not set 'limits' => "
      + "remove it here, and set it in your own config.yaml"
  ),
  (
    "queue: sqlite",
    "1:1: config-trust: a tree may not set 'queue' => "
      + "remove it here, and set it in your own config.yaml"
  ),
  (
    "sandbox: off",
    "1:10: config-trust: a tree may not loosen the sandbox from 'auto' to 'off' => "
      + "remove it here, or loosen your own config.yaml"
  ),
  (
    "repair: {budget: {tokens: 200001}}",
    "1:27: config-trust: a tree may not raise the budget of 'tokens' => "
      + "remove it here, or raise it in your own config.yaml"
  ),
  (
    "repair: {budget: {time: 31m}}",
    "1:25: config-trust: a tree may not raise the budget of 'time' => "
      + "remove it here, or raise it in your own config.yaml"
  ),
  (
    "repair: {models: [gpt]}",
    "1:19: config-model: there is no model 'gpt' => known are: cheap, agent"
  ),
  (
    "url: http://evil",
    "1:1: unknown-key: a tree's configuration has no key 'url' => known are: models, repair, "
      + "sandbox, limits, queue, dispatch, commands, coaching, ledger"
  ),
  (
    "coaching: [../notes]",
    "1:12: path-parent: '../notes' leads out of its folder ('..') => "
      + "write the path from the root, without '..'"
  ),
])
func aTreeMayNotDoMore(tree: String, fault: String) throws {
  #expect(try Config.said(of: whole, tree: tree + "\n") == [".mtor/config.yaml:" + fault])
}

/// A reply in one piece is silent until it is whole, so its first byte may take all the time.
@Test(arguments: [
  ("", true, 60.0), ("stream: true", true, 60), ("stream: false", false, 600),
  ("stream: false, timeout: {total: 5m}", false, 300),
  ("stream: false, timeout: {first_byte: 20s}", false, 20),
])
func readsWhetherAModelStreams(keys: String, isStreamed: Bool, firstByte: Double) throws {
  let separator = keys.isEmpty ? "" : ", "
  let model = try #require(
    try Config.read(
      "models:\n  a: {api: openai, url: \"http://h/v1\", model: m\(separator)\(keys)}\n"
    )
    .models.first)
  #expect(model.isStreamed == isStreamed)
  #expect(model.timeouts.firstByte == firstByte)
}
