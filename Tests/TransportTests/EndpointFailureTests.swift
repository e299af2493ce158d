import Platform
import Testing

@testable import Transport

struct EndpointFailureTests {
  @Test(arguments: [
    (400, "{}", EndpointFailure.Kind.refused, 1), (401, "{}", .unauthorised, 1),
    (402, "{}", .quota, 1), (403, "{}", .unauthorised, 1), (404, "{}", .modelGone, 1),
    (410, "gone", .modelGone, 1), (413, "{}", .contextOverflow, 1), (422, "{}", .refused, 1),
    (408, "{}", .server, 4), (409, "{}", .server, 4), (429, "{}", .rateLimited, 4),
    (500, "<html>", .server, 4), (502, "", .server, 4), (503, "{}", .overloaded, 4),
    (504, "{}", .server, 4), (529, "{}", .overloaded, 4), (301, "", .redirected, 1),
    (307, "", .redirected, 1), (501, "{}", .refused, 1),
    (404, #"{"error": "model 'qwen2.5-coder' not found"}"#, .modelGone, 1),
    (429, #"{"error": {"code": "insufficient_quota", "message": "You exceeded"}}"#, .quota, 1),
    (429, #"{"error": {"code": "1113", "message": "Insufficient balance"}}"#, .quota, 1),
    (429, #"{"error": {"code": "1308", "message": "limit"}}"#, .quota, 1),
    (429, #"{"error": {"code": "1302", "message": "slow down"}}"#, .rateLimited, 4),
    (
      400,
      #"{"error": {"code": 400, "message": "request (6031 tokens) exceeds the available context size (4096 tokens), try increasing it", "type": "exceed_context_size_error"}}"#,
      .contextOverflow, 1
    ),
    (
      402, #"{"error": {"message": "Prompt tokens limit exceeded: 69120 > 36608."}}"#,
      .contextOverflow, 1
    ),
    (
      400,
      #"{"object": "error", "message": "[{'type': 'extra_forbidden'}]", "type": "BadRequestError", "param": null, "code": 400}"#,
      .refused, 1
    ),
    (200, "", .empty, 1), (200, "<html>portal</html>", .malformed, 1),
    (200, #"{"choices": []}"#, .malformed, 1), (200, #"{"choices": 3}"#, .malformed, 1),
    (200, #"{"choices": [{"message": {"content": 7}, "finish_reason": "stop"}]}"#, .malformed, 1),
    (200, #"{"choices": [{"message": {"content": null}, "finish_reason": "stop"}]}"#, .empty, 1),
    (200, #"{"choices": [{"message": {"content": " \n"}, "finish_reason": "stop"}]}"#, .empty, 1),
    (
      200, #"{"choices": [{"message": {"content": null}, "finish_reason": "content_filter"}]}"#,
      .refused, 1
    ),
    (
      200,
      #"{"choices": [{"message": {"content": "", "reasoning_content": "hm"}, "finish_reason": "length"}]}"#,
      .thinkingOnly, 1
    ),
    (200, #"{"error": {"message": "down", "code": 503}}"#, .overloaded, 4),
  ])
  func classesOfTheChatRoute(
    _ status: Int, _ body: String, _ expected: EndpointFailure.Kind, _ requests: Int
  ) {
    let carrier = ScriptedCarrier(.json(body, status: status))
    #expect(kind(of: carrier) == expected)
    #expect(carrier.seen.count == requests)
  }

  @Test(
    arguments: [
      (
        400,
        #"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 205351 tokens > 200000 maximum"}}"#,
        [:], EndpointFailure.Kind.contextOverflow, 1
      ),
      (429, #"{"type":"error","error":{"type":"rate_limit_error","message":"x"}}"#, [:], .quota, 1),
      (
        429, #"{"type":"error","error":{"type":"rate_limit_error","message":"x"}}"#,
        ["retry-after": "1"], .rateLimited, 4
      ),
      (
        429,
        #"{"type":"error","error":{"type":"rate_limit_error","code":"1113","message":"[1113][Insufficient balance]"}}"#,
        ["retry-after": "1"], .quota, 1
      ),
      (
        429, #"{"type":"error","error":{"type":"1113","message":"Insufficient balance"}}"#,
        ["retry-after": "1"], .quota, 1
      ),
      (529, #"{"type":"error","error":{"type":"overloaded_error"}}"#, [:], .overloaded, 4),
      (200, #"{"type":"error","error":{"type":"overloaded_error"}}"#, [:], .overloaded, 4),
    ] as [(Int, String, [String: String], EndpointFailure.Kind, Int)])
  func classesOfTheMessagesRoute(
    _ status: Int, _ body: String, _ headers: [String: String],
    _ expected: EndpointFailure.Kind, _ requests: Int
  ) {
    let carrier = ScriptedCarrier(.json(body, status: status, headers: headers))
    #expect(kind(of: carrier, .messages) == expected)
    #expect(carrier.seen.count == requests)
  }

  @Test func anErrorInsideAStreamIsClassedLikeAStatus() {
    let error =
      #"data: {"error": {"message": "TimeoutError", "type": "GatewayTimeout", "code": 504}}"#
    #expect(kind(of: ScriptedCarrier(.stream(error + "\n\n", done))) == .server)
    let late = ScriptedCarrier(.stream(chunk("half"), error + "\n\n", done))
    #expect(kind(of: late) == .server)
    // Content had come: the same request is not sent again.
    #expect(late.seen.count == 1)
    let quota = ScriptedCarrier(
      .stream("data: {\"error\": {\"code\": \"insufficient_quota\", \"message\": \"no\"}}\n\n"))
    #expect(kind(of: quota) == .quota)
    #expect(quota.seen.count == 1)
  }

  @Test func aStreamWithoutItsEndIsNoReply() {
    #expect(kind(of: ScriptedCarrier(.stream(chunk("half")))) == .cut)
    #expect(kind(of: ScriptedCarrier(.stream(chunk("half"), end: .broken))) == .cut)
    #expect(kind(of: ScriptedCarrier(.stream(": ping\n\n"))) == .empty)
    #expect(kind(of: ScriptedCarrier(.stream(chunk("half"), "data: {oops\n\n"))) == .malformed)
    let broken = ScriptedCarrier(.stream(end: .broken))
    #expect(kind(of: broken) == .connection)
    #expect(broken.seen.count == 4)
  }

  @Test func onlyAnAddressThatCanBeMeantIsUsed() {
    let bad = [
      "ftp://host/v1", "http:///v1", "http://user:pass@host/v1", "http://host/v1?key=1",
      "http://host/v 1", "file:///etc/passwd", "",
    ]
    for url in bad {
      var target = endpoint()
      target.url = url
      #expect(target.fault != nil, "\(url)")
    }
    var target = endpoint()
    #expect(target.fault == nil)
    target.key = Secret("a\r\nX-Other: b")
    #expect(target.fault == "the key of model 'cheap' is empty or has a character that no key has")
  }

  @Test func addressesFollowTheRoute() {
    func address(_ route: Endpoint.Route, _ url: String) -> String {
      Endpoint(name: "a", route: route, url: url, model: "m").address
    }
    #expect(
      address(.messages, "https://api.anthropic.com") == "https://api.anthropic.com/v1/messages")
    #expect(address(.messages, "https://h/v1/") == "https://h/v1/messages")
    #expect(
      address(.chatCompletions, "https://h/api/paas/v4") == "https://h/api/paas/v4/chat/completions"
    )
    #expect(endpoint().modelsAddress == "http://127.0.0.1:9/v1/models")
  }
}
