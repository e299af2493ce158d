import Events
import Manifests
import Planning
import Platform
import Records
import Transport

extension Repairer {
  /// One round of a coding agent's own program: it edits the shadow by itself, and what it changed
  /// is judged like any other proposal.
  func work(
    _ model: ModelConfiguration, _ ask: Ladder.Ask, _ ladder: inout Ladder, _ climb: inout Climb
  ) throws -> RepairResult? {
    let situation = climb.situation
    let task = situation.task
    let attempt = OpenAttempt(self, .agent, model.name, task)
    let left = min(climb.timeLeft(at: time.monotonic), model.timeouts.total)
    if left <= 0 {
      attempt.record.signal = StallRule.budget.rawValue
      attempt.close(.stalled, "the time for this repair is used up")
      return result(.outOfBudget("the time for this repair is used up"), situation)
    }
    let prompt = Self.instructions(to: climb, ask, random)
    // What an agent will take nobody knows: at least the prompt and one reply. What it then says
    // that it took counts for all that comes after it.
    let estimate = prompt.estimatedTokens
    let key = Digest(of: Array("agent\0\(model.command)\0\(prompt.user)".utf8))
    let reservation: Reservation
    switch try reserve(model, key, input: estimate, output: model.maxOutput, climb) {
    case .granted(let granted): reservation = granted
    case .refused(let why):
      return give(
        up: .overBudget(why, needs: estimate + model.maxOutput), attempt, &ladder, climb)
    }
    attempt.record.request = reservation.id
    attempt.record.notes = prompt.notes
    tell(climb.notes(for: ask).dropped)
    let watch = AgentWatch(pace: pace)
    let outcome = try perform(
      Trial(
        work: .agent(
          model.command, passing: model.passEnvironment, prompt: prompt.user, seconds: left,
          watch: watch), commands: []))
    let said = AgentUsage.read(outcome.work?.output ?? [], model.usagePaths)
    if said == nil, outcome.worked.isEmpty, let failure = Self.startFailure(of: outcome, model) {
      try records.release(reservation)
      attempt.record.notes = []
      attempt.close(.error, failure.message, ladder.record(failure))
      return nil
    }
    attempt.record.usage = Self.usage(said, model, requests: 1)
    try settle(reservation, attempt.record.usage, outcome.work?.record.ending ?? "no end", nil)
    if outcome.isInterrupted {
      attempt.close(.error, "interrupted")
      return result(.interrupted, situation)
    }
    let proposal = Proposal(
      files: try inScope(outcome.worked, situation.scope).filter { $0.before != $0.after })
    attempt.record.files = proposal.files.map(\.path.text)
    if proposal.files.isEmpty {
      // What the rules saw on the way says more than that nothing came of it.
      let told = ladder.record(.unchanged)
      let exit = outcome.work?.record.ending ?? "no end"
      let why = watch.stop.map { "ended: \($0.evidence)" } ?? "it ended with \(exit)"
      attempt.close(
        .stalled, "\(why) and changed nothing that may be edited", watch.stop.map { [$0] } ?? told)
      return nil
    }
    if let rejection = Self.rejection(of: proposal, situation) {
      attempt.close(.rejected, rejection.reason, Self.tell(rejection, &ladder, climb))
      return nil
    }
    let dropped = outcome.worked.count - proposal.files.count
    return try tryOut(
      proposal, by: model.name, &ladder, &climb,
      close: { outcome, reason, verdicts in
        // An agent that was ended may still have done the work: the tests decide.
        var notes = [reason, watch.stop.map { "ended: \($0.rule.rawValue), \($0.evidence)" }]
        if dropped > 0 { notes.append("\(dropped) changes out of scope were dropped") }
        let reasons = notes.compactMap { $0 }.joined(separator: "; ")
        attempt.close(outcome, reasons.isEmpty ? nil : reasons, verdicts)
      })
  }

