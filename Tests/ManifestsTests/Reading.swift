import Manifests
import YAMLTree

/// A manifest's text read in a test.
enum Reading {
  /// The example of the format's own page.
  static let greeter = """
    # yaml-language-server: $schema=../schemas/manifest.schema.json
    mtor: 1                          # format version, required
    name: add-greeter                # required, [a-z0-9][a-z0-9._-]{0,62}
    description: "Greets people by name."
    env: {PYTHONDONTWRITEBYTECODE: "1"}
    setup:                           # before the first step
      - {run: "python3 -m venv .venv", creates: .venv}
    steps:
      - id: greeter                  # required, unique
        intent: "A pure function; no I/O."
        files:
          - path: app/greeter.py
            content: |
              def greet(name: str) -> str:
                  return f"Hello, {name}!"
          - path: app/__init__.py
            edit: |
              <<<<<<< SEARCH
              __all__ = []
              =======
              from app.greeter import greet
              __all__ = ["greet"]
              >>>>>>> REPLACE
        tests:
          - python3 -m pytest -q tests/test_greeter.py
    verify:                          # after the last step: the regression gate
      - python3 -m pytest -q
    commit: "Add a greeter"
    ...

    """

  static func manifest(
    _ text: String, options: ManifestReader.Options = .init()
  ) throws(DiagnosticList) -> Manifest {
    try ManifestReader.read(SourceText(name: "m.yaml", bytes: Array(text.utf8)), options: options)
      .manifest
  }

  /// Everything that is said about a text, in its order.
  static func diagnostics(of text: String, options: ManifestReader.Options = .init())
    -> [Diagnostic]
  {
    let source = SourceText(name: "m.yaml", bytes: Array(text.utf8))
    do throws(DiagnosticList) {
      return try ManifestReader.read(source, options: options).warnings
    } catch { return error.all }
  }

  /// The ids of the rules that a text breaks.
  static func rules(of text: String, options: ManifestReader.Options = .init()) -> [String] {
    diagnostics(of: text, options: options).map(\.rule)
  }

  /// Everything that is said about a text: `line:column: severity rule: message`, and the hint
  /// after ` => `.
  static func said(of text: String, options: ManifestReader.Options = .init()) -> [String] {
    diagnostics(of: text, options: options).map { diagnostic in
      let place = diagnostic.mark.map { "\($0.line):\($0.column): " } ?? ""
      return place + "\(diagnostic.severity.rawValue) \(diagnostic.rule): \(diagnostic.message)"
        + (diagnostic.hint.map { " => \($0)" } ?? "")
    }
  }

  /// A whole manifest with one step of such files, `files` being the items of the list.
  static func withFiles(_ files: String) -> String {
    "mtor: 1\nname: m\nsteps:\n  - id: s\n    files:\n" + indented(files, by: 6) + "...\n"
  }

  /// A whole manifest with one step of such tests.
  static func withTests(_ tests: String) -> String {
    "mtor: 1\nname: m\nsteps:\n  - id: s\n    tests:\n" + indented(tests, by: 6) + "...\n"
  }

  private static func indented(_ text: String, by width: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.isEmpty ? "\n" : String(repeating: " ", count: width) + $0 + "\n"
    }.joined()
  }
}
