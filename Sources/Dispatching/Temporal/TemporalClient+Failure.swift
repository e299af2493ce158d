import Platform
import Transport

extension TemporalClient {
  /// What an exchange that did not come to its end means.
  func failure(_ outcome: HTTPOutcome, at place: String) -> Failure {
    let message = shown(outcome.message)
    let error: QueueError =
      switch outcome.end {
      case .noConnection:
        unreachable(
          message.hasPrefix("Could not resolve") ? message : "nobody listens at \(place)")
      case .connectTimeout, .firstByteTimeout, .idleTimeout, .totalTimeout:
        unreachable("it did not answer in time")
      case .broken: unreachable(message.isEmpty ? "the connection broke" : message)
      case .interrupted, .stopped: unreachable("the call was interrupted")
      case .noTrust:
        QueueError(
          .other, "Temporal at \(server.name) is not trusted: \(message)",
          hint: "name who signed its certificate: 'tls: {ca: FILE}' in the configuration")
      case .noLibrary:
        QueueError(.other, message, hint: "apt install libcurl3-gnutls")
      case .badAddress:
        QueueError(
          .other, "the address of Temporal's HTTP API is none: \(message)",
          hint: "correct 'queue.temporal' in the configuration")
      case .tooLarge, .done:
        QueueError(.other, "Temporal at \(server.name) sent more than \(Self.limit) bytes")
      }
    return Failure(kind: .error, error: error)
  }

  /// What a status of HTTP means, with the answer that the server gave.
  func failure(status: Int, _ answer: JSON) -> Failure {
    let message = shown(answer["message"]?.string ?? "")
    let types = answer["details"]?.array?.compactMap { $0["@type"]?.string } ?? []
    // What stands between may write a status there.
    if let code = answer["code"]?.integer, (1...16).contains(code) {
      return failure(
        code: code, message, isAbsent: types.contains { $0.hasSuffix(".v1.NotFoundFailure") })
    }
    if status == 429 { return failure(code: 8, message, isAbsent: false) }
    if status == 408 || status >= 500 {
      return Failure(kind: .error, error: unreachable("it answers with the status \(status)"))
    }
    if status == 401 || status == 403 {
      let said = message.isEmpty ? "it answers with the status \(status)" : message
      return failure(code: 16, said, isAbsent: false)
    }
    return Failure(kind: .error, error: stranger("with the status \(status)"))
  }

  /// What answers is something else.
  func stranger(_ how: String) -> QueueError {
    QueueError(
      .other, "what answers at \(server.name) is no Temporal: it answers \(how)",
      hint: "correct 'queue.temporal' in the configuration: 'address' is the gRPC service, "
        + "'http' the HTTP API")
  }

  /// What a code of gRPC means. `isAbsent` tells a task that is not there from a namespace.
  func failure(code: Int, _ message: String, isAbsent: Bool) -> Failure {
    func refused(_ kind: Failure.Kind, _ hint: String? = nil) -> Failure {
      let error = QueueError(.other, "Temporal at \(server.name): \(message)", hint: hint)
      return Failure(kind: kind, error: error)
    }
    switch code {
    case 5 where isAbsent: return refused(.absent)
    case 5: return refused(.error, "correct 'namespace' of 'queue.temporal', or make it")
    case 6: return refused(.exists)
    case 3, 9: return refused(.refused)
    case 7, 16:
      return refused(.error, "set 'api_key_env' of 'queue.temporal', or the certificate of 'tls'")
    case 8:
      let said = message.isEmpty ? "" : ": \(message)"
      return Failure(
        kind: .error,
        error: QueueError(
          .unreachable, "Temporal at \(server.name) has too much to do\(said)",
          hint: "try again; a limit of the server or the namespace may be too low"))
    // Cancelled, unknown, too late, aborted, internal, unavailable: soon over, it may be.
    case 1, 2, 4, 10, 13, 14: return Failure(kind: .error, error: unreachable(message))
    default: return refused(.error)
    }
  }

  func unreachable(_ why: String) -> QueueError {
    QueueError(
      .unreachable, "Temporal at \(server.name) cannot be reached: \(why)",
      hint: "start it, or correct 'queue.temporal' in the configuration")
  }
}
