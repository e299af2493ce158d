import Events
import Manifests
import Platform
import Records
import Transport

extension Repairer {
  /// What asking came to.
  enum Exchange {
    case reply(ModelReply, Prompt, ModelUsage)
    case failed(EndpointFailure, ModelUsage)
    /// With the tokens that the request would have needed, where that was known.
    case overBudget(String, needs: Int?)
    /// The prompt does not fit the model's window; nothing was sent.
    case tooLong(String)
  }

  /// Asks once: the worst case is reserved before, what it cost is settled after, and the reply is
  /// stored before anything is done with it.
  func exchange(
    _ model: ModelConfiguration, _ ask: Ladder.Ask, _ climb: Climb, _ attempt: OpenAttempt
  ) throws -> Exchange {
    func prompt(_ mark: String) -> Prompt { climb.prompt(ask, { mark }) }
    let key = RequestKey.make(climb.input(of: ask), ask, of: model, climb, after: replies)
    let task = climb.situation.task
    if let stored = try records.takeOver(
      replyTo: key, model: model.name, run: task.run, step: task.step, within: climb.budgets),
      let (reply, mark) = Self.unpack(stored)
    {
      // Paid for by a run that was killed before it could use it, and so before it could tell.
      hasReplayed = true
      attempt.record.request = stored.id
      attempt.record.notes = prompt(mark).notes
      replies.append(Digest(of: reply.text.utf8))
      return .reply(reply, prompt(mark), stored.usage)
    }
    let mark = random()
    let request = prompt(mark)
    let estimate = request.estimatedTokens
    if Double(estimate + model.maxOutput) > Double(model.context),
      Double(estimate) > 0.8 * Double(model.context)
    {
      return .tooLong(
        "the prompt has about \(estimate) tokens, the window of \(model.name) \(model.context)")
    }
    let output = min(model.maxOutput, max(256, model.context - estimate))
    let left = climb.timeLeft(at: time.monotonic)
    if left <= 0 { return .overBudget("the time for this repair is used up", needs: nil) }
    let reservation: Reservation
    switch try reserve(model, key, input: estimate, output: output, climb) {
    case .granted(let granted): reservation = granted
    case .refused(let why): return .overBudget(why, needs: estimate + output)
    }
    attempt.record.request = reservation.id
    attempt.record.notes = request.notes
    tell(climb.notes(for: ask).dropped)
    let watch = DegenerationWatch()
    var question = ModelRequest(
      system: request.system, user: request.user, maxOutput: output,
      temperature: ask.temperature, estimatedInput: estimate)
    question.marksCache = attempts.contains { $0.model == model.name && $0.outcome != .error }
    var tries = FailedTries()
    let result = Result { () throws(EndpointFailure) in
      try asking.ask(
        question, of: model, allowance: left, watch: { watch.allows($0) },
        again: { failure in
          tries.add(Self.usage(failure.usage, model, requests: 0), model, estimate, output)
          let known = tries
          return tries.mayGoOn {
            try renew(reservation, model, input: estimate, output: output, after: known, climb)
          }
        })
    }
    if let fault = tries.fault { throw fault }
    switch result {
    case .failure(let failure) where tries.refusal != nil:
      tries.usage.requests = failure.requests
      try settle(reservation, tries.usage, failure.kind.rawValue, nil)
      attempt.record.usage = tries.usage
      return .overBudget(tries.refusal ?? "", needs: estimate + output)
    case .success(let reply):
      let usage = tries.usage + Self.usage(reply.usage, model, requests: reply.requests)
      try settle(reservation, usage, "replied", Self.pack(reply, mark))
      replies.append(Digest(of: reply.text.utf8))
      return .reply(reply, request, usage)
    case .failure(let failure) where failure.mayHaveCost || tries.usage.isSpent:
      var usage = tries.usage
      usage.requests = failure.requests
      if failure.mayHaveCost { usage += Self.usage(failure.usage, model, requests: 0) }
      try settle(reservation, usage, failure.kind.rawValue, nil)
      return .failed(failure, usage)
    case .failure(let failure):
      try records.release(reservation)
      // Nobody has read it.
      attempt.record.notes = []
      return .failed(failure, ModelUsage(requests: failure.requests))
    }
  }

  /// Says once which notes found no room.
  func tell(_ dropped: [String]) {
    let news = dropped.filter { droppedNotes.insert($0).inserted }
    if news.isEmpty { return }
    let ids = news.prefix(20).joined(separator: ", ") + (news.count > 20 ? ", …" : "")
    send(.noted("coaching: no room in the request for \(news.count) of the notes: \(ids)"))
  }

