import Testing

@testable import Transport

struct ServerSentEventsTests {
  @Test func readsEventsWhereverTheBytesAreCut() {
    let text =
      "\u{FEFF}event: a\r\ndata: one\r\ndata: two\r\n\r\n: ping\n\ndata:three\r\rdata\n\nx: y\n\n"
    let whole = [
      ServerSentEvent(name: "a", data: "one\ntwo".utf8), ServerSentEvent(data: "three".utf8),
      ServerSentEvent(data: "".utf8),
    ]
    let bytes = Array(text.utf8)
    for cut in 0...bytes.count {
      var parser = ServerSentEvents()
      let events = parser.receive(bytes[..<cut]) + parser.receive(bytes[cut...])
      #expect(events == whole, "cut at \(cut)")
    }
  }

  @Test func aCommentOrAnUnfinishedEventIsNone() {
    var parser = ServerSentEvents()
    #expect(parser.receive(": OPENROUTER PROCESSING\n\n: keep-alive\n\n".utf8) == [])
    #expect(parser.receive("data: cut off\n".utf8) == [])
  }
}
