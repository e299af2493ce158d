public import Platform
public import Reporting

/// `mtor queue list`: the tasks as a table, and their sum.
public enum QueueText {
  /// The table; a sentence where there is nothing to show.
  public static func text(
    _ tasks: [TaskStatus], pauses: [PauseScope], _ style: Style, width: Int?, now: Int64
  ) -> String {
    if tasks.isEmpty { return "no task is in the queue\n" }
    var table = Table(columns: [
      .init(title: ""), .init(title: "task"), .init(title: "state"),
      .init(title: "try", isNumeric: true, rank: 4), .init(title: "time", isNumeric: true, rank: 2),
      .init(title: "tokens", isNumeric: true, rank: 3), .init(title: "now", rank: 1),
    ])
    table.rows = tasks.map { task in
      let look = look(task)
      return [
        .init(look.symbol, look.meaning), .init(task.id.text, .strong),
        .init(task.isStuck ? "waiting" : task.state.rawValue, look.meaning),
        .init(task.attempt == 0 ? "-" : String(task.attempt)), .init(time(task, now)),
        .init(Phrases.number(task.tokens)), .init(happening(task, limit: limit(width))),
      ]
    }
    var text = table.text(style, width: width)
    for pause in pauses { text += style(.odd, words(pause)) + "\n" }
    return text + style(.faint, sum(tasks)) + "\n"
  }

  /// `12 tasks: 3 queued, 9 passed · 4,120 tokens ($0.0031)`, or `no task`.
  public static func sum(_ tasks: [TaskStatus]) -> String {
    if tasks.isEmpty { return "no task" }
    let counts = TaskState.allCases.compactMap { state -> String? in
      let count = tasks.count { $0.state == state }
      return count == 0 ? nil : "\(Phrases.number(count)) \(state.rawValue)"
    }
    let tokens = Phrases.sum(tasks.map(\.tokens))
    let usd = tasks.reduce(0) { $0 + $1.usd }
    return "\(Phrases.count(tasks.count, "task")): \(counts.joined(separator: ", ")) · "
      + Phrases.count(tokens, "token") + (usd > 0 ? " (\(Phrases.money(usd)))" : "")
  }

  /// One task whole: what it is, where it works, what it came to.
  public static func details(_ task: TaskStatus, _ report: JSON?, _ style: Style) -> String {
    let look = look(task)
    var text = "\(style(look.meaning, look.symbol)) \(style(.strong, task.id.text))  "
    text += style(look.meaning, task.state.rawValue) + "\n"
    var lines: [(String, String?)] = [
      ("reason", task.reason), ("manifest", task.manifest), ("repository", task.repository),
      ("after", task.after.isEmpty ? nil : task.after.joined(separator: ", ")),
      ("queue", task.queue), ("attempt", task.attempt == 0 ? nil : String(task.attempt)),
      ("worker", task.state == .running ? task.worker : nil), ("step", task.progress.step),
      ("now", task.state == .running ? task.progress.line : nil),
      ("tree", task.tree?.path), ("branch", task.tree?.branch), ("commit", task.commit),
      ("started", task.started.map(Clock.local)), ("ended", task.ended.map(Clock.local)),
    ]
    if task.tokens > 0 {
      lines.append(("spent", Phrases.count(task.tokens, "token") + " (\(Phrases.money(task.usd)))"))
    }
    if let run = task.run { lines.append(("run", run)) }
    for step in report?["steps"]?.array ?? [] {
      lines.append(
        ("step", "\(step["id"]?.string ?? "?")  \(step["outcome"]?.string ?? "unfinished")"))
    }
    for (name, value) in lines {
      guard let value else { continue }
      text += "  " + style(.faint, name) + String(repeating: " ", count: max(1, 12 - name.count))
      text += Printable.escaped(value) + "\n"
    }
    if let next = next(task) { text += "  " + style(.odd, next) + "\n" }
    return text
  }

  /// What a task came to and what to do next, in one sentence for the morning page.
  public static func words(_ task: TaskStatus) -> String {
    let reason = task.reason.map { ": \($0)" } ?? ""
    let what = (task.isStuck ? "waiting" : task.state.rawValue) + reason
    return next(task).map { "\(what) · \($0)" } ?? what
  }

  /// What a person does next.
  private static func next(_ task: TaskStatus) -> String? {
    switch task.state {
    case .failed, .stalled, .cancelled: "mtor queue retry \(task.id.text)"
    case .passed, .repaired:
      task.tree.map { "git merge \($0.branch)" }
    default: nil
    }
  }

  /// One line for a task whose state has changed.
  public static func line(_ task: TaskStatus, _ style: Style) -> String {
    let look = look(task)
    let reason = task.reason.map { ": " + Printable.escaped($0) } ?? ""
    return
      "\(style(look.meaning, look.symbol + " " + task.state.rawValue))  \(task.id.text)\(reason)\n"
  }

  private static func look(_ task: TaskStatus) -> (symbol: String, meaning: Style.Meaning) {
    switch task.state {
    case .queued: task.isStuck ? ("!", .odd) : ("·", .faint)
    case .running: ("▸", .news)
    case .passed: ("✓", .good)
    case .repaired: ("↻", .news)
    case .failed, .stalled: ("✗", .bad)
    case .cancelled: ("–", .odd)
    }
  }

  private static func time(_ task: TaskStatus, _ now: Int64) -> String {
    guard let started = task.started else { return "-" }
    return Phrases.duration(Double(max(0, (task.ended ?? now) - started)) / 1e9)
  }

  private static func happening(_ task: TaskStatus, limit: Int) -> String {
    let text: String
    if task.state == .running, task.reason == nil {
      text = [task.progress.step, task.progress.line].compactMap { $0 }.joined(separator: " › ")
    } else {
      text = task.reason ?? ""
    }
    let shown = Printable.escaped(text)
    return shown.count > limit ? String(shown.prefix(limit - 1)) + "…" : shown
  }

  private static func limit(_ width: Int?) -> Int { max(20, (width ?? 160) / 2 - 10) }

  private static func words(_ pause: PauseScope) -> String {
    switch pause {
    case .queue(let name): "the queue '\(name)' is paused: mtor queue resume --queue \(name)"
    case .batch(let name): "the batch '\(name)' is paused: mtor queue resume --batch \(name)"
    }
  }
}
