import TestSupport
import Testing

@testable import Dispatching

/// What a server sends is input: whatever it holds is read or refused, and nothing else.
@Suite struct ProtobufTests {
  /// A reply as Temporal 1.32 sends one.
  static func reply(input: String = #"{"a":1}"#, encoding: String = "json/plain") -> [UInt8] {
    func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
      var result: [UInt8] = []
      Protobuf.append(number, bytes, to: &result)
      return result
    }
    func number(_ number: UInt64, _ value: UInt64) -> [UInt8] {
      var result: [UInt8] = []
      Protobuf.append(number, value, to: &result)
      return result
    }
    let entry = field(1, Array("encoding".utf8)) + field(2, Array(encoding.utf8))
    let payload = field(1, field(1, entry) + field(2, Array(input.utf8)))
    return field(1, [0, 255, 128]) + field(2, Array("default".utf8))
      + field(5, field(1, Array("mtor.apply".utf8))) + field(6, Array("b.one".utf8))
      + field(8, payload) + field(9, payload) + number(13, 300)
      + field(16, number(1, 5) + number(2, 500_000_000)) + field(20, Array("run".utf8))
  }

  static func frame(_ message: [UInt8]) -> [UInt8] {
    [0] + [24, 16, 8, 0].map { UInt8(message.count >> $0 & 0xFF) } + message
  }

  @Test func aReplyIsRead() throws {
    let task = try #require(try ActivityPoll.reply(Self.frame(Self.reply())))
    #expect(
      task
        == ActivityTask(
          token: [0, 255, 128], type: "mtor.apply", id: "b.one", run: "run",
          input: Array(#"{"a":1}"#.utf8), details: Array(#"{"a":1}"#.utf8), attempt: 300,
          heartbeat: 5.5))
  }

  @Test func noTaskIsNone() throws {
    #expect(try ActivityPoll.reply([]) == nil)
    #expect(try ActivityPoll.reply([0, 0, 0, 0, 0]) == nil)
  }

  @Test func anInputThatIsNoJSONIsNone() throws {
    let frame = Self.frame(Self.reply(encoding: "binary/encrypted"))
    #expect(try ActivityPoll.reply(frame)?.input == [])
  }

  @Test func theRequestIsWhatTheServerReads() {
    let frame = ActivityPoll.request(namespace: "n", queue: "q", identity: "i")
    #expect(frame == [0, 0, 0, 0, 13, 10, 1, 110, 18, 5, 10, 1, 113, 16, 1, 26, 1, 105])
  }

  @Test(arguments: [
    // A number that does not end, one of eleven bytes, one whose tenth byte has too much.
    [0x08], [UInt8](repeating: 0x80, count: 11), [0x08] + [UInt8](repeating: 0xFF, count: 9) + [2],
    // Lengths beyond the end, the largest that there is too.
    [0x0A, 5, 1], [0x0A, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], [0x09, 1], [0x0D, 1],
    // No field, groups, and what the format does not know.
    [0x00, 1], [0x0B], [0x0C], [0x0E], [0x0F],
    // A token that is a number, a type that is a number, an id that is no text.
    [0x08, 1], [0x0A, 1, 1, 0x28, 1], [0x0A, 1, 1, 0x32, 1, 0xFF],
  ])
  func whatIsNoReplyIsRefused(message: [UInt8]) {
    #expect(throws: Protobuf.Fault.self) { try ActivityPoll.reply(Self.frame(message)) }
  }

  @Test func aFrameOfAnotherLengthOrCompressedIsRefused() {
    let frame = Self.frame(Self.reply())
    #expect(throws: Protobuf.Fault.self) { try ActivityPoll.reply(Array(frame.dropLast())) }
    #expect(throws: Protobuf.Fault.self) { try ActivityPoll.reply(frame + [0]) }
    #expect(throws: Protobuf.Fault.self) { try ActivityPoll.reply([1] + frame.dropFirst()) }
  }

  @Test func anyBytesAreReadOrRefused() {
    var random = SeededGenerator(seed: 10)
    let whole = Self.reply()
    var read = 0
    for round in 0..<20_000 {
      var bytes =
        round % 3 == 0
        ? (0..<Int.random(in: 0...60, using: &random)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        } : whole
      if round % 3 == 1 {
        bytes = Array(bytes.prefix(Int.random(in: 0...whole.count, using: &random)))
      }
      for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      do throws(Protobuf.Fault) {
        if try ActivityPoll.reply(Self.frame(bytes)) != nil { read += 1 }
      } catch { continue }
    }
    // Neither all nor none: otherwise this would test nothing.
    #expect((1000..<19_000).contains(read))
  }
}
