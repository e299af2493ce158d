import Platform
import Testing

@Suite struct PrintableTests {
  @Test(arguments: [
    ("plain text", "plain text"), ("ü €😀", "ü €😀"),
    ("a\u{1B}[31mb\u{7}", "a\\u{1B}[31mb\\u{7}"), ("a\nb\tc\r", "a\\nb\\tc\\r"),
    ("\u{202E}x\u{200B}", "\\u{202E}x\\u{200B}"), ("\u{9B}2J", "\\u{9B}2J"),
  ])
  func namesShowWhatTheyAre(text: String, shown: String) {
    #expect(Printable.escaped(text) == shown)
  }

  @Test(
    arguments: [
      (Array("a\tb\n\u{1B}[0m\r".utf8), "a\tb\n\\u{1B}[0m\\r"),
      // Latin-1: one bad byte costs its neighbours nothing, and no line end.
      ([0x63, 0x61, 0x66, 0xE9, 0x0A, 0x78], "caf\\xE9\nx"),
      ([0xFF, 0xFE, 0x0A], "\\xFF\\xFE\n"),
      ([0xE2, 0x82], "\\xE2\\x82"), ([0xE2, 0x82, 0x41], "\\xE2\\x82A"),
      ([0xC0, 0xAF], "\\xC0\\xAF"), ([0xED, 0xA0, 0x80, 0x0A], "\\xED\\xA0\\x80\n"),
      ([0xF0, 0x9F, 0x98, 0x80], "😀"), ([], ""),
    ] as [([UInt8], String)])
  func outputsKeepTheirLines(bytes: [UInt8], shown: String) {
    #expect(Printable.output(bytes) == shown)
  }

  /// Like the standard library's decoder, whatever the bytes are: of each kind of lead byte, cut off
  /// and continued, and of what stands between.
  @Test func outputsAreDecodedAsByTheStandardLibrary() {
    let parts: [UInt8] = [
      0x00, 0x09, 0x0A, 0x1B, 0x41, 0x7E, 0x7F, 0x80, 0x8B, 0x9F, 0xA0, 0xA8, 0xBF,
      0xC0, 0xC2, 0xDF, 0xE0, 0xE2, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF,
    ]
    for a in parts {
      for b in parts {
        for c in parts {
          for bytes in [[a, b, c], [a, b, c, 0xA8], [a, b, c, 0x80, 0x41]] {
            #expect(Printable.output(bytes) == reference(bytes))
          }
        }
      }
    }
  }

  private func reference(_ bytes: [UInt8]) -> String {
    var result = ""
    var rest = bytes[...]
    while let first = rest.first {
      let length = (1...4).first { rest.count >= $0 && text(rest.prefix($0)) != nil }
      guard let length, let scalar = text(rest.prefix(length)) else {
        result += "\\x" + (first < 16 ? "0" : "") + String(first, radix: 16, uppercase: true)
        rest = rest.dropFirst()
        continue
      }
      let isKept = scalar == "\n" || scalar == "\t"
      result += isKept ? scalar : Printable.escaped(scalar)
      rest = rest.dropFirst(length)
    }
    return result
  }

  private func text(_ bytes: ArraySlice<UInt8>) -> String? {
    String(validating: bytes, as: UTF8.self).flatMap { $0.unicodeScalars.count == 1 ? $0 : nil }
  }
}
