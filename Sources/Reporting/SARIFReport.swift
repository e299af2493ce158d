public import Events
import Planning
public import Platform
import YAMLTree

/// `--sarif FILE`: warnings, conflicts and failed commands as results of SARIF 2.1.0, each at its
/// place in the manifest and, where there is one, at the target.
public enum SARIFReport {
  /// The whole log.
  public static func json(_ report: RunReport) -> JSON {
    log(
      results(report), isOK: report.isOK, started: report.started,
      exit: Int(report.end?.exit ?? 1), id: "mtor/\(report.manifestName)/\(report.run)")
  }

  /// The log of a run that could not be begun.
  public static func json(_ refusal: Refusal) -> JSON {
    let results = refusal.faults.map { fault in
      Result(
        rule: fault.rule, level: fault.severity.rawValue,
        message: fault.message + (fault.hint.map { "; help: \($0)" } ?? ""),
        places: [(fault.file, fault.mark?.line, fault.mark?.column)])
    }
    return log(
      results, isOK: false, started: refusal.time, exit: refusal.exit,
      id: "mtor/\(refusal.subject)")
  }

  private static func log(
    _ results: [Result], isOK: Bool, started: Int64, exit: Int, id: String
  ) -> JSON {
    var rules: [String] = []
    for result in results where !rules.contains(result.rule) { rules.append(result.rule) }
    return [
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
      "runs": [
        [
          "tool": [
            "driver": [
              "name": "mtor",
              "rules": .array(rules.map { ["id": .string($0), "name": .string($0)] }),
            ]
          ],
          "invocations": [
            [
              "executionSuccessful": .bool(isOK),
              "startTimeUtc": .string(Clock.timestamp(started)),
              "exitCode": .integer(exit),
            ]
          ],
          "automationDetails": ["id": .string(id)],
          "columnKind": "unicodeCodePoints",
          "results": .array(
            results.map { result in
              result.json(index: rules.firstIndex(of: result.rule) ?? 0)
            }),
        ]
      ],
    ]
  }

  private struct Result {
    var rule: String
    var level: String
    var message: String
    /// The manifest's place first.
    var places: [(file: String, line: Int?, column: Int?)]

    func json(index: Int) -> JSON {
      [
        "ruleId": .string(rule), "ruleIndex": .integer(index), "level": .string(level),
        "message": ["text": .string(message)],
        "locations": .array(places.prefix(1).map(location)),
        "relatedLocations": .array(places.dropFirst().map(location)),
      ]
    }

    private func location(_ place: (file: String, line: Int?, column: Int?)) -> JSON {
      var physical = [JSON.Member("artifactLocation", ["uri": .string(uri(place.file))])]
      if let line = place.line {
        var region = [JSON.Member("startLine", .integer(max(1, line)))]
        if let column = place.column {
          region.append(JSON.Member("startColumn", .integer(max(1, column))))
        }
        physical.append(JSON.Member("region", .object(region)))
      }
      return ["physicalLocation": .object(physical)]
    }

    /// A relative reference: every byte that may not stand in one is written as `%HH`.
    private func uri(_ path: String) -> String {
      var text = path.hasPrefix("/") ? "file://" : ""
      for byte in path.utf8 {
        let isPlain =
          (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x61...0x7A).contains(byte) || "-._~/".utf8.contains(byte)
        if isPlain {
          text.unicodeScalars.append(Unicode.Scalar(byte))
        } else {
          let digits = String(byte, radix: 16, uppercase: true)
          text += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
        }
      }
      return text
    }
  }

  /// A run that is not OK has one that says why.
  private static func results(_ report: RunReport) -> [Result] {
    let results = notices(report) + failures(report)
    if report.isOK || results.contains(where: { $0.level == "error" }) { return results }
    let reason = RunSummaryText.next(report) ?? report.end?.reason ?? "the run did not pass"
    return results + [
      Result(
        rule: "run-failed", level: "error", message: reason,
        places: [(report.manifestFile, nil, nil)])
    ]
  }

  private static func notices(_ report: RunReport) -> [Result] {
    report.notices.map { notice in
      let level =
        switch notice.kind {
        case .conflict, .error: "error"
        case .warning, .noted: "warning"
        case .note, .recovered: "note"
        }
      let hint = notice.hint.map { "; help: \($0)" } ?? ""
      var places: [(file: String, line: Int?, column: Int?)] = [
        (notice.file ?? report.manifestFile, notice.line, notice.column)
      ]
      if let path = notice.path { places.append((path, nil, nil)) }
      return Result(
        rule: notice.rule ?? notice.kind.rawValue, level: level, message: notice.message + hint,
        places: places)
    }
  }

  private static func failures(_ report: RunReport) -> [Result] {
    let all =
      report.steps.flatMap { step in step.commands.lastRuns.map { (step.id as String?, $0) } }
      + report.commands.lastRuns.map { (nil, $0) }
    return all.filter { $0.1.outcome.isRed }.map { step, command in
      let owner = step.map { "step \($0): " } ?? ""
      return Result(
        rule: "\(command.kind.rawValue)-failed", level: "error",
        message: "\(owner)\(command.name): \(command.reason ?? Ending.of(command))",
        places: [(command.file ?? report.manifestFile, command.line, nil)])
    }
  }
}
