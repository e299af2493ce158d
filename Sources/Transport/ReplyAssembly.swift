import Platform

/// A reply in the making, out of a stream's events or one document.
struct ReplyAssembly: Sendable {
  /// What an event was worth.
  enum Progress {
    case nothing, content
    /// The terminal event: nothing after it counts.
    case end
    case failure(EndpointErrorText)
    case malformed(String)
  }

  let route: Endpoint.Route
  private(set) var text = ""
  private(set) var reasoningBytes = 0
  private(set) var finish: ModelReply.Finish?
  private(set) var model: String?
  private(set) var report = UsageReport()
  private(set) var hasEnded = false

  init(_ route: Endpoint.Route) { self.route = route }

  /// Nil where the answer does not say, or says that what came was written with no token.
  var usage: TokenUsage? {
    guard let usage = report.usage(route), usage.output > 0 || !hasContent else { return nil }
    return usage
  }
  var hasContent: Bool { !text.isEmpty || reasoningBytes > 0 }

  mutating func receive(_ event: ServerSentEvent) -> Progress {
    if hasEnded { return .nothing }
    if event.data.drop(while: { $0 <= 0x20 }).starts(with: "[DONE]".utf8) {
      hasEnded = true
      return .end
    }
    let json: JSON
    do {
      json = try JSON(parsing: event.data)
    } catch {
      return .malformed("an event of the stream is not JSON (\(error.message))")
    }
    if event.name == "error" || EndpointErrorText.isError(json) {
      return .failure(EndpointErrorText(json, status: nil))
    }
    switch route {
    case .chatCompletions: return receiveChunk(json)
    case .messages: return receiveMessageEvent(json)
    }
  }

  /// Takes in an answer that came as one document.
  mutating func receive(document json: JSON) -> Progress {
    if EndpointErrorText.isError(json) {
      return .failure(EndpointErrorText(json, status: nil))
    }
    model = json["model"]?.string ?? model
    if let usage = json["usage"] { report.fold(usage, route) }
    if let timings = json["timings"] { report.fold(timings: timings) }
    hasEnded = true
    switch route {
    case .chatCompletions:
      guard let choice = json["choices"]?.array?.first, let message = choice["message"] else {
        return .malformed("the answer has no choices[0].message")
      }
      guard take(message) else { return .malformed("the answer's content is no text") }
      finish = (choice["finish_reason"]?.string).map(Self.finish) ?? .unknown("")
    case .messages:
      guard let blocks = json["content"]?.array else {
        return .malformed("the answer has no list 'content'")
      }
      for block in blocks { take(block: block) }
      finish = (json["stop_reason"]?.string).map(Self.finish) ?? .unknown("")
    }
    return .end
  }

  private mutating func receiveChunk(_ json: JSON) -> Progress {
    model = json["model"]?.string ?? model
    if let usage = json["usage"] { report.fold(usage, route) }
    if let timings = json["timings"] { report.fold(timings: timings) }
    guard let choices = json["choices"] else {
      // A chunk that only counts (usage, ping) has no choices.
      return json.object == nil ? .malformed("a chunk of the stream is no object") : .nothing
    }
    guard let list = choices.array else { return .malformed("a chunk's 'choices' is no list") }
    guard let choice = list.first else { return .nothing }
    let before = text.utf8.count + reasoningBytes
    if let delta = choice["delta"] ?? choice["message"], !delta.isNull {
      guard take(delta) else { return .malformed("a chunk's content is no text") }
    }
    if let reason = choice["finish_reason"]?.string { finish = Self.finish(reason) }
    return text.utf8.count + reasoningBytes > before ? .content : .nothing
  }

  private mutating func receiveMessageEvent(_ json: JSON) -> Progress {
    let before = text.utf8.count + reasoningBytes
    switch json["type"]?.string {
    case "message_start":
      let message = json["message"]
      model = message?["model"]?.string ?? model
      if let usage = message?["usage"] { report.fold(usage, route) }
      return .nothing
    case "content_block_start":
      if let block = json["content_block"] { take(block: block) }
    case "content_block_delta":
      if let delta = json["delta"] { take(block: delta) }
    case "message_delta":
      if let usage = json["usage"] { report.fold(usage, route) }
      if let reason = json["delta"]?["stop_reason"]?.string { finish = Self.finish(reason) }
    case "message_stop":
      hasEnded = true
      return .end
    // Pings, block ends and what may come to be are nothing to us; the protocol asks for that.
    default: return .nothing
    }
    return text.utf8.count + reasoningBytes > before ? .content : .nothing
  }

  /// The text and the reasoning of a chat message or delta; false for content of another type.
  private mutating func take(_ message: JSON) -> Bool {
    for key in ["reasoning_content", "reasoning"] {
      reasoningBytes += message[key]?.string?.utf8.count ?? 0
    }
    guard let content = message["content"], !content.isNull else { return true }
    if let piece = content.string {
      text += piece
      return true
    }
    guard let parts = content.array else { return false }
    for part in parts { text += part["text"]?.string ?? "" }
    return true
  }

  private mutating func take(block: JSON) {
    text += block["text"]?.string ?? ""
    reasoningBytes += block["thinking"]?.string?.utf8.count ?? 0
  }

  private static func finish(_ word: String) -> ModelReply.Finish {
    switch word.lowercased() {
    case "stop", "end_turn", "stop_sequence", "eos": .stop
    case "length", "max_tokens", "model_context_window_exceeded": .length
    case "content_filter", "refusal", "safety": .contentFilter
    default: .unknown(word)
    }
  }
}
