import Platform
import Reporting

extension Matrix {
  /// The matrix as JUnit XML: a suite for each repository, a case for each of its steps.
  public var junit: String {
    let suites = rows.map(JUnitSuite.init)
    let cases = suites.flatMap(\.cases)
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites"
    text += Markup.attribute("name", manifest)
    text += Markup.attribute("tests", String(cases.count))
    text += Markup.attribute("failures", String(cases.count { $0.verdict.isFailure }))
    text += " errors=\"0\">\n"
    for suite in suites { text += suite.text }
    return text + "</testsuites>\n"
  }
}

/// One repository of the matrix for JUnit.
private struct JUnitSuite {
  struct Case {
    enum Verdict {
      case passed
      case failure(String)
      case skipped(String)

      var isFailure: Bool { if case .failure = self { true } else { false } }
      var isSkipped: Bool { if case .skipped = self { true } else { false } }
    }

    let name: String
    let verdict: Verdict
  }

  let repository: String
  let state: Matrix.State
  let cases: [Case]

  init(_ row: Matrix.Row) {
    repository = row.repository
    state = row.state
    let said = [row.reason, row.detail].compactMap { $0 }.joined(separator: ": ")
    let reason = said.isEmpty ? row.state.rawValue : said
    var cases: [Case] = []
    var isRed = false
    for cell in row.cells {
      if cell.isRed {
        cases.append(Case(name: cell.step, verdict: .failure("\(cell.outcome): \(reason)")))
        isRed = true
      } else if isRed || ["skipped", "interrupted", "open", "unknown"].contains(cell.outcome) {
        // What stands behind a red step was not tried.
        cases.append(Case(name: cell.step, verdict: .skipped(isRed ? "not tried" : cell.outcome)))
      } else {
        cases.append(Case(name: cell.step, verdict: .passed))
      }
    }
    // What is of the repository as a whole is a case of its own, so that no red one looks green.
    let whole = "repository"
    switch row.state {
    case .unselected, .skipped, .waiting, .running:
      cases.append(Case(name: whole, verdict: .skipped(reason)))
    case let state where state.isRed:
      if !isRed { cases.append(Case(name: whole, verdict: .failure(reason))) }
    default:
      if cases.isEmpty { cases.append(Case(name: whole, verdict: .passed)) }
    }
    self.cases = cases
  }

  var text: String {
    var text = "  <testsuite" + Markup.attribute("name", repository)
    text += Markup.attribute("tests", String(cases.count))
    text += Markup.attribute("failures", String(cases.count { $0.verdict.isFailure }))
    text +=
      " errors=\"0\"" + Markup.attribute("skipped", String(cases.count { $0.verdict.isSkipped }))
    text += ">\n"
    for item in cases {
      text += "    <testcase" + Markup.attribute("classname", repository)
      text += Markup.attribute("name", item.name)
      switch item.verdict {
      case .passed: text += "/>\n"
      case .failure(let reason):
        text += ">\n      <failure" + Markup.attribute("message", reason)
        text += Markup.attribute("type", state.rawValue) + "/>\n    </testcase>\n"
      case .skipped(let reason):
        text += ">\n      <skipped" + Markup.attribute("message", reason) + "/>\n    </testcase>\n"
      }
    }
    return text + "  </testsuite>\n"
  }
}
