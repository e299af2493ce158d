public import Events
public import Platform

/// `mtor log`: the runs there were, newest first.
public enum LogText {
  /// The table; a sentence where there is nothing to show.
  public static func text(_ runs: [RunSummary], _ style: Style, width: Int?) -> String {
    if runs.isEmpty { return "no runs are recorded here\n" }
    var table = Table(columns: [
      .init(title: "run"), .init(title: "started", rank: 2), .init(title: "manifest"),
      .init(title: "outcome"), .init(title: "files", isNumeric: true, rank: 4),
      .init(title: "steps", isNumeric: true, rank: 5),
      .init(title: "by model", isNumeric: true, rank: 6),
      .init(title: "tokens", isNumeric: true, rank: 1),
      .init(title: "time", isNumeric: true, rank: 3),
    ])
    table.rows = runs.map { run in
      [
        .init(run.run, .strong), .init(Clock.local(run.started)), .init(run.manifest),
        .init(run.outcome?.rawValue ?? "unfinished", meaning(run.outcome, exit: run.exit)),
        .init(Phrases.number(run.files)), .init(Phrases.number(run.steps)),
        .init(Phrases.number(run.stepsWithModel)), .init(tokens(run.usage)),
        .init(run.seconds.map(Phrases.duration) ?? "-"),
      ]
    }
    return table.text(style, width: width)
  }

  private static func tokens(_ usage: ModelUsage) -> String {
    if usage.unmetered > 0 { return usage.tokens == 0 ? "?" : "≥" + Phrases.number(usage.tokens) }
    return Phrases.number(usage.tokens)
  }

  private static func meaning(_ outcome: RunOutcome?, exit: Int?) -> Style.Meaning {
    switch outcome {
    case .passed: .good
    case .repaired: .news
    case .untested: exit == 0 ? .odd : .bad
    case .interrupted, nil: .odd
    default: .bad
    }
  }

  /// The same as JSON.
  public static func json(_ runs: [RunSummary]) -> JSON {
    ["ok": true, "runs": .array(runs.map(\.json))]
  }
}

extension RunSummary {
  fileprivate var json: JSON {
    [
      "run": .string(run), "manifest": .string(manifest), "root": .string(root),
      "started": .string(Clock.timestamp(started)),
      "seconds": seconds.map(JSON.number) ?? .null, "outcome": JSON(outcome?.rawValue),
      "exit": JSON(exit), "files_changed": .integer(files), "steps": .integer(steps),
      "steps_with_llm": .integer(stepsWithModel), "llm": usage.json,
    ]
  }
}
