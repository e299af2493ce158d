import Platform
import Synchronization

@testable import Transport

/// A carrier that answers from a list, the last answer for ever.
final class ScriptedCarrier: HTTPCarrier {
  struct Answer: Sendable {
    var status = 200
    var headers: [String: String] = [:]
    var pieces: [String] = []
    var end = HTTPEnd.done

    static func json(_ text: String, status: Int = 200, headers: [String: String] = [:]) -> Answer {
      var headers = headers
      headers["content-type"] = "application/json"
      return Answer(status: status, headers: headers, pieces: [text])
    }

    static func stream(_ pieces: String..., end: HTTPEnd = .done) -> Answer {
      Answer(headers: ["content-type": "text/event-stream"], pieces: pieces, end: end)
    }
  }

  private let answers: [Answer]
  private let requests = Mutex<[HTTPRequest]>([])

  init(_ answers: Answer...) { self.answers = answers }

  var seen: [HTTPRequest] { requests.withLock { $0 } }

  func perform(
    _ request: HTTPRequest, receive: (HTTPHead, UnsafeRawBufferPointer) -> BodyVerdict
  ) -> HTTPOutcome {
    let index = requests.withLock { list in
      list.append(request)
      return list.count - 1
    }
    let answer = answers[min(index, answers.count - 1)]
    let head = HTTPHead(status: answer.status, headers: answer.headers)
    for piece in answer.pieces {
      let verdict = Array(piece.utf8).withUnsafeBytes { receive(head, $0) }
      if verdict == .stop { return HTTPOutcome(end: .stopped, head: head) }
    }
    return HTTPOutcome(end: answer.end, head: head)
  }
}

/// A clock that moves only when somebody waits.
final class ManualTime: TimeSource {
  private let state: Mutex<(now: Double, waits: [Double])>
  let fraction: Double

  init(fraction: Double = 0.5) {
    state = Mutex((now: 1_000_000, waits: []))
    self.fraction = fraction
  }

  var monotonic: Double { state.withLock { $0.now } }
  var wall: Double { state.withLock { $0.now } }
  var waits: [Double] { state.withLock { $0.waits } }

  func wait(seconds: Double) -> Bool {
    state.withLock {
      $0.now += seconds
      $0.waits.append(seconds)
    }
    return true
  }

  func advance(_ seconds: Double) { state.withLock { $0.now += seconds } }
}

func endpoint(_ route: Endpoint.Route = .chatCompletions) -> Endpoint {
  Endpoint(
    name: "cheap", route: route, url: "http://127.0.0.1:9/v1", model: "m",
    key: Secret("sk-secret-key"))
}

let ask = ModelRequest(system: "rules", user: "the failure", maxOutput: 100)

/// The kind of failure that sending gives, or nil for a reply.
func kind(
  of answers: ScriptedCarrier, _ route: Endpoint.Route = .chatCompletions,
  time: ManualTime = ManualTime()
) -> EndpointFailure.Kind? {
  do throws(EndpointFailure) {
    _ = try ModelClient(carrier: answers, time: time).send(ask, to: endpoint(route))
    return nil
  } catch {
    return error.kind
  }
}
