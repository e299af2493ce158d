public import Events
import Platform

/// `mtor stats --html FILE`: the sums as a page, the headline as a picture.
public enum StatisticsPage {
  /// The whole page.
  public static func text(_ statistics: RunStatistics, since: Int64?) -> String {
    let total = statistics.total
    let title = since.map { "Runs since \(Clock.local($0))" } ?? "All runs"
    let free = total.shareWithoutModel.map(StatisticsText.percent)
    var body = HTMLPage.header(
      title, badge: free.map { "\($0) of steps needed no model" } ?? "no steps", isGood: true,
      hasDetails: false)
    body += "<main id=\"content\" tabindex=\"-1\">\n"
    guard total.runs > 0 || total.unreported.isSpent else {
      return HTMLPage.text(title: title, body: body + "<p>no runs are recorded</p></main>\n")
    }
    body += outcomes(total)
    body += "<dl class=\"facts\">\n"
    for (name, value) in StatisticsText.facts(total) {
      body += "<dt>\(HTMLPage.escape(name))</dt><dd>\(HTMLPage.escape(value))</dd>\n"
    }
    body += "</dl>\n" + groups(statistics)
    return HTMLPage.text(title: title, body: body + "</main>\n" + HTMLPage.plainFooter)
  }

  /// Each outcome of a step as a bar of its share.
  private static func outcomes(_ total: RunStatistics.Group) -> String {
    guard total.steps > 0 else { return "" }
    var text = "<h2>Steps</h2>\n<table class=\"bars\">\n"
    for outcome in StepOutcome.allCases {
      guard let count = total.outcomes[outcome], count > 0 else { continue }
      let look = StepLine.look(of: outcome)
      text += row(
        "\(look.symbol) \(outcome.rawValue)", Double(count) / Double(total.steps),
        HTMLPage.name(look.meaning), Phrases.number(count))
    }
    return text + "</table>\n"
  }

  /// Tokens of each group as bars, the most first.
  private static func groups(_ statistics: RunStatistics) -> String {
    guard let dimension = statistics.dimension, !statistics.groups.isEmpty else { return "" }
    let sorted = statistics.groups.sorted {
      ($0.usage.tokens, $0.steps, $1.key) > ($1.usage.tokens, $1.steps, $0.key)
    }
    let most = Double(max(sorted[0].usage.tokens, 1))
    var text =
      "<h2>By \(dimension.rawValue)</h2>\n<table class=\"bars tokens\">\n<caption>tokens</caption>\n"
    for group in sorted.prefix(500) {
      let share = group.shareWithoutModel.map(StatisticsText.percent) ?? "-"
      text += row(
        group.key, Double(group.usage.tokens) / most, "news",
        "\(Phrases.number(group.usage.tokens)) in \(Phrases.count(group.steps, "step")), "
          + "\(share) without a model")
    }
    return text + "</table>\n"
  }

  private static func row(
    _ name: String, _ share: Double, _ meaning: String, _ what: String
  ) -> String {
    let width = Phrases.fixed(min(max(share, 0), 1) * 100, 2)
    return "<tr><th scope=\"row\">\(HTMLPage.escape(name))</th>"
      + "<td class=\"\(meaning)\"><div class=\"bar\" aria-hidden=\"true\">"
      + (share > 0 ? "<i style=\"left:0;width:\(width)%\"></i>" : "") + "</div>"
      + "</td><td class=\"n\">\(HTMLPage.escape(what))</td></tr>\n"
  }
}
