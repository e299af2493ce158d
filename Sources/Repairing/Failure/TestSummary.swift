/// A program that runs tests and says at its end how many.
public enum TestRunner: String, Sendable, Hashable, CaseIterable {
  case pytest, unittest
  case goTest = "go test"
  case cargoTest = "cargo test"
  case swiftTest = "swift test"
  case jest, vitest
  case junit = "JUnit XML"

  /// The runner that a command's text names, if it names one.
  public init?(command: String) {
    let words = command.split { " \t\n;&|()\"'".contains($0) }.map(String.init)
    func names(_ first: String, _ second: String) -> Bool {
      zip(words, words.dropFirst()).contains {
        ($0 == first || $0.hasSuffix("/" + first)) && $1 == second
      }
    }
    func names(_ word: String) -> Bool {
      words.contains { $0 == word || $0.hasSuffix("/" + word) }
    }
    if names("pytest") || names("py.test") {
      self = .pytest
    } else if names("unittest") {
      self = .unittest
    } else if names("go", "test") {
      self = .goTest
    } else if names("cargo", "test") || names("cargo", "t") {
      self = .cargoTest
    } else if names("swift", "test") {
      self = .swiftTest
    } else if names("vitest") {
      self = .vitest
    } else if names("jest") {
      self = .jest
    } else {
      return nil
    }
  }
}

/// What a test runner says at its end.
public struct TestSummary: Hashable, Sendable {
  public var runner: TestRunner
  /// Tests that ran, failed ones included, skipped ones not.
  public var executed: Int
  public var failed: Int
  public var skipped: Int
  /// The names of failing tests, as far as the output has them.
  public var failing: Set<String>

  public init(
    _ runner: TestRunner, executed: Int, failed: Int, skipped: Int, failing: Set<String> = []
  ) {
    self.runner = runner
    self.executed = executed
    self.failed = failed
    self.skipped = skipped
    self.failing = failing
  }

  /// The complete summary in an output; nil where there is none.
  ///
  /// With a runner only its own summary is looked for: a program under test may print another's.
  public init?(in text: String, by runner: TestRunner? = nil) {
    let lines = text.split(separator: "\n")
    let runners = runner.map { [$0] } ?? TestRunner.allCases
    for candidate in runners {
      if let summary = SummaryReader(lines: lines).read(candidate) {
        self = summary
        return
      }
    }
    return nil
  }
}

/// Whether a passing command may be believed, by the summaries before and after.
public enum SummaryGate {
  public enum Verdict: Hashable, Sendable {
    case believed
    /// No known runner: the report says `count: unknown`.
    case unknown
    /// The tests were weakened, with the reason.
    case weakened(String)
  }

  /// `runner` is the one that the command names; `before` is what failed, `after` what passed.
  public static func judge(
    runner: TestRunner?, before: TestSummary?, after: TestSummary?
  ) -> Verdict {
    guard let after else {
      if let known = runner ?? before?.runner {
        return .weakened("the summary of \(known.rawValue) is missing")
      }
      return .unknown
    }
    if after.executed < 1 { return .weakened("no test was executed") }
    guard let before, before.runner == after.runner else { return .believed }
    if after.executed < before.executed {
      return .weakened("\(after.executed) tests were executed, \(before.executed) before")
    }
    if after.skipped > before.skipped {
      return .weakened("\(after.skipped) tests were skipped, \(before.skipped) before")
    }
    return .believed
  }
}
