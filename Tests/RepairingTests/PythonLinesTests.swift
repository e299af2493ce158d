import Testing

@testable import Repairing

/// Which lines of a module are code.
@Suite struct PythonLinesTests {
  private func code(_ text: String) -> [String] {
    PythonLines.code(of: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: [
    ("a\nb\n", ["a", "b"]),
    ("\"\"\"\nexit()\n\"\"\"\nb", ["\"\"\"", "", "b"]),
    ("x = '''a\nexit()\n''' + \"\"\"\nexit()\n\"\"\"\nb", ["x = '''a", "+ \"\"\"", "", "b"]),
    ("s = \"\"\"it's \\\"\"\" on\nexit()\n\"\"\"\nb", ["s = \"\"\"it's \\\"\"\" on", "", "b"]),
    ("# it's \"\"\"\nexit()", ["# it's \"\"\"", "exit()"]),
    ("a = \"#\"; b = '\"\"\"'\nexit()", ["a = \"#\"; b = '\"\"\"'", "exit()"]),
    ("a = \"unclosed\nexit()", ["a = \"unclosed", "exit()"]),
    ("a = \"goes \\\nexit()\"\nb", ["a = \"goes \\", "", "b"]),
    ("\"\"\"a\n\"\"\"; exit()", ["\"\"\"a", "; exit()"]),
    ("  \"\"\"a\n\"\"\"; exit()\nb", ["  \"\"\"a", "; exit()", "b"]),
    ("r\"\\\"\nexit()", ["r\"\\\"", "exit()"]),
    ("", []),
  ])
  func stringsOverSeveralLinesAreNoCode(text: String, lines: [String]) {
    #expect(code(text) == lines)
  }
}
