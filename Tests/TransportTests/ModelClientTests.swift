import Platform
import Synchronization
import Testing

@testable import Transport

typealias Answer = ScriptedCarrier.Answer

let okay = Answer.json(
  """
  {"model": "m-2", "choices": [{"message": {"content": "fixed"}, "finish_reason": "stop"}],
   "usage": {"prompt_tokens": 10, "completion_tokens": 5}}
  """)

func chunk(_ text: String) -> String {
  "data: {\"choices\":[{\"delta\":{\"content\":\"\(text)\"},\"finish_reason\":null}]}\n\n"
}
let stop = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
let done = "data: [DONE]\n\n"

struct ModelClientTests {
  private func send(
    _ carrier: ScriptedCarrier, _ route: Endpoint.Route = .chatCompletions,
    _ request: ModelRequest = ask
  ) throws -> ModelReply {
    try ModelClient(carrier: carrier, time: ManualTime()).send(request, to: endpoint(route))
  }

  @Test func readsADocumentAndAStreamAlike() throws {
    let document = try send(ScriptedCarrier(okay))
    let stream = try send(
      ScriptedCarrier(
        .stream(
          ": keep-alive\n\n", chunk("fi"), chunk("xed"), stop,
          "data: {\"choices\":[],\"model\":\"m-2\",\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}}\n\n",
          done)))
    for reply in [document, stream] {
      #expect(reply.text == "fixed")
      #expect(reply.finish == .stop)
      #expect(reply.model == "m-2")
      #expect(reply.usage == TokenUsage(uncachedInput: 10, output: 5))
      #expect(reply.requests == 1)
    }
  }

