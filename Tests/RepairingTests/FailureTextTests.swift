import Platform
import Testing

@testable import Repairing

private func failure(_ text: String) -> FailureText {
  FailureText(output: Array(text.utf8), exit: "exit code 1")
}

struct FailureTextTests {
  private static let essences: [(String, String)] = [
    (
      "F\n======\nFAIL: test_it\n------\nTraceback (most recent call last):\n"
        + "  File \"/x/test_a.py\", line 7, in test_it\n    self.assertEqual(add(2, 3), 5)\n"
        + "    ~~~~~~^^^^^\nAssertionError: -1 != 5\n\n------\nRan 1 test in 0.001s\n",
      "self.assertEqual(add(2, 3), 5)\nAssertionError: -1 != 5"
    ),
    (
      "Traceback (most recent call last):\n  File \"/x/test_a.py\", line 7, in test_it\n"
        + "    self.assertTrue(shout('a') == 'A')\n  File \"/x/a.py\", line 2, in shout\n"
        + "    return text.uper()\nAttributeError: 'str' object has no attribute 'uper'\n",
      "self.assertTrue(shout('a') == 'A')\nAttributeError: 'str' object has no attribute 'uper'"
    ),
    (
      "    def test_a():\n>       assert f(1) == 2\nE       assert 3 == 2\n"
        + "E        +  where 3 = f(1)\n",
      "assert f(1) == 2\nE       assert 3 == 2\nE        +  where 3 = f(1)"
    ),
    (
      "thread 'a' panicked at src/lib.rs:5:9:\nassertion `left == right` failed\n  left: 1\n right: 2\n",
      "thread 'a' panicked at src/lib.rs:5:9:\nassertion `left == right` failed\nleft: 1\nright: 2"
    ),
    ("\n", ""),
  ]

  @Test(arguments: essences)
  func theEssenceIsTheFailingCallWithItsValues(_ output: String, _ expected: String) {
    #expect(failure(output).essence == expected)
  }

  private static let outputs: [(String, String)] = [
    (
      "....\n    def test_a():\n>       assert f(1) == 2\nE       assert 3 == 2\nE        +  where 3 = f(1)\n\ntests/test_a.py:4: AssertionError\n",
      "E       assert 3 == 2"
    ),
    (
      "Traceback (most recent call last):\n  File \"a.py\", line 3, in <module>\n    f()\nNameError: name 'f' is not defined\n",
      "NameError: name 'f' is not defined"
    ),
    (
      "building\n/src/a.c:3:5: error: expected ';' before 'return'\n/src/a.c:9:1: error: x\n",
      "/src/a.c:3:5: error: expected ';' before 'return'"
    ),
    ("error[E0308]: mismatched types\n --> src/main.rs:3:5\n", "error[E0308]: mismatched types"),
    (
      "# pkg\n./a.go:12:3: undefined: foo\nFAIL\tpkg [build failed]\n",
      "./a.go:12:3: undefined: foo"
    ),
    ("--- FAIL: TestA (0.00s)\n    a_test.go:9: got 1\nFAIL\n", "--- FAIL: TestA (0.00s)"),
    (
      "running 1 test\nthread 'a' panicked at src/lib.rs:5:9:\nassertion failed\n",
      "thread 'a' panicked at src/lib.rs:5:9:"
    ),
    ("a.ts(3,5): error TS2322: Type 'x'\n", "a.ts(3,5): error TS2322: Type 'x'"),
    ("FAIL a.test.js\n  ● adds › one\n\n    expect(received)\n", "● adds › one"),
    (
      "node:internal\n\nTypeError: x is not a function\n    at a.js:3:4\n",
      "TypeError: x is not a function"
    ),
    ("sh: 1: foo: not found\n", "sh: 1: foo: not found"),
    ("all well\nthis failed somehow\nbye\n", "this failed somehow"),
    ("nothing known\nlast words\n\n", "last words"),
  ]

  @Test(arguments: outputs)
  func findsTheFirstPrimaryError(_ text: String, _ expected: String) {
    #expect(failure(text).primary == expected)
  }

