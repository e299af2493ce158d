/// What a model would be asked, for a person to read.
public struct PromptPreview: Sendable {
  /// Nil for `verify`.
  public var step: String?
  /// The model that would be asked first; nil where none is configured.
  public var model: String?
  /// Nil where nobody would be asked.
  public var prompt: Prompt?

  /// Estimated on the high side.
  public var tokens: Int? { prompt?.estimatedTokens }

  /// The request as it would be sent, under a line that says so.
  public var text: String {
    let place = step.map { "step \($0)" } ?? "verify"
    guard let prompt, let tokens else { return "\(place): nothing would be sent\n" }
    let whom = model ?? "a model (none is configured)"
    var text = "\(place): \(whom) would be asked this, about \(tokens) tokens; nothing is sent\n"
    if !prompt.system.isEmpty { text += Self.rule("system") + prompt.system + "\n" }
    return text + Self.rule("user") + prompt.user + Self.rule("end")
  }

  private static func rule(_ name: String) -> String { "──── \(name) ────\n" }
}
