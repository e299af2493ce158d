import Platform
import TestSupport
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
    ("**", "a", true), ("*", "a", false), ("*.py", "a", false), ("src/*", "src", true),
    ("src/*", "src/a", false), ("src/**", "src/a/b", true), ("src/**", "lib", false),
    ("**/x", "a/b", true), ("a/**/x", "a/b", true), ("a/**/x", "b", false), ("{a,b}/c", "b", true),
    ("{a,b/c/d}", "b/c", true), ("{a,b/c/d}", "a", false), ("a", "a", false), ("?/b", "a", true),
  ])
  func lookingBelow(pattern: String, folder: String, expected: Bool) throws {
    #expect(try Glob(pattern).mayMatch(below: folder) == expected)
  }

  /// No folder is left out that has a match in it.
  @Test func whatMatchesIsLookedFor() throws {
    var generator = SeededGenerator(seed: 1)
    let parts = ["a", "b", "*", "**", "?", "{a,b}", "{a,b/c}", "a*", "**a"]
    for _ in 0..<20_000 {
      func chosen(_ words: [String], upTo limit: Int) -> [String] {
        (0...Int.random(in: 0..<limit, using: &generator)).map { _ in
          words[Int.random(in: words.indices, using: &generator)]
        }
      }
      let pattern = chosen(parts, upTo: 4).joined(separator: "/")
      let names = chosen(["a", "b", "c", "ab"], upTo: 5)
      let glob = try Glob(pattern)
      guard glob.matches(names.joined(separator: "/")) else { continue }
      for count in 1..<max(names.count, 1) {
        let folder = names.prefix(count).joined(separator: "/")
        #expect(glob.mayMatch(below: folder), "\(pattern) \(names) \(folder)")
      }
    }
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
