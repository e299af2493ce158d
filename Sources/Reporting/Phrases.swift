package import Events
package import Planning

/// Numbers, durations and sums as a person reads them.
package enum Phrases {
  /// `1,234`.
  package static func number(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { result += "," }
      result.append(digit)
    }
    return value < 0 ? "-" + result : result
  }

  /// `1 file`, `2 files`.
  package static func count(_ value: Int, _ noun: String, plural: String? = nil) -> String {
    number(value) + " " + (value == 1 ? noun : plural ?? noun + "s")
  }

  /// `0.42s`, `12.3s`, `2m 05s`, `1h 02m`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    if seconds < 9.995 { return fixed(seconds, 2) + "s" }
    if seconds < 59.95 { return fixed(seconds, 1) + "s" }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return "\(whole / 60)m \(pad(whole % 60))s" }
    return "\(whole / 3600)h \(pad(whole / 60 % 60))m"
  }

  /// A sum that stays the greatest number there is where it would run over.
  package static func sum(_ values: some Sequence<Int>) -> Int {
    values.reduce(0) { sum, value in
      let (next, runsOver) = sum.addingReportingOverflow(value)
      return runsOver ? (value < 0 ? .min : .max) : next
    }
  }

  /// A decimal number with that many places; `?` for one that cannot be written so.
  package static func fixed(_ value: Double, _ places: Int) -> String {
    let scale = (0..<places).reduce(1) { value, _ in value * 10 }
    let scaled = (max(0, value) * Double(scale)).rounded()
    guard value.isFinite, scaled < 9e18 else { return "?" }
    let units = Int(scaled)
    let digits = String(units % scale)
    return "\(units / scale)."
      + String(repeating: "0", count: places - digits.utf8.count) + digits
  }

  private static func pad(_ value: Int) -> String { (value < 10 ? "0" : "") + String(value) }

  /// `0 tokens`, `3,120 tokens ($0.0021)`, `at least 120 tokens`.
  package static func tokens(_ usage: ModelUsage) -> String {
    if usage.unmetered > 0 && usage.tokens == 0 { return "an unknown number of tokens" }
    let sum = (usage.unmetered > 0 ? "at least " : "") + count(usage.tokens, "token")
    return usage.usd > 0 ? "\(sum) (\(money(usage.usd)))" : sum
  }

  /// `$0.0021`, `$1.50`.
  package static func money(_ usd: Double) -> String { "$" + fixed(usd, usd < 0.1 ? 4 : 2) }

  /// `2 files as declared`, `1 file as declared, 1 as repaired`: files that are left as they stand,
  /// of which some hold what an accepted repair made of them.
  package static func standing(_ unchanged: Int, repaired: Int) -> String {
    if repaired == 0 { return count(unchanged, "file") + " as declared" }
    if repaired == unchanged { return count(repaired, "file") + " as repaired" }
    return count(unchanged - repaired, "file") + " as declared, \(number(repaired)) as repaired"
  }

  /// `2 created, 1 edited`, in that order; only what changed unless `all`.
  package static func files(_ counts: [PlannedFile.Action: Int], all: Bool) -> [String] {
    let names: [(PlannedFile.Action, String)] = [
      (.created, "created"), (.replaced, "replaced"), (.edited, "edited"), (.moved, "moved"),
      (.deleted, "deleted"), (.mode, "with a new mode"), (.unchanged, "unchanged"),
      (.skipped, "skipped"),
    ]
    return names.compactMap { action, name in
      guard let count = counts[action], count > 0 else { return nil }
      if !all && (action == .unchanged || action == .skipped) { return nil }
      return "\(number(count)) \(name)"
    }
  }
}
