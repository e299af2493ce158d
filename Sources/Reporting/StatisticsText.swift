public import Events
public import Platform

/// `mtor stats`: what many runs say together.
public enum StatisticsText {
  /// The headline, the sums, and the groups as a table.
  public static func text(_ statistics: RunStatistics, _ style: Style, width: Int?) -> String {
    let total = statistics.total
    guard total.runs > 0 || total.unreported.isSpent else { return "no runs are recorded\n" }
    var text = headline(total, style)
    for (name, value) in facts(total) {
      text += style(.faint, Columns.right(name, StepLine.verbWidth + 2)) + "  \(value)\n"
    }
    guard let dimension = statistics.dimension else { return text }
    if statistics.groups.isEmpty {
      return text + "\nno \(dimension.rawValue) stands in these runs\n"
    }
    return text + "\n" + table(statistics, dimension).text(style, width: width)
  }

  private static func headline(_ total: RunStatistics.Group, _ style: Style) -> String {
    guard let share = total.shareWithoutModel else { return "no steps in these runs\n" }
    return style(.good, percent(share)) + " of steps needed no model"
      + style(
        .faint,
        " (\(Phrases.number(total.stepsWithoutModel)) of \(Phrases.number(total.stepsRun)))") + "\n"
  }

  static func facts(_ total: RunStatistics.Group) -> [(String, String)] {
    let outcomes = StepOutcome.allCases.compactMap { outcome in
      total.outcomes[outcome].map { "\(Phrases.number($0)) \(outcome.rawValue)" }
    }
    var facts = [
      ("runs", "\(Phrases.number(total.runs)) in \(Phrases.duration(total.seconds))"),
      ("steps", outcomes.joined(separator: ", ")),
      ("tokens", tokens(total)),
    ]
    if total.unreported.isSpent {
      let requests = Phrases.count(total.unreported.requests, "request")
      facts.append(
        ("besides", "\(Phrases.tokens(total.unreported)) in \(requests) of runs without an end"))
    }
    let models = total.models.sorted { $0.key < $1.key }.map { name, share in
      "\(Printable.escaped(name)) repaired \(Phrases.number(share.repaired)) in "
        + Phrases.count(share.rounds, "round")
    }
    if !models.isEmpty { facts.append(("models", models.joined(separator: ", "))) }
    let rules = total.rules.sorted { $0.key < $1.key }.map {
      "\(Printable.escaped($0.key)) × \(Phrases.number($0.value))"
    }
    if !rules.isEmpty { facts.append(("stalled by", rules.joined(separator: ", "))) }
    if total.authorTokens > 0 || total.authorUSD > 0 {
      let money = total.authorUSD > 0 ? " (\(Phrases.money(total.authorUSD)))" : ""
      facts.append(("architect", Phrases.count(total.authorTokens, "token") + money))
      facts.append(("in all", inAll(total)))
    }
    return facts.filter { !$0.1.isEmpty }
  }

  /// What models and architects cost together: a manifest's writing counts once.
  private static func inAll(_ group: RunStatistics.Group) -> String {
    let usages = [group.usage, group.unreported]
    let isOpen = usages.contains { $0.unmetered > 0 || $0.unpriced > 0 }
    let usd = group.usage.usd + group.unreported.usd + group.authorUSD
    return (isOpen ? "at least " : "")
      + Phrases.count(
        group.usage.tokens + group.unreported.tokens + group.authorTokens, "token")
      + (usd > 0 ? " (\(Phrases.money(usd)))" : "")
  }

  private static func tokens(_ group: RunStatistics.Group) -> String {
    var text = Phrases.tokens(group.usage)
    if group.usage.requests > 0 {
      text += " in \(Phrases.count(group.usage.requests, "request")): "
      text += "\(Phrases.number(group.usage.inputTokens)) in, "
      text += "\(Phrases.number(group.usage.outputTokens)) out"
      if let share = group.cacheShare, share > 0 { text += ", \(percent(share)) of input cached" }
    }
    return text
  }

  private static func table(
    _ statistics: RunStatistics, _ dimension: RunStatistics.Dimension
  ) -> Table {
    var table = Table(columns: [
      .init(title: dimension.rawValue), .init(title: "runs", isNumeric: true, rank: 3),
      .init(title: "steps", isNumeric: true), .init(title: "no model", isNumeric: true),
      .init(title: "repaired", isNumeric: true, rank: 4),
      .init(title: "failed", isNumeric: true, rank: 5),
      .init(title: "tokens", isNumeric: true, rank: 1),
      .init(title: "usd", isNumeric: true, rank: 2),
    ])
    table.rows = statistics.groups.map { group in
      let failed = (group.outcomes[.failed] ?? 0) + (group.outcomes[.stalled] ?? 0)
      return [
        .init(group.key), .init(Phrases.number(group.runs)), .init(Phrases.number(group.steps)),
        .init(group.shareWithoutModel.map(percent) ?? "-"),
        .init(Phrases.number(group.outcomes[.repaired] ?? 0)), .init(Phrases.number(failed)),
        .init(Phrases.number(group.usage.tokens)),
        .init(group.usage.usd > 0 ? Phrases.fixed(group.usage.usd, 4) : "0"),
      ]
    }
    return table
  }

  /// Rounded down: 100 % means all of them.
  static func percent(_ share: Double) -> String {
    let tenths = Int((share * 1000).rounded(.down))
    return tenths % 10 == 0 ? "\(tenths / 10)%" : "\(tenths / 10).\(tenths % 10)%"
  }

  /// The same as JSON.
  public static func json(_ statistics: RunStatistics) -> JSON {
    [
      "ok": true, "by": JSON(statistics.dimension?.rawValue), "total": json(statistics.total),
      "groups": .array(statistics.groups.map(json)),
    ]
  }

  private static func json(_ group: RunStatistics.Group) -> JSON {
    [
      "key": .string(group.key), "runs": .integer(group.runs), "steps": .integer(group.steps),
      "steps_with_llm": .integer(group.stepsWithModel),
      "share_without_llm": group.shareWithoutModel.map(JSON.number) ?? .null,
      "outcomes": .object(
        StepOutcome.allCases.map { JSON.Member($0.rawValue, .integer(group.outcomes[$0] ?? 0)) }),
      "llm": group.usage.json, "llm_unreported": group.unreported.json,
      "cached_share": group.cacheShare.map(JSON.number) ?? .null,
      "models": .object(
        group.models.sorted { $0.key < $1.key }.map { name, share in
          JSON.Member(
            name, ["repaired": .integer(share.repaired), "rounds": .integer(share.rounds)])
        }),
      "stalled_by": .object(
        group.rules.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .integer($0.value)) }),
      "seconds": .number(group.seconds),
      "architect": ["tokens": .integer(group.authorTokens), "usd": .number(group.authorUSD)],
      "in_all": [
        "tokens": .integer(
          group.usage.tokens + group.unreported.tokens + group.authorTokens),
        "usd": .number(group.usage.usd + group.unreported.usd + group.authorUSD),
      ],
    ]
  }
}
