import Testing
import YAMLTree

@Suite struct LimitTests {
  @Test func refusesManyBracketsAtTheThirtyThird() {
    let (document, faults) = read(String(repeating: "[", count: 200_000))
    #expect(document == nil)
    #expect(faults.map(\.rule) == ["depth"])
    #expect(faults[0].mark == Mark(line: 1, column: 33))
  }

  @Test func refusesManyDashesAtTheThirtyThird() {
    let faults = read(String(repeating: "- ", count: 200_000) + "a").faults
    #expect(faults.map(\.rule) == ["depth"])
  }

  @Test func refusesBracketsThatHideInQuotes() {
    let faults = read("a: 'b': " + String(repeating: "[", count: 200_000)).faults
    #expect(faults.map(\.rule) == ["text-after-quote"])
  }

  @Test func refusesALargeTextUnread() {
    let (document, faults) = read("a: b\nc: d\n", limits: Limits(manifest: 9))
    #expect(document == nil)
    #expect(faults.map(\.message) == ["the text has 10 bytes, more than 9 bytes"])
  }

  @Test func refusesALargeContent() {
    // As base64 a file of eight bytes has twelve signs, and a newline.
    #expect(read("a: |\n  123456789012\n", limits: Limits(file: 8)).faults.isEmpty)
    let faults = read("a: |\n  1234567890123\n", limits: Limits(file: 8)).faults
    #expect(faults.map(\.rule) == ["file-size"])
    #expect(faults.map(\.message) == ["the text has 14 bytes, more than 8 bytes"])
    #expect(read("a: |\n  1\n", limits: Limits(file: .max)).faults.isEmpty)
  }

  @Test func readsALineOfManyMegabytes() throws {
    let text = "a: '" + String(repeating: "x", count: 2_000_000) + "'\n"
    #expect(try #require(read(text).document).root.width > 0)
  }

  @Test func keepsSoManyFaults() {
    let source = SourceText(
      name: "m.yaml", bytes: Array(String(repeating: "a: `b`\n", count: 2_000).utf8))
    let diagnostics = Diagnostics(source)
    _ = Document.read(source, into: diagnostics)
    #expect(diagnostics.all.count == Diagnostics.limit)
    #expect(diagnostics.omitted > 1_000)
  }

  @Test func refusesABinaryFileOnce() {
    let faults = read((0..<4_000).map { UInt8(truncatingIfNeeded: $0 &* 37) }).faults
    #expect(faults.count == 20)
    #expect(faults.allSatisfy { $0.severity == .error })
  }

  @Test func namesOtherEncodings() {
    let utf16 = "a: b\n".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    #expect(read(utf16).faults.map(\.message) == ["the text is in UTF-16"])
    #expect(read([0xFF, 0xFE] + utf16).faults.map(\.message) == ["the text is in UTF-16"])
    #expect(
      read([0, 0, 0xFE, 0xFF, 0, 0, 0, 0x61]).faults.map(\.message) == ["the text is in UTF-32"])
  }

  @Test func namesTheOffsetOfInvalidBytes() {
    let fault = read([0x61, 0x3A, 0x20, 0xC3, 0x28, 0x0A]).faults[0]
    #expect(fault.message == "the byte 0xC3 at offset 3 is not UTF-8")
    #expect(fault.mark == Mark(line: 1, column: 4))
  }

  /// Wherever it stands: bytes are looked at in blocks.
  @Test(arguments: [0x00, 0x08, 0x0B, 0x1F, 0x7F, 0x85] as [UInt8])
  func namesTheOffsetOfEachControl(byte: UInt8) {
    let isControl = byte < 0x80
    for offset in 3..<200 {
      var bytes = Array("a: ".utf8) + [UInt8](repeating: 0x62, count: 200) + [0x0A]
      bytes[offset] = byte
      let faults = read(bytes).faults
      #expect(faults.map(\.rule) == [isControl ? "control-character" : "invalid-utf8"])
      #expect(faults.first?.mark == Mark(line: 1, column: offset + 1))
    }
  }

  @Test func saysWhatWasLeftOut() {
    let notes = read([0xEF, 0xBB, 0xBF] + Array("a: b\r\n".utf8)).faults
    #expect(notes.map(\.rule) == ["byte-order-mark", "crlf"])
    #expect(notes.allSatisfy { $0.severity == .note })
  }
}

extension LimitTests {
  @Test func errorsAreNotCrowdedOutByWarnings() {
    let diagnostics = Diagnostics(SourceText(name: "m", bytes: []))
    for line in 1...(Diagnostics.limit + 1) {
      diagnostics.report(.warning, "w", "\(line)", at: Mark(line: line, column: 1))
    }
    diagnostics.error("e", "wrong", at: nil)
    #expect(diagnostics.all.count == Diagnostics.limit + 1)
    #expect(diagnostics.all.last?.rule == "e")
    #expect(diagnostics.omitted == 1)
  }
}
