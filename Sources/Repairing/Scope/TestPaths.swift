import Platform

/// What by its name is a test, or decides how tests and builds run: a repair must not bend the
/// measure. A manifest opens one by writing out its path in `allow`.
enum TestPaths {
  private static let folders: Set<String> = [
    "test", "tests", "__tests__", "spec", "specs", "testdata", "__snapshots__", "__mocks__",
    "fixtures", "e2e", "testing",
  ]

  /// Files that say how tests and builds run, by their whole name.
  private static let steering: Set<String> = [
    "makefile", "gnumakefile", "justfile", "taskfile.yml", "rakefile", "package.json",
    "package-lock.json", "deno.json", "tsconfig.json", "composer.json", "gemfile", "pytest.ini",
    ".pytest.ini", "tox.ini", "setup.cfg", "setup.py", "pyproject.toml", "noxfile.py",
    "sitecustomize.py", "usercustomize.py", ".coveragerc", "cargo.toml", "build.rs", "go.mod",
    "go.sum", "go.work", "package.swift", "cmakelists.txt", "meson.build", "build.gradle",
    "build.gradle.kts", "settings.gradle", "pom.xml", "build.sbt", "mix.exs", "dockerfile",
    "docker-compose.yml", "compose.yaml", "phpunit.xml", ".rspec", ".mocharc.json",
    ".mocharc.js", ".mocharc.yml", ".babelrc", ".swcrc",
  ]

  private static let steeringPrefixes = [
    "jest.config.", "jest.setup.", "vitest.config.", "vitest.setup.", "vite.config.",
    "karma.conf.", "playwright.config.", "cypress.config.", "babel.config.", "webpack.config.",
  ]

  static func contains(_ path: RelativePath) -> Bool {
    let parts = path.components.map { $0.lowercased() }
    guard let last = path.components.last, let name = parts.last else { return false }
    if parts.dropLast().contains(where: { folders.contains($0) || $0.hasSuffix(".tests") }) {
      return true
    }
    return steering.contains(name) || steeringPrefixes.contains { name.hasPrefix($0) }
      || name.hasSuffix(".snap") || name.hasSuffix(".pth") || isTest(last)
  }

  /// `test_x.py`, `x_test.go`, `x.spec.ts`, `XTests.swift`, `test.js` and their like.
  private static func isTest(_ name: Substring) -> Bool {
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return false }
    let stem = name[..<dot]
    let lower = stem.lowercased()
    let words = ["test", "tests", "spec", "specs", "unittest"]
    if words.contains(lower) || lower.hasPrefix("test_") || lower.hasPrefix("test-") {
      return true
    }
    for word in words {
      for mark in ["_", "-", "."] where lower.hasSuffix(mark + word) { return true }
    }
    // Camel case: `GreeterTests`, but not `Latest` or `Contest`.
    return ["Test", "Tests", "Spec", "TestCase"].contains { word in
      stem.hasSuffix(word)
        && stem.dropLast(word.count).last.map { $0.isLowercase || $0.isNumber }
          ?? false
    }
  }
}
