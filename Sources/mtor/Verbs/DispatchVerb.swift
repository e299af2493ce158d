import Dispatching
import Engine
import Events
import Glibc
import Manifests
import Platform
import Reporting
import Subprocess
import YAMLTree

/// `mtor dispatch MANIFEST…`: tasks for the queue.
enum DispatchVerb {
  static func run(_ invocation: Invocation) throws -> ExitCode {
    do {
      let configuration = try ConfigurationFile.readForQueue(invocation)
      let request = try request(invocation, configuration)
      let folder = try QueueAccess.folder()
      let orders: [TaskOrder]
      do throws(OrderFault) {
        orders = try OrderBook(folder: folder, runner: CommandRunner()).orders(request)
      } catch {
        if error.isUsage { throw RunFailure.usage(message: error.message, hint: error.hint) }
        if error.isPassing { throw RunFailure.system(message: error.message, hint: error.hint) }
        throw error.diagnostics.isEmpty
          ? RunFailure.unreadable(message: error.message, hint: error.hint)
          : RunFailure.invalid(error.diagnostics)
      }
      return try QueueAccess.using(configuration) { queue in
        try dispatch(orders, budget(invocation), queue, invocation)
      }
    } catch let failure as RunFailure {
      return try FailureOutput(invocation).report(failure)
    } catch let faults as DiagnosticList {
      return try FailureOutput(invocation).report(.invalid(faults.all))
    }
  }

  private static func dispatch(
    _ orders: [TaskOrder], _ budget: Allowance?, _ queue: any Queue, _ invocation: Invocation
  ) throws -> ExitCode {
    let console = Terminal.console(STDOUT_FILENO, invocation)
    let isJSON = invocation.value(.format) == "json"
    if let budget, let first = orders.first {
      try queue.limit(batch: first.id.batch, to: budget, among: orders)
    }
    var answers: [JSON] = []
    var hasRefused = false
    var refusals: [(String, String)] = []
    for order in orders {
      let answer = try queue.dispatch(order)
      if case .refused(let why, let hint) = answer {
        hasRefused = true
        refusals.append((why, hint))
      }
      answers.append(json(answer, order))
      if !isJSON { console.write(line(answer, order, console.style)) }
    }
    if isJSON && !invocation.has(.wait) {
      let result: JSON = ["ok": .bool(!hasRefused), "tasks": .array(answers)]
      try Output.print(result.text(.pretty) + "\n")
    }
    if !isJSON {
      for (why, hint) in refusals {
        Output.complain(
          ErrorReport.text(
            message: why, hint: hint,
            Style(isColored: Terminal.isColored(STDERR_FILENO, invocation))))
      }
    }
    var code = ExitCode.success
    if invocation.has(.wait) {
      let ids = Set(orders.map(\.id))
      code = try QueueWatch(queue: queue, invocation: invocation, ids: ids).run()
    }
    return hasRefused ? ExitCode.stronger(.conflict, code) : code
  }

  private static func line(_ answer: DispatchAnswer, _ order: TaskOrder, _ style: Style) -> String {
    let name = style(.strong, order.id.text)
    return switch answer {
    case .added: "\(style(.good, "+")) queued  \(name)\n"
    case .isThere(let state): "\(style(.faint, "=")) \(state.rawValue) already  \(name)\n"
    case .beginsAgain(let before):
      "\(style(.news, "↻")) queued again  \(name)  (\(before.rawValue) before)\n"
    case .refused: "\(style(.bad, "✗")) refused  \(name)\n"
    }
  }

  private static func json(_ answer: DispatchAnswer, _ order: TaskOrder) -> JSON {
    let id = JSON.string(order.id.text)
    return switch answer {
    case .added: ["id": id, "answer": "queued"]
    case .isThere(let state): ["id": id, "answer": "is_there", "state": .string(state.rawValue)]
    case .beginsAgain(let before):
      ["id": id, "answer": "queued_again", "before": .string(before.rawValue)]
    case .refused(let why, let hint):
      ["id": id, "answer": "refused", "message": .string(why), "hint": .string(hint)]
    }
  }

  private static func request(
    _ invocation: Invocation, _ configuration: Configuration
  ) throws -> OrderRequest {
    let today = String(Clock.local(Clock.now).prefix(10))
    var request = OrderRequest(
      manifests: invocation.operands, batch: invocation.value(.batch) ?? today)
    request.task = invocation.value(.task)
    request.repositories = invocation.all(.repo).map(\.text)
    if request.repositories.isEmpty { request.repositories = [invocation.value(.root) ?? "."] }
    request.branch = invocation.value(.branch)
    request.after = invocation.all(.after).map(\.text)
    request.queue = invocation.value(.queue) ?? request.queue
    request.isAgain = invocation.has(.again)
    request.lands = invocation.has(.land)
    if case .temporal = configuration.queue { request.travels = true }
    request.params = try invocation.request().params
    request.tightening = invocation.value(.tighten)
    request.limits = configuration.limits
    if let text = invocation.value(.priority) {
      guard let number = Int(text), (-1000...1000).contains(number) else {
        throw RunFailure.usage(
          message: "'\(Printable.escaped(text))' is no priority",
          hint: "write --priority N, a whole number from -1000 to 1000")
      }
      request.priority = number
    }
    if let text = invocation.value(.notBefore) {
      guard let moment = LaterMoment.read(text, now: Clock.now) else {
        throw RunFailure.usage(
          message: "'\(Printable.escaped(text))' is no moment to come",
          hint: "write --not-before 23:30, 90m, 2h, 2026-01-31 or 2026-01-31T03:00:00Z")
      }
      request.notBefore = moment
    }
    return request
  }

  private static func budget(_ invocation: Invocation) throws -> Allowance? {
    let tokens = invocation.count(.tokens)
    guard let text = invocation.value(.usd) else { return tokens.map { Allowance(tokens: $0) } }
    guard let usd = Double(text), usd.isFinite, usd >= 0, usd < 1e9 else {
      throw RunFailure.usage(
        message: "'\(Printable.escaped(text))' is no amount", hint: "write --usd 2.50")
    }
    return Allowance(tokens: tokens, usd: usd)
  }
}