  @Test func terminalSequencesAreTakenAway() {
    let text =
      "\u{1B}[31mE   boom\u{1B}[0m\n\u{1B}]0;owned\u{7}next\n10%\r50%\rdone\n\u{8}\u{202E}x\r\n"
    #expect(
      failure(text).text == "E   boom\nnext\ndone\n\\u{8}\\u{202E}x\n")
  }

  @Test func placesAreFoundInTheirNotations() {
    let text = """
      File "/tmp/x/app/a.py", line 12, in f
      src/b.c:3:5: error: x
      c.ts(7,2): error TS1: y
      http://host:80/ is no place, neither 12:30 nor a:b
      tests/test_a.py:4: AssertionError
      """
    #expect(
      failure(text).places == [
        .init(path: "/tmp/x/app/a.py", line: 12), .init(path: "src/b.c", line: 3),
        .init(path: "c.ts", line: 7), .init(path: "tests/test_a.py", line: 4),
      ])
  }

  private static let pairs: [(String, String, Bool)] = [
    ("/tmp/a1/x/app/a.py:12:3: bad", "/home/me/app/a.py:99:1: bad", true),
    ("object at 0x7f12ab34cd56 failed", "object at 0x55aa00112233 failed", true),
    ("FAIL TestA (0.12s)", "FAIL TestA (3.4s)", true),
    ("id 123e4567-e89b-12d3-a456-426614174000", "id 00000000-e89b-12d3-a456-426614174000", true),
    ("at 2026-01-31T12:30:01Z x", "at 2027-02-01T00:00:59Z x", true),
    ("pid 4711 died, line 9", "pid 12 died, line 1200", true),
    ("digest 0a1b2c3d4e5f60", "digest ffeeddccbbaa00", true),
    ("assert 3 == 2", "assert 4 == 2", false),
    ("name 'f' is not defined", "name 'g' is not defined", false),
    ("a.py: bad", "b.py: bad", false),
    ("expected 1/2 got 1/3", "expected 1/2 got 1/4", false),
    ("x   y", "x y", true),
  ]

  @Test(arguments: pairs)
  func equalFailuresHaveEqualFingerprints(_ a: String, _ b: String, _ equal: Bool) {
    #expect((Fingerprint.normalise(a) == Fingerprint.normalise(b)) == equal)
  }

  @Test func distinctErrorsAreCountedOnce() {
    let text = "a.c:1:1: error: x\nb/a.c:2:2: error: x\na.c:3:3: error: y\n"
    #expect(failure(text).distinctErrors == 2)
    #expect(failure("").fingerprint == "exit code 1")
  }

  /// A record has no carriage return, no bell and no stray byte any more, only what says so.
  @Test(arguments: [
    "error: no\r\n", " 50%\r100%\rerror: no\n", "\u{1B}]0;title\u{7}error: no\n",
    "\u{1B}[31merror: no\u{1B}[0m\n", "error: no\u{200B}\u{FEFF}\n",
    "error: '\\r\\n' no \\u{41} \\xE9\n",
  ])
  func aRecordAndWhatItWasMadeOfHaveOneFingerprint(text: String) {
    for bytes in [Array(text.utf8), Array(text.utf8) + [0xE9, 0x0A], [0xC3] + Array(text.utf8)] {
      #expect(
        FailureText.fingerprint(of: Printable.output(bytes).utf8, exit: "exit code 1")
          == FailureText.fingerprint(of: bytes, exit: "exit code 1"))
    }
    #expect(
      FailureText.fingerprint(of: text.utf8, exit: "exit code 1") != "exit code 1", "says nothing")
  }

  /// What a program only shows as a carriage return has taken nothing from its line.
  @Test(arguments: [
    [
      "AssertionError: got b'HTTP/1.1 first\\r\\n\\r\\n'",
      "AssertionError: got b'HTTP/1.1 second\\r\\n\\r\\n'",
    ],
    ["AssertionError: 'first\\r'", "AssertionError: 'second\\r'"],
    ["AssertionError: first\\x0Dend", "AssertionError: second\\x0Dend"],
    ["AssertionError: \\x1B]first", "AssertionError: \\x1B]second"],
  ])
  func differentFailuresDifferAlsoWhereTheyShowEscapes(texts: [String]) {
    let prints = texts.map { FailureText.fingerprint(of: "\($0)\n".utf8, exit: "exit code 1") }
    #expect(Set(prints).count == texts.count, "\(prints)")
  }
}
