import Platform

/// A run's report as the queue keeps it: at most 200 KB of text.
enum CappedReport {
  static let limit = 200 * 1024

  /// The report, its outputs cut to their ends where it is too long, then without its details.
  static func make(_ report: JSON) -> JSON {
    if report.text().utf8.count <= limit { return report }
    for length in [8000, 2000, 400, 0] {
      let cut = shortened(report, to: length)
      if cut.text().utf8.count <= limit { return cut }
    }
    for keys in [["files"], ["files", "commands"], ["files", "commands", "steps", "notices"]] {
      let cut = without(keys, in: shortened(report, to: 0))
      if cut.text().utf8.count <= limit { return cut }
    }
    return ["ok": report["ok"] ?? false, "run": report["run"] ?? .null, "cut": true]
  }

  private static func shortened(_ json: JSON, to length: Int) -> JSON {
    switch json {
    case .array(let values): .array(values.map { shortened($0, to: length) })
    case .object(let members):
      .object(
        members.map { member in
          if member.key == "output", let text = member.value.string, text.utf8.count > length {
            return JSON.Member(member.key, .string(String(text.suffix(length))))
          }
          return JSON.Member(member.key, shortened(member.value, to: length))
        })
    default: json
    }
  }

  private static func without(_ keys: [String], in json: JSON) -> JSON {
    switch json {
    case .array(let values): .array(values.map { without(keys, in: $0) })
    case .object(let members):
      .object(
        members.filter { !keys.contains($0.key) || $0.value.array == nil }.map {
          JSON.Member($0.key, without(keys, in: $0.value))
        })
    default: json
    }
  }
}
