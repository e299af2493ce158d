import Platform
import Testing

@Suite struct GlobTests {
  @Test(arguments: [
    ("*.py", "a.py", true), ("*.py", "b/a.py", false), ("*.py", ".py", true),
    ("**/*.py", "a.py", true), ("**/*.py", "b/c/a.py", true), ("src/**", "src/a/b", true),
    ("src/**", "src", false), ("src/**/x", "src/x", true), ("src/**/x", "src/a/b/x", true),
    ("src/**/x", "src/ax", false), ("a?c", "abc", true), ("a?c", "a/c", false),
    ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false), ("[^a-c]x", "dx", true),
    ("[]]", "]", true), ("[a-]", "-", true), ("{a,b/c}.h", "b/c.h", true),
    ("{a,{b,c}}", "c", true), ("{a,{b,c}}", "d", false), ("a**b", "axxb", true),
    ("a**b", "a/b", false), ("**", "a/b", true), ("a/*/c", "a/b/c", true),
    ("a/*/c", "a/b/d/c", false), ("é?", "éx", true),
  ])
  func matching(pattern: String, path: String, expected: Bool) throws {
    #expect(try Glob(pattern).matches(path) == expected)
  }

  @Test(arguments: [
    ("", "the pattern is empty"), ("{a", "a '{' without '}'"), ("a}", "a '}' without '{'"),
    ("[a", "a '[' without ']'"), ("[z-a]", "the range 'z-a' is the wrong way round"),
  ])
  func faults(pattern: String, message: String) {
    #expect(throws: Glob.Fault(message: message)) { try Glob(pattern) }
  }

  @Test func bracesAreBounded() {
    let pattern = String(repeating: "{a,b}", count: 30)
    #expect(throws: Glob.Fault(message: "the braces stand for more than 1024 patterns")) {
      try Glob(pattern)
    }
  }

  /// A backtracking matcher would need longer than the universe for it.
  @Test func starsDoNotExplode() throws {
    let pattern = String(repeating: "a*", count: 60) + "b"
    #expect(try !Glob(pattern).matches(String(repeating: "a", count: 3000)))
  }

  @Test func literal() throws {
    #expect(try Glob("a/b.c").isLiteral)
    #expect(try !Glob("a/*").isLiteral)
  }
}
