import Platform
import Testing

@Suite struct JSONTests {
  @Test(arguments: [
    "null", "true", "false", "0", "-1", "9223372036854775807", "1.5", "\"\"", "\"é😀\"", "[]",
    "{}", "[1,[2,{\"a\":null}]]", "{\"b\":1,\"a\":2}", "{\"é\":1,\"e\u{301}\":2}",
  ])
  func canonicalTextIsWrittenAsItWasRead(text: String) throws {
    #expect(try JSON(parsing: text).text() == text)
  }

  @Test func escapesAreRead() throws {
    let text =
      #"  [ "\"\\\/\b\f\n\r\t\u0041\ud83d\ude00" , 1e3 , -0 , 1E-2 , 10000000000000000000000 ] "#
    let expected: [JSON] = [
      .string("\"\\/\u{8}\u{C}\n\r\tA😀"), .number(1000), .number(-0.0), .number(0.01),
      .number(1e22),
    ]
    #expect(try JSON(parsing: text) == .array(expected))
  }

  @Test func nothingWrittenCanMoveACursor() {
    let hostile: JSON = ["k\u{1B}": "a\u{1B}[2J\u{7F}\u{9B}\u{202E}\u{200B}\u{FEFF}\n\"\\"]
    #expect(
      hostile.text()
        == #"{"k\u001b":"a\u001b[2J\u007f\u009b\u202e\u200b\ufeff\n\"\\"}"#)
  }

  @Test func prettyTextHasOneMemberALine() {
    let value: JSON = ["a": [1, 2], "b": [:], "c": ["d": 0.5], "e": []]
    #expect(
      value.text(.pretty) == """
        {
          "a": [
            1,
            2
          ],
          "b": {},
          "c": {
            "d": 0.5
          },
          "e": []
        }
        """)
  }

  @Test func numbersThatAreNoneBecomeNull() {
    #expect(
      JSON.array([.number(.nan), .number(.infinity), .number(1e20)]).text() == "[null,null,1e+20]")
  }

  @Test(arguments: [
    ("", "line 1, column 1: the text ends where a value is expected"),
    ("{\"a\":1,\n \"é\" 2}", "line 2, column 6: '2' where ':' is expected"),
    ("{\"a\":1,\"\\u0061\":2}", "line 1, column 8: the key 'a' stands twice in one object"),
    ("[1,]", "line 1, column 4: ']' where a value is expected"),
    ("[1 2]", "line 1, column 4: '2' where ',' or ']' is expected"),
    ("{a:1}", "line 1, column 2: 'a' where a key is expected"),
    ("01", "line 1, column 1: a number begins with a superfluous 0"),
    ("1.", "line 1, column 3: the text ends where a digit is expected"),
    ("+1", "line 1, column 1: '+' where a value is expected"),
    ("1e999", "line 1, column 1: a number is too large"),
    ("NaN", "line 1, column 1: 'N' where a value is expected"),
    ("tru", "line 1, column 1: 't' where a value is expected"),
    ("\"a\nb\"", "line 1, column 3: a raw control character in a string"),
    ("\"abc", "line 1, column 1: a string is not closed"),
    ("\"\\", "line 1, column 2: a string is not closed"),
    ("\"\\x\"", "line 1, column 2: an unknown escape in a string"),
    ("\"\\u12g4\"", "line 1, column 2: \\u needs four hexadecimal digits"),
    ("\"\\ud800\"", "line 1, column 2: half of a surrogate pair in a string"),
    ("\"\\ud800\\u0041\"", "line 1, column 2: half of a surrogate pair in a string"),
    ("\"\\udc00\"", "line 1, column 2: half of a surrogate pair in a string"),
    ("\u{FEFF}1", "line 1, column 1: the text begins with a byte order mark"),
    ("1 1", "line 1, column 3: '1' after the end of the value"),
    ("1\u{1B}", "line 1, column 2: an unexpected character after the end of the value"),
    ("'a'", "line 1, column 1: ''' where a value is expected"),
  ])
  func faultsNameTheirPlace(text: String, message: String) {
    let fault = #expect(throws: JSONError.self) { try JSON(parsing: text) }
    #expect(fault?.description == message)
  }

  @Test func invalidUTF8IsRefused() {
    for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] {
      #expect(throws: JSONError.self) { try JSON(parsing: [0x22] + bytes + [0x22]) }
    }
  }

  @Test func depthIsLimited() throws {
    func nest(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(throws: Never.self) { try JSON(parsing: nest(64)) }
    let fault = #expect(throws: JSONError.self) { try JSON(parsing: nest(65)) }
    #expect(fault?.message == "nesting is deeper than 64")
    #expect(fault?.offset == 64)
    #expect(throws: JSONError.self) {
      try JSON(parsing: String(repeating: "[", count: 1_000_000))
    }
    #expect(throws: Never.self) { try JSON(parsing: nest(100), depthLimit: 100) }
  }

  @Test func manyKeysAreCheckedForDuplicates() throws {
    let keys = (0..<2000).map { "\"k\($0)\":\($0)" }
    let whole = try JSON(parsing: "{" + keys.joined(separator: ",") + "}")
    #expect(whole["k1999"] == 1999)
    #expect(throws: JSONError.self) {
      try JSON(parsing: "{" + keys.joined(separator: ",") + ",\"k3\":0}")
    }
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = SplitMix(state: seed)
    for _ in 0..<500 {
      let value = Self.randomValue(&random, depth: 4)
      #expect(try JSON(parsing: value.bytes()) == value, "seed \(seed)")
      #expect(try JSON(parsing: value.bytes(.pretty)) == value, "seed \(seed)")
    }
  }

  private static func randomValue(_ random: inout SplitMix, depth: Int) -> JSON {
    switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &random))
    case 2: return .integer(Int.random(in: .min ... .max, using: &random))
    case 3: return .number(Double.random(in: -1e9...1e9, using: &random).nextUp)
    case 4: return .string(randomText(&random))
    case 5:
      return .array(
        (0..<Int.random(in: 0..<5, using: &random)).map { _ in
          randomValue(&random, depth: depth - 1)
        })
    default:
      return .object(
        (0..<Int.random(in: 0..<5, using: &random)).map { index in
          JSON.Member("\(index)" + randomText(&random), randomValue(&random, depth: depth - 1))
        })
    }
  }

  private static func randomText(_ random: inout SplitMix) -> String {
    var text = ""
    for _ in 0..<Int.random(in: 0..<12, using: &random) {
      let limit: UInt32 = Bool.random(using: &random) ? 0x80 : 0x1_0FFFF
      if let scalar = Unicode.Scalar(UInt32.random(in: 0...limit, using: &random)) {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}

/// A small seeded generator (splitmix64), so that a failure can be repeated.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