  /// Why an agent has not even begun: its program is not there, or a shell or `env` says so by the
  /// exit codes that mean it. Nil where it has run.
  private static func startFailure(
    of outcome: TrialOutcome, _ model: ModelConfiguration
  ) -> EndpointFailure? {
    guard let record = outcome.work?.record else { return nil }
    let name = Printable.escaped(model.name)
    if !record.hasStarted {
      return EndpointFailure(.badAddress, "\(name) could not be started: \(record.reason ?? "")")
    }
    guard record.exit == 126 || record.exit == 127 else { return nil }
    let last = CleanOutput.text(outcome.work?.output ?? []).split(separator: "\n").last ?? ""
    return EndpointFailure(
      .badAddress,
      "\(name) could not be started: exit code \(record.exit ?? 127)"
        + (last.isEmpty ? "" : ": \(Printable.escaped(String(last.prefix(200))))"))
  }

  /// What an agent reads on its standard input.
  static func instructions(
    to climb: Climb, _ asked: Ladder.Ask, _ random: () -> String
  ) -> Prompt {
    let ask = Ladder.Ask(
      model: asked.model, format: .edits, temperature: 0, isFresh: false, isWide: false,
      isSmall: false, notice: asked.notice, isAgent: true, isPlain: false)
    var prompt = climb.prompt(ask, random)
    // The rules of replies mean nothing to it; the notes do.
    prompt.system = ""
    let notes = climb.notes(for: ask).sent
    prompt.user =
      "Repair the code in the current folder so that the failing command below passes. Edit the "
      + "files marked editable and no others; never change or skip tests; do not commit.\n\n"
      + (notes.isEmpty ? "" : PromptBuilder.section(of: notes) + "\n\n") + prompt.user
    return prompt
  }
}

/// What an agent says of its own cost, in the JSON that it prints.
enum AgentUsage {
  /// Where common agents have it: Claude Code, Codex, OpenCode, Goose and Gemini CLI.
  private static let usual: [String: [String]] = [
    "input": [
      "/usage/input_tokens", "/stats/input_tokens", "/tokens/input", "/usage/prompt_tokens",
    ],
    // By Anthropic's names: neither is in the input.
    "cached_input": ["/usage/cache_read_input_tokens"],
    "cache_write": ["/usage/cache_creation_input_tokens"],
    "output": ["/usage/output_tokens", "/stats/output_tokens", "/tokens/output"],
    "usd": ["/total_cost_usd", "/cost"],
  ]
  /// By OpenAI's name: a part of the input.
  private static let cachedPart = "/usage/cached_input_tokens"

  /// Nil where it says nothing that can be read: unknown, never 0.
  static func read(_ output: [UInt8], _ paths: [String: String]) -> TokenUsage? {
    for document in documents(in: output) {
      func count(_ candidates: [String]) -> Double? {
        candidates.lazy.compactMap { document.value(at: $0)?.double }.first {
          $0 >= 0 && $0 < 1e9
        }
      }
      func value(_ field: String) -> Double? {
        count(paths[field].map { [$0] } ?? usual[field] ?? [])
      }
      // An agent that says 0 has counted nothing.
      guard let input = value("input"), let output = value("output"), input + output > 0 else {
        continue
      }
      let besides = value("cached_input")
      // A pointer of the configuration has one meaning, whatever it names.
      let isPart = besides == nil && paths["cached_input"] == nil
      let part = isPart ? min(count([cachedPart]) ?? 0, input) : 0
      return TokenUsage(
        uncachedInput: Int(input) - Int(part), cacheRead: Int(besides ?? part),
        cacheWrite: Int(value("cache_write") ?? 0), output: Int(output), usd: value("usd"))
    }
    return nil
  }

  /// The whole output as one document, or its lines as one each, the last first.
  private static func documents(in output: [UInt8]) -> [JSON] {
    if case .success(let json) = Result(catching: { try JSON(parsing: output) }) { return [json] }
    return output.plainLines.reversed().prefix(50).compactMap { line in
      guard line.first == UInt8(ascii: "{") else { return nil }
      guard case .success(let json) = Result(catching: { try JSON(parsing: Array(line)) }) else {
        return nil
      }
      return json
    }
  }
}

extension JSON {
  /// The value at a JSON pointer of object keys.
  fileprivate func value(at pointer: String) -> JSON? {
    var value: JSON? = self
    for key in pointer.split(separator: "/") { value = value?[String(key)] }
    return value
  }
}
