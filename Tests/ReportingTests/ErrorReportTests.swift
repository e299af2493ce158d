import Reporting
import Testing

/// An error that is folded stays in its columns.
@Suite struct ErrorReportTests {
  private let plain = Style(isColored: false)

  @Test func aTerminalFoldsIt() {
    let text = ErrorReport.text(
      message: "no run of this tree is in the ledger", hint: "mtor log --all lists those of others",
      plain, width: 30)
    #expect(
      text == """
        error: no run of this tree is
               in the ledger
         = help: mtor log --all lists
                 those of others

        """)
  }

  @Test func aFileDoesNot() {
    let text = ErrorReport.text(
      message: String(repeating: "long ", count: 40), hint: nil, plain)
    #expect(text.split(separator: "\n").count == 1)
  }

  @Test func whatCannotBeSeenIsEscaped() {
    #expect(
      ErrorReport.text(message: "a\u{1B}[31m", hint: "b\u{7}", plain, width: 80)
        == "error: a\\u{1B}[31m\n = help: b\\u{7}\n")
  }
}
