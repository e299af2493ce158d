/// A provider or agent that `mtor models add` knows: what stands in the configuration for it.
struct ProviderPreset: Sendable {
  let name: String
  let api: String
  let url: String
  let model: String
  /// The variable that holds the key by the provider's own custom; nil: none is needed.
  let keyVariable: String?
  let context: Int
  /// True where answering costs nothing: it runs on a machine of one's own.
  let isFree: Bool
  /// For an agent: its program and arguments.
  let command: [String]
  let passes: [String]

  private init(
    _ name: String, api: String = "openai", url: String, model: String, key: String?,
    context: Int, isFree: Bool = false
  ) {
    self.name = name
    self.api = api
    self.url = url
    self.model = model
    self.context = context
    self.isFree = isFree
    keyVariable = key
    command = []
    passes = []
  }

  private init(agent name: String, _ command: [String], passes: [String]) {
    self.name = name
    self.command = command
    self.passes = passes
    api = "command"
    url = ""
    model = ""
    keyVariable = nil
    context = 0
    isFree = false
  }

  static let all: [ProviderPreset] = [
    ProviderPreset(
      "openai", url: "https://api.openai.com/v1", model: "gpt-5-mini", key: "OPENAI_API_KEY",
      context: 400_000),
    ProviderPreset(
      "anthropic", api: "anthropic", url: "https://api.anthropic.com/v1",
      model: "claude-haiku-4-5", key: "ANTHROPIC_API_KEY", context: 200_000),
    ProviderPreset(
      "openrouter", url: "https://openrouter.ai/api/v1", model: "qwen/qwen3-coder",
      key: "OPENROUTER_API_KEY", context: 128_000),
    ProviderPreset(
      "deepseek", url: "https://api.deepseek.com/v1", model: "deepseek-chat",
      key: "DEEPSEEK_API_KEY", context: 128_000),
    ProviderPreset(
      "zai", url: "https://api.z.ai/api/paas/v4", model: "glm-5.1", key: "ZHIPU_API_KEY",
      context: 128_000),
    ProviderPreset(
      "mistral", url: "https://api.mistral.ai/v1", model: "codestral-latest",
      key: "MISTRAL_API_KEY", context: 128_000),
    ProviderPreset(
      "groq", url: "https://api.groq.com/openai/v1", model: "openai/gpt-oss-20b",
      key: "GROQ_API_KEY", context: 128_000),
    ProviderPreset(
      "gemini", url: "https://generativelanguage.googleapis.com/v1beta/openai",
      model: "gemini-2.5-flash", key: "GEMINI_API_KEY", context: 1_000_000),
    ProviderPreset(
      "xai", url: "https://api.x.ai/v1", model: "grok-code-fast-1", key: "XAI_API_KEY",
      context: 256_000),
    ProviderPreset(
      "ollama", url: "http://127.0.0.1:11434/v1", model: "qwen2.5-coder", key: nil,
      context: 8192, isFree: true),
    ProviderPreset(
      "llamacpp", url: "http://127.0.0.1:8080/v1", model: "local", key: nil, context: 8192,
      isFree: true),
    ProviderPreset(
      "vllm", url: "http://127.0.0.1:8000/v1", model: "local", key: nil, context: 32_768,
      isFree: true),
    ProviderPreset(
      agent: "claude",
      ["claude", "-p", "--output-format", "json", "--permission-mode", "acceptEdits"],
      passes: ["ANTHROPIC_API_KEY"]),
    ProviderPreset(
      agent: "codex", ["codex", "exec", "--json", "--sandbox", "workspace-write", "-"],
      passes: ["OPENAI_API_KEY"]),
    ProviderPreset(
      agent: "opencode", ["opencode", "run", "--format", "json"],
      passes: ["ANTHROPIC_API_KEY", "OPENAI_API_KEY"]),
    ProviderPreset(
      agent: "goose", ["goose", "run", "-i", "-"], passes: ["ANTHROPIC_API_KEY", "OPENAI_API_KEY"]),
  ]

  static func named(_ name: String) -> ProviderPreset? { all.first { $0.name == name } }

  /// The entry below `models:`, indented by two spaces.
  func entry(called name: String, model: String?, url: String?) -> String {
    var lines = ["  \(name):", "    api: \(api)"]
    if api == "command" {
      let words = command.map { "\"\($0)\"" }.joined(separator: ", ")
      lines.append("    command: [\(words)]")
      lines.append("    pass_env: [\(passes.joined(separator: ", "))]")
    } else {
      lines.append("    url: \"\(url ?? self.url)\"")
      lines.append("    model: \"\(model ?? self.model)\"")
      if let keyVariable { lines.append("    key_env: \(keyVariable)") }
      lines.append("    context: \(context)")
      if context <= 16_384 { lines.append("    max_output: \(context / 4)") }
      if isFree { lines.append("    price: {input: 0, output: 0}") }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
