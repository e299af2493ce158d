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
}
