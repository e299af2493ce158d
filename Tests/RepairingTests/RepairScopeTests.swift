import Manifests
import Platform
import Testing

@testable import Repairing

func path(_ text: String) -> RelativePath {
  do { return try RelativePath(text) } catch { preconditionFailure(error.message) }
}

func scope(
  allow: [String]? = nil, deny: [String] = [], own: [String] = [], frozen: [String] = [],
  gitFolders: [String] = []
) throws -> RepairScope {
  var policy = RepairPolicy()
  policy.allow = allow
  policy.deny = deny
  return try RepairScope(
    policy: policy, own: own.map(path), frozen: frozen.map(path),
    gitFolders: gitFolders.map(path))
}

struct RepairScopeTests {
  @Test func withoutAllowTheStepsOwnFilesAreOpen() throws {
    let scope = try scope(own: ["app/a.py", "tests/test_a.py", "Makefile"])
    #expect(scope.decision(path("app/a.py")) == .allowed)
    #expect(scope.decision(path("app/b.py")) == .outside)
    #expect(scope.decision(path("tests/test_a.py")) == .test)
    #expect(scope.decision(path("Makefile")) == .test)
    #expect(scope.editable == [path("app/a.py")])
  }

  @Test func allowReplacesTheOwnFiles() throws {
    let scope = try scope(allow: ["lib/**", "tests/test_a.py"], own: ["app/a.py"])
    #expect(scope.decision(path("app/a.py")) == .outside)
    #expect(scope.decision(path("lib/x/y.py")) == .allowed)
    #expect(scope.decision(path("lib/test_y.py")) == .test)
    #expect(scope.decision(path("tests/test_a.py")) == .allowed)
  }

  @Test func eachRuleGoesBeforeTheNext() throws {
    let scope = try scope(
      allow: ["**", "conftest.py", "a.py", "b.py", "tests/t.py"], deny: ["b.*"], frozen: ["a.py"])
    #expect(scope.decision(path("conftest.py")) == .protected)
    #expect(scope.decision(path("a.py")) == .frozen)
    #expect(scope.decision(path("b.py")) == .denied("b.*"))
    #expect(scope.decision(path("tests/t.py")) == .allowed)
    #expect(scope.decision(path("tests/u.py")) == .test)
    #expect(scope.decision(path("c.py")) == .allowed)
  }

  @Test(arguments: [
    ".github/workflows/ci.yml", "sub/.GitHub/workflows/ci.yml", ".mtor/config.yaml",
    ".MTOR/coaching/a.yaml", ".gitlab-ci.yml", "Jenkinsfile", ".husky/pre-commit",
    ".vscode/tasks.json", ".claude/settings.json", "CLAUDE.md", "sub/AGENTS.md", ".envrc",
    ".mcp.json", "conftest.py", "a/b/ConfTest.py", ".aider.conf.yml", ".gitattributes",
    "x.code-workspace", ".pre-commit-config.yaml", "real-git/hooks/post-checkout",
  ])
  func noAllowOpensWhatIsProtected(_ text: String) throws {
    let scope = try scope(allow: ["**", text], own: [text], gitFolders: ["real-git"])
    #expect(scope.decision(path(text)) == .protected)
  }

  @Test(arguments: [
    "test_a.py", "a/a_test.go", "src/a.test.ts", "src/a.spec.jsx", "Sources/GreeterTests.swift",
    "GreeterTest.java", "tests/helper.py", "src/__tests__/a.js", "spec/a_spec.rb", "test.js",
    "testdata/x.json", "My.Tests/A.cs", "package.json", "Cargo.toml", "jest.config.js",
    "pytest.ini", "pyproject.toml", "x/site.pth", "a/__snapshots__/b.snap", "sitecustomize.py",
    "foo_unittest.cc",
  ])
  func testsAndWhatSteersThemAreClosedToGlobs(_ text: String) throws {
    #expect(try scope(allow: ["**"]).decision(path(text)) == .test)
    #expect(try scope(own: [text]).decision(path(text)) == .test)
    #expect(try scope(allow: [text]).decision(path(text)) == .allowed)
  }

  @Test(arguments: [
    "latest.py", "contest.rb", "src/attest.go", "Latest.swift", "protest_song.py", "inspect.py",
    "app/specification.md", "greatest/a.py",
  ])
  func lookAlikesAreNoTests(_ text: String) throws {
    #expect(try scope(own: [text]).decision(path(text)) == .allowed)
  }

  @Test func aStepsPolicyGoesOverTheManifests() {
    var base = RepairPolicy()
    base.deny = ["a"]
    base.tokens = 100
    base.attempts = 3
    base.allow = ["x"]
    var step = RepairPolicy()
    step.deny = ["b"]
    step.tokens = 500
    step.usd = 1
    step.allow = ["y"]
    let merged = step.over(base)
    #expect(merged.deny == ["a", "b"])
    #expect(merged.tokens == 100)
    #expect(merged.usd == 1)
    #expect(merged.attempts == 3)
    #expect(merged.allow == ["y"])
  }
}