  func settle(
    _ reservation: Reservation, _ usage: ModelUsage, _ status: String, _ reply: [UInt8]?
  ) throws {
    try records.settle(reservation, usage, status: status, reply: reply)
  }

  /// What became of asking for room in the budgets.
  enum Room {
    case granted(Reservation)
    /// With the limit that has no room.
    case refused(String)
  }

  /// Reserves what a request may cost at most, in all budgets of the climb.
  func reserve(
    _ model: ModelConfiguration, _ key: Digest, input: Int, output: Int, _ climb: Climb
  ) throws -> Room {
    let task = climb.situation.task
    let estimate = RequestEstimate(
      run: task.run, step: task.step, model: model.name, key: key, tokens: input + output,
      usd: model.worstCost(input: input, output: output))
    switch try records.reserve(estimate, within: climb.budgets) {
    case .granted(let reservation): return .granted(reservation)
    case .refused(let budget, let spent):
      return .refused(Self.refusal(budget, spent, tokens: estimate.tokens, usd: estimate.usd))
    }
  }

  /// Reserves one more try of a request, besides what those before have taken; the limit that has
  /// no room, or nil.
  private func renew(
    _ reservation: Reservation, _ model: ModelConfiguration, input: Int, output: Int,
    after tries: FailedTries, _ climb: Climb
  ) throws -> String? {
    let tokens = input + output
    let usd = model.worstCost(input: input, output: output)
    switch try records.renew(
      reservation, after: Spending(tokens: tries.tokens, usd: tries.usd), tokens: tokens, usd: usd,
      within: climb.budgets)
    {
    case .granted: return nil
    case .refused(let budget, let spent):
      return Self.refusal(budget, spent, tokens: tokens, usd: usd)
    }
  }

  private static func refusal(
    _ budget: Budget, _ spent: Spending, tokens: Int, usd: Double
  ) -> String {
    if let limit = budget.tokens, spent.tokens + tokens > limit {
      return "the next request may take \(tokens) tokens; \(spent.tokens) of \(limit) tokens "
        + "are spent"
    }
    return "the next request may cost \(amount(usd)) USD; \(amount(spent.usd)) of "
      + "\(amount(budget.usd ?? 0)) USD are spent"
  }

  /// An amount to a hundredth of a cent, one that is smaller to its second digit.
  private static func amount(_ usd: Double) -> String {
    var scale = 10_000
    while usd > 0 && usd * Double(scale) < 10 && scale < 1_000_000_000_000 { scale *= 10 }
    let scaled = (usd * Double(scale)).rounded()
    guard scaled < 9e18 else { return "\(usd)" }
    let units = Int(scaled)
    var fraction = String(units % scale + scale).dropFirst()
    while fraction.last == "0" { fraction.removeLast() }
    return "\(units / scale)" + (fraction.isEmpty ? "" : "." + fraction)
  }

  static func usage(
    _ usage: TokenUsage?, _ model: ModelConfiguration, requests: Int
  ) -> ModelUsage {
    guard let usage else {
      return ModelUsage(requests: requests, unmetered: 1, unpriced: 1)
    }
    let cost = model.cost(usage)
    return ModelUsage(
      requests: requests, inputTokens: usage.input, cachedInputTokens: usage.cacheRead,
      outputTokens: usage.output, usd: cost ?? 0, unmetered: 0, unpriced: cost == nil ? 1 : 0)
  }

  // MARK: Stored replies

  private static func pack(_ reply: ModelReply, _ mark: String) -> [UInt8] {
    let finish: String
    switch reply.finish {
    case .stop: finish = "stop"
    case .length: finish = "length"
    case .contentFilter: finish = "content_filter"
    case .unknown(let word): finish = "?" + word
    }
    let json: JSON = [
      "text": .string(reply.text), "finish": .string(finish), "mark": .string(mark),
      "model": JSON(reply.model), "cut": .bool(reply.wasCut),
      "output": JSON(reply.usage?.output),
    ]
    return json.bytes()
  }

  private static func unpack(_ stored: StoredReply) -> (ModelReply, mark: String)? {
    guard case .success(let json) = Result(catching: { try JSON(parsing: stored.bytes) }),
      let text = json["text"]?.string, let word = json["finish"]?.string,
      let mark = json["mark"]?.string
    else { return nil }
    let finish: ModelReply.Finish =
      switch word {
      case "stop": .stop
      case "length": .length
      case "content_filter": .contentFilter
      default: .unknown(String(word.dropFirst()))
      }
    let reply = ModelReply(
      text: text, finish: finish, model: json["model"]?.string,
      usage: json["output"]?.integer.map { TokenUsage(output: $0) }, requests: 0,
      wasCut: json["cut"]?.bool ?? false)
    return (reply, mark)
  }
}
