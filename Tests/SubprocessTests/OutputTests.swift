import Glibc
import Platform
import Subprocess
import Testing

@Suite struct OutputTests {
  @Test(arguments: [0, 1, 9, 10, 11, 19, 20, 21, 29, 30, 31, 100])
  func headAndTailAreExact(count: Int) throws {
    var printing = command(.executable("cat", []))
    printing.capture.head = 10
    printing.capture.tail = 10
    let bytes = (0..<count).map { UInt8($0 + 1) }
    printing.input = bytes
    let output = try runner.run(printing).output
    #expect(output.head == Array(bytes.prefix(10)))
    #expect(output.tail == Array(bytes.dropFirst(10).suffix(10)))
    #expect(output.omitted == max(0, count - 20))
    #expect(output.whole == (count <= 20 ? bytes : nil))
  }

  @Test func bytesThatAreNoTextAreKept() throws {
    let output = try runner.run(command(.sh(#"printf '\377\000\303'; printf '\251'"#))).output
    #expect(output.whole == [0xFF, 0, 0xC3, 0xA9])
  }

  @Test func streamsAreKeptApartWhereAsked() throws {
    var apart = command(.sh("echo one; echo two >&2; echo three"))
    apart.capture.separate = 6
    let outcome = try runner.run(apart)
    #expect(outcome.standardOutput == CapturedOutput(head: Array("one\nth".utf8), omitted: 4))
    #expect(outcome.standardError == CapturedOutput(head: Array("two\n".utf8)))
    #expect(outcome.output.whole?.count == 14)
  }

  @Test func linesAreDeliveredWhole() throws {
    var lines: [String] = []
    _ = try runner.run(command(.sh("printf 'a\\nb'; sleep 0.05; printf 'c\\n\\nlast'"))) { line in
      lines.append(String(decoding: line, as: UTF8.self))
    }
    #expect(lines == ["a", "bc", "", "last"])
  }

  @Test func logHoldsTheWholeOutput() throws {
    let path = temporaryFolder() + "/log"
    var long = command(.sh("head -c 300000 /dev/zero; echo end >&2"))
    long.capture.head = 5
    long.capture.tail = 5
    long.capture.log = path
    #expect(try runner.run(long).output.omitted == 300_004 - 10)
    let log = try Descriptor.open(path, O_RDONLY).readAll()
    #expect(log.count == 300_004)
    #expect(log.suffix(4) == Array("end\n".utf8)[...])
  }

  /// Fast enough that the pipe is grown, and looked at now and then only.
  @Test func floodIsKeptToItsLastByte() throws {
    let path = temporaryFolder() + "/log"
    let text = "seq 1 3000000; sleep 0.05; echo between >&2; seq 3000001 6000000; printf end"
    var flood = command(.sh(text))
    flood.capture.head = 4
    flood.capture.tail = 12
    flood.capture.log = path
    let outcome = try runner.run(flood)
    #expect(outcome.ending == .exited(0))
    #expect(outcome.output.head == Array("1\n2\n".utf8))
    #expect(outcome.output.tail == Array("\n6000000\nend".utf8))
    let comparison = try runner.run(command(.sh("{ \(text); } 2>&1 | cmp - '\(path)'")))
    #expect(comparison.ending == .exited(0))
    #expect(comparison.output.whole == [])
  }

  /// What would be overwritten is not even read where nobody wants it: with a tail that is smaller
  /// than a pipe, as large, and larger.
  @Test(arguments: [1, 12, 4096, 65_536, 1 << 20, 3 << 20])
  func middleOfAFloodIsLeftOut(tail: Int) throws {
    let count = 6_000_000
    let digits = (1...7).reduce(0) { sum, length in
      let least = Int(pow(10, Double(length - 1)))
      return sum + max(0, min(count, least * 10 - 1) - least + 1) * (length + 1)
    }
    var end: [UInt8] = []
    for number in (count - tail / 8 - 1)...count { end += "\(number)\n".utf8 }
    var flood = command(.sh("seq 1 \(count)"))
    flood.capture.head = 6
    flood.capture.tail = tail
    let output = try runner.run(flood).output
    #expect(output.head == Array("1\n2\n3\n".utf8))
    #expect(output.tail == end.suffix(tail))
    #expect(output.omitted == digits - 6 - tail)

    flood.program = .sh("seq 1 \(count) >&2 & seq 1 \(count); wait")
    flood.capture.separate = 4
    let both = try runner.run(flood)
    #expect(both.standardOutput == CapturedOutput(head: Array("1\n2\n".utf8), omitted: digits - 4))
    #expect(both.standardError == both.standardOutput)
    #expect(both.output.omitted == 2 * digits - 6 - tail)
    #expect(both.output.tail.count == tail)
  }

  @Test func twoFloodsAreKeptApart() throws {
    var apart = command(.sh("seq 1 2000000 & seq 1 1000000 >&2; wait"))
    apart.capture.separate = 10
    let outcome = try runner.run(apart)
    #expect(
      outcome.standardOutput
        == CapturedOutput(head: Array("1\n2\n3\n4\n5\n".utf8), omitted: 14_888_896 - 10))
    #expect(
      outcome.standardError
        == CapturedOutput(head: Array("1\n2\n3\n4\n5\n".utf8), omitted: 6_888_896 - 10))
  }

  @Test func linesOfAFloodAreDeliveredWhole() throws {
    var (count, sum) = (0, 0)
    _ = try runner.run(command(.sh("seq 1 200000"))) { line in
      count += 1
      sum += Int(String(decoding: line, as: UTF8.self)) ?? 0
    }
    #expect(count == 200_000)
    #expect(sum == 200_000 * 200_001 / 2)
  }

  @Test func logThatCannotBeMadeIsAnError() {
    var logged = command(.sh("true"))
    logged.capture.log = "/no/folder/log"
    #expect(throws: SystemError("open", "/no/folder/log", code: ENOENT)) { try runner.run(logged) }
  }
}
