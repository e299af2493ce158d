public import Events
import Planning
import Platform

/// `--junit FILE`: a suite a step and a case a command, in the format of Surefire and Jenkins.
public enum JUnitReport {
  /// The whole file, with its final newline.
  public static func text(_ report: RunReport) -> String {
    var suites = [Suite(name: "setup", commands: report.commands.filter { $0.kind == .setup })]
    suites += report.steps.map(Suite.init)
    suites.append(Suite(name: "verify", commands: report.commands.filter { $0.kind == .verify }))
    suites = suites.filter { !$0.cases.isEmpty }
    let isTold = suites.flatMap(\.cases).contains { $0.verdict.isFailure || $0.verdict.isError }
    // What made a run red may be no command: a commit, or that nothing was tested.
    if suites.isEmpty || !report.isOK && !isTold { suites.append(Suite(report)) }
    let cases = suites.flatMap(\.cases)
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites"
    text += Markup.attribute("name", report.manifestName) + Suite.counts(cases, ofAll: true)
    text += Markup.attribute("time", seconds(report.seconds)) + ">\n"
    let started = String(Clock.timestamp(report.started).dropLast())
    for suite in suites { text += suite.text(started: started) }
    return text + "</testsuites>\n"
  }

  fileprivate static func seconds(_ value: Double) -> String { Phrases.fixed(value, 3) }

  private struct Suite {
    let name: String
    let cases: [Case]

    init(name: String, commands: [CommandRecord]) {
      self.name = name
      cases = commands.lastRuns.map { Case(suite: name, $0) }
    }

    /// A step's commands, and its files as a case of their own.
    init(_ step: RunReport.Step) {
      name = step.id
      cases = [Case(filesOf: step)] + step.commands.lastRuns.map { Case(suite: step.id, $0) }
    }

    /// A run that ended before any step, or whose reason is in none.
    init(_ report: RunReport) {
      name = report.manifestName
      let reason = RunSummaryText.next(report) ?? report.end?.reason ?? ""
      cases = [
        Case(
          suite: name, name: "run", seconds: report.seconds,
          verdict: report.isOK ? .passed : .error(reason), output: "")
      ]
    }

    /// The schema knows no `skipped` at the element around all suites.
    static func counts(_ cases: [Case], ofAll: Bool = false) -> String {
      let skipped = Markup.attribute("skipped", String(cases.count { $0.verdict.isSkipped }))
      return Markup.attribute("tests", String(cases.count))
        + Markup.attribute("failures", String(cases.count { $0.verdict.isFailure }))
        + Markup.attribute("errors", String(cases.count { $0.verdict.isError }))
        + (ofAll ? "" : skipped)
    }

    func text(started: String) -> String {
      let seconds = cases.reduce(0) { $0 + $1.seconds }
      return "  <testsuite" + Markup.attribute("name", name) + Self.counts(cases)
        + Markup.attribute("time", JUnitReport.seconds(seconds))
        + Markup.attribute("timestamp", started) + ">\n"
        + cases.map(\.text).joined() + "  </testsuite>\n"
    }
  }

  private struct Case {
    enum Verdict {
      case passed
      case skipped(String)
      /// A command said no.
      case failure(String)
      /// It could not be carried out.
      case error(String)

      var isFailure: Bool { if case .failure = self { true } else { false } }
      var isError: Bool { if case .error = self { true } else { false } }
      var isSkipped: Bool { if case .skipped = self { true } else { false } }
    }

    let suite: String
    let name: String
    let seconds: Double
    let verdict: Verdict
    let output: String

    init(suite: String, name: String, seconds: Double, verdict: Verdict, output: String) {
      self.suite = suite
      self.name = name
      self.seconds = seconds
      self.verdict = verdict
      self.output = output
    }

    init(suite: String, _ command: CommandRecord) {
      let reason = command.reason ?? Ending.of(command)
      let verdict: Verdict =
        switch command.outcome {
        case .passed, .flaky, .cached: .passed
        case .skipped: .skipped(reason)
        case .failed: .failure(reason)
        case .timedOut, .interrupted: .error(reason)
        }
      self.init(
        suite: suite, name: "\(command.kind.rawValue): \(command.name)", seconds: command.seconds,
        verdict: verdict, output: command.output)
    }

    init(filesOf step: RunReport.Step) {
      let hasRed = step.commands.contains { $0.outcome.isRed }
      let verdict: Verdict =
        switch step.outcome {
        case .skipped: .skipped(step.reason ?? "skipped")
        case .conflict, .interrupted, nil: .error(step.reason ?? step.outcome?.rawValue ?? "open")
        case .failed where !hasRed: .error(step.reason ?? "failed")
        default: .passed
        }
      self.init(suite: step.id, name: "files", seconds: 0, verdict: verdict, output: "")
    }

    var text: String {
      var text = "    <testcase" + Markup.attribute("classname", suite)
      text += Markup.attribute("name", name)
      text += Markup.attribute("time", JUnitReport.seconds(seconds))
      var inner = ""
      switch verdict {
      case .passed: break
      case .skipped(let reason):
        inner += "      <skipped" + Markup.attribute("message", reason) + "/>\n"
      case .failure(let reason): inner += fault("failure", reason)
      case .error(let reason): inner += fault("error", reason)
      }
      if !output.isEmpty {
        inner += "      <system-out>\(Markup.escaped(output))</system-out>\n"
      }
      return inner.isEmpty ? text + "/>\n" : text + ">\n\(inner)    </testcase>\n"
    }

    private func fault(_ element: String, _ reason: String) -> String {
      "      <\(element)" + Markup.attribute("message", reason)
        + Markup.attribute("type", element) + "/>\n"
    }
  }
}