  @Test(arguments: [Endpoint.Route.chatCompletions, .messages])
  func asksInOnePieceWhereAnEndpointDoesNotStream(route: Endpoint.Route) throws {
    let carrier = ScriptedCarrier(okay)
    var quiet = endpoint(route)
    quiet.isStreamed = false
    _ = try? ModelClient(carrier: carrier, time: ManualTime()).send(ask, to: quiet)
    let request = try #require(carrier.seen.first)
    let body = try JSON(parsing: try #require(request.body))
    #expect(body["stream"] == .bool(false))
    #expect(body["stream_options"] == nil)
    #expect(request.headers.contains { $0.name == "Accept" && $0.value == "application/json" })
  }

  @Test func readsAnthropicsEvents() throws {
    let reply = try send(
      ScriptedCarrier(
        .stream(
          """
          event: message_start
          data: {"type":"message_start","message":{"model":"c","content":[],"usage":{"cache_read_input_tokens":19,"input_tokens":1,"output_tokens":0}}}

          event: content_block_start
          data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

          event: ping
          data: {"type":"ping"}

          event: content_block_delta
          data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}

          event: content_block_delta
          data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}

          event: message_delta
          data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":12}}

          event: message_stop
          data: {"type":"message_stop"}


          """)), .messages)
    #expect(reply.text == "Hello")
    #expect(reply.finish == .stop)
    #expect(reply.usage == TokenUsage(uncachedInput: 1, cacheRead: 19, output: 12))
  }

  @Test func theKeyGoesIntoTheHeaderAndNowhereElse() throws {
    let carrier = ScriptedCarrier(okay)
    _ = try send(carrier)
    let request = try #require(carrier.seen.first)
    #expect(request.url == "http://127.0.0.1:9/v1/chat/completions")
    #expect(request.headers.contains { $0 == ("Authorization", "Bearer sk-secret-key") })
    #expect(!String(decoding: request.body ?? [], as: UTF8.self).contains("sk-secret-key"))
    #expect("\(endpoint().key!)" == "[key]")
    let echo = ScriptedCarrier(.json(#"{"error": "bad key sk-secret-key\u0301"}"#, status: 401))
    do throws(EndpointFailure) {
      _ = try ModelClient(carrier: echo).send(ask, to: endpoint())
    } catch {
      #expect(error.message == "cheap answered 401: bad key [key]\u{301}")
    }
  }

  @Test func extraIsMergedButNotOverWhatReadsTheAnswer() throws {
    let carrier = ScriptedCarrier(okay)
    var target = endpoint()
    target.extra = ["temperature": 0.1, "stream": false, "messages": [], "top_p": 1]
    _ = try ModelClient(carrier: carrier).send(ask, to: target)
    let body = try JSON(parsing: carrier.seen[0].body ?? [])
    #expect(body["temperature"] == 0.1)
    #expect(body["top_p"] == 1)
    #expect(body["stream"] == true)
    #expect(body["messages"]?.array?.count == 2)
  }

  @Test func aPassingFailureIsTriedFourTimesWithFullJitter() throws {
    let carrier = ScriptedCarrier(.json("{}", status: 503))
    let time = ManualTime(fraction: 0.5)
    #expect(kind(of: carrier, time: time) == .overloaded)
    #expect(carrier.seen.count == 4)
    #expect(time.waits == [0.5, 1, 2])
  }

  @Test func aRequestSucceedsAfterTwoFailures() throws {
    let busy = Answer.json("{}", status: 529)
    let reply = try send(ScriptedCarrier(busy, Answer(status: 0, end: .broken), okay))
    #expect(reply.text == "fixed")
    #expect(reply.requests == 3)
  }

  @Test(arguments: [
    #"{"prompt_tokens": 0, "completion_tokens": 0}"#,
    #"{"prompt_tokens": 90, "completion_tokens": 0}"#,
  ])
  func aReplyThatWasWrittenForNothingWasNotCounted(_ usage: String) throws {
    let answer = ScriptedCarrier.Answer.json(
      """
      {"model": "m", "choices": [{"message": {"content": "fixed"}, "finish_reason": "stop"}],
       "usage": \(usage)}
      """)
    let reply = try ModelClient(carrier: ScriptedCarrier(answer)).send(ask, to: endpoint())
    #expect(reply.text == "fixed")
    #expect(reply.usage == nil)
  }

  @Test func aPauseThatWasAskedForIsKept() throws {
    let slow = Answer.json("{}", status: 429, headers: ["retry-after": "7"])
    let time = ManualTime()
    let said = Mutex<[String]>([])
    let client = ModelClient(
      carrier: ScriptedCarrier(slow, okay), time: time,
      onPause: { text in said.withLock { $0.append(text) } })
    _ = try client.send(ask, to: endpoint())
    #expect(time.waits == [7])
    // Nobody sits before seven seconds of nothing without a word.
    #expect(said.withLock { $0 } == ["cheap is asked again in 7 s"])
  }

  @Test func aPauseBeyondTheCapIsNotWaitedFor() {
    let carrier = ScriptedCarrier(.json("{}", status: 429, headers: ["retry-after": "86400"]))
    let time = ManualTime()
    #expect(kind(of: carrier, time: time) == .rateLimited)
    #expect(carrier.seen.count == 1)
    #expect(time.waits.isEmpty)
  }

  @Test func oneParameterIsLeftOutAndThatIsRemembered() throws {
    let refusal = Answer.json(
      """
      {"error": {"message": "Unsupported parameter: 'max_tokens' is not supported with this \
      model. Use 'max_completion_tokens' instead.", "type": "invalid_request_error",
      "param": "max_tokens", "code": "unsupported_parameter"}}
      """, status: 400)
    let carrier = ScriptedCarrier(refusal, okay)
    let client = ModelClient(carrier: carrier, time: ManualTime())
    _ = try client.send(ask, to: endpoint())
    _ = try client.send(ask, to: endpoint())
    #expect(carrier.seen.count == 3)
    for request in carrier.seen.dropFirst() {
      let body = try JSON(parsing: request.body ?? [])
      #expect(body["max_tokens"] == nil)
      #expect(body["max_completion_tokens"] == 100)
    }
  }

  @Test func aParameterThatIsRefusedForEverEnds() {
    let refusal = Answer.json(
      #"{"error": {"message": "Unsupported value: 'temperature'", "param": "temperature"}}"#,
      status: 400)
    let carrier = ScriptedCarrier(refusal)
    #expect(kind(of: carrier) == .unsupportedParameter)
    #expect(carrier.seen.count == 2)
  }

  @Test func fiveOutagesOpenTheCircuitForAMinute() throws {
    let store = MemoryEndpointStore()
    let time = ManualTime()
    let down = ScriptedCarrier(Answer(status: 0, end: .noConnection))
    func attempt(_ carrier: ScriptedCarrier) -> EndpointFailure.Kind? {
      do throws(EndpointFailure) {
        _ = try ModelClient(carrier: carrier, store: store, time: time).send(ask, to: endpoint())
        return nil
      } catch { return error.kind }
    }
    #expect(attempt(down) == .connection)
    #expect(attempt(down) == .connection)
    let sent = down.seen.count
    #expect(attempt(down) == .circuitOpen)
    #expect(down.seen.count == sent)
    time.advance(61)
    #expect(attempt(ScriptedCarrier(okay)) == nil)
    #expect(store.state(of: endpoint().identity).failures == 0)
  }

  @Test func aWindowThatWasCutSilentlyIsAnError() {
    var request = ask
    request.estimatedInput = 9000
    do throws(EndpointFailure) {
      _ = try ModelClient(carrier: ScriptedCarrier(okay)).send(request, to: endpoint())
      Issue.record("a reply to a cut prompt was taken")
    } catch {
      #expect(error.kind == .promptCut)
      #expect(error.message == "cheap read 10 tokens of a prompt of about 9000")
    }
  }

  @Test func theReceiverMayCutTheStream() throws {
    let carrier = ScriptedCarrier(.stream(chunk("a"), chunk("a"), chunk("a"), stop, done))
    let reply = try ModelClient(carrier: carrier).send(ask, to: endpoint()) { $0.count < 2 }
    #expect(reply.wasCut)
    #expect(reply.text == "aa")
  }
}
