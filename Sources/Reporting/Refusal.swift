public import Platform
public import YAMLTree

/// Why a run could not be begun, for the files that a run is reported to: a CI that asked for one
/// must not find an empty file.
public struct Refusal: Sendable {
  /// What was to be applied, as the user wrote it.
  public let subject: String
  /// The stable word for it, such as `invalid`.
  public let code: String
  /// The process's exit code.
  public let exit: Int
  /// When, in nanoseconds since 1970.
  public let time: Int64
  /// All faults and warnings; at least one error.
  public let faults: [Diagnostic]

  public init(subject: String, code: String, exit: Int, time: Int64, faults: [Diagnostic]) {
    self.subject = subject
    self.code = code
    self.exit = exit
    self.time = time
    self.faults = faults
  }

  /// The same as on standard output with `--format json`.
  public var json: JSON { ErrorReport.json(code: code, faults) }

  var errors: [Diagnostic] { faults.filter { $0.severity == .error } }

  /// `manifest.yaml:3:7: message`, then what helps.
  static func sentence(_ fault: Diagnostic) -> String {
    let place = fault.mark.map { "\(fault.file):\($0.line):\($0.column)" } ?? fault.file
    return "\(place): \(fault.message)" + (fault.hint.map { "; help: \($0)" } ?? "")
  }
}

extension JUnitReport {
  /// A suite with a case for each fault; a warning is a case that passed.
  public static func text(_ refusal: Refusal) -> String {
    let counts =
      Markup.attribute("tests", String(refusal.faults.count)) + Markup.attribute("failures", "0")
      + Markup.attribute("errors", String(refusal.errors.count))
      + Markup.attribute("time", "0.000")
    let name = Markup.attribute("name", refusal.subject)
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites\(name)\(counts)>\n"
    let started = String(Clock.timestamp(refusal.time).dropLast())
    text += "  <testsuite\(name)\(counts)" + Markup.attribute("timestamp", started) + ">\n"
    for fault in refusal.faults {
      let sentence = Refusal.sentence(fault)
      text += "    <testcase" + Markup.attribute("classname", fault.file)
      text += Markup.attribute(
        "name", fault.mark.map { "\(fault.rule) at line \($0.line)" } ?? fault.rule)
      text += Markup.attribute("time", "0.000") + ">\n"
      if fault.severity == .error {
        text += "      <error" + Markup.attribute("message", sentence)
        text += Markup.attribute("type", fault.rule) + "/>\n"
      } else {
        text += "      <system-out>\(Markup.escaped(Printable.escaped(sentence)))</system-out>\n"
      }
      text += "    </testcase>\n"
    }
    return text + "  </testsuite>\n</testsuites>\n"
  }
}

extension MarkdownReport {
  /// The faults as a list.
  public static func text(_ refusal: Refusal) -> String {
    var text = "## ✗ \(plain(refusal.subject)): not applied\n\n"
    for fault in refusal.faults {
      text += "- **\(fault.severity.rawValue)** \(plain(Refusal.sentence(fault)))\n"
    }
    return text + "\nNothing was changed.\n"
  }
}

extension HTMLReport {
  /// A page with the faults, the first line of each with its caret.
  public static func text(_ refusal: Refusal) -> String {
    let escape = HTMLPage.escape
    var body = HTMLPage.header(
      refusal.subject, badge: "✗ not applied", isGood: false, hasDetails: false)
    body += """
      <main id="content" tabindex="-1">
      <p class="next" role="status">Nothing was changed: the exit code is \(refusal.exit).</p>
      <h2>Faults</h2>

      """
    for fault in refusal.faults {
      let isError = fault.severity == .error
      body += "<section class=\"card inner\"><h3 class=\"\(isError ? "bad" : "odd")\">"
      body += "\(isError ? "✗" : "!") \(escape(fault.message))</h3>\n"
      let place = fault.mark.map { ":\($0.line):\($0.column)" } ?? ""
      body += "<p class=\"faint\">\(escape(fault.file + place)), \(escape(fault.rule))</p>\n"
      if !fault.excerpt.isEmpty, let mark = fault.mark {
        let before = String(repeating: " ", count: (fault.caret ?? mark.column) - 1)
        let carets = String(repeating: "^", count: fault.width)
        body += "<pre class=\"code\" tabindex=\"0\">\(escape(fault.excerpt))\n"
        body += "\(before)\(carets)</pre>\n"
      }
      if let hint = fault.hint { body += "<p>help: \(escape(hint))</p>\n" }
      body += "</section>\n"
    }
    return HTMLPage.text(title: "\(refusal.subject): not applied", body: body + "</main>\n")
  }
}
