import Platform

/// An error as an endpoint words it, from a status or from inside a stream.
struct EndpointErrorText: Sendable {
  var status: Int?
  var type = ""
  var code = ""
  var message = ""
  var parameter: String?

  /// Reads every shape of `body`: an `error` that is an object or a text, no wrapper, no JSON.
  init(body: [UInt8], status: Int?) {
    self.status = status
    do {
      self = EndpointErrorText(try JSON(parsing: body), status: status)
    } catch {
      // A proxy's page or nothing: the beginning of it is all there is to say.
      message = String(decoding: body.prefix(2000), as: UTF8.self)
    }
  }

  init(_ json: JSON, status: Int?) {
    self.status = status
    let error = json["error"] ?? json
    if let text = error.string {
      message = text
      return
    }
    message = error["message"]?.string ?? error["detail"]?.string ?? ""
    type = error["type"]?.string ?? ""
    parameter = error["param"]?.string
    code = error["code"]?.string ?? error["code"]?.integer.map(String.init) ?? ""
    if self.status == nil { self.status = Self.status(ofType: type, code: Int(code)) }
  }

  /// True for an object that stands where a chunk of an answer should, and is an error.
  static func isError(_ json: JSON) -> Bool {
    if let error = json["error"], !error.isNull { return true }
    return json["object"]?.string == "error" || json["type"]?.string == "error"
  }

  /// The status that an error inside a stream would have had.
  private static func status(ofType type: String, code: Int?) -> Int {
    if let code, (400..<600).contains(code) { return code }
    switch type {
    case "invalid_request_error": return 400
    case "authentication_error": return 401
    case "billing_error": return 402
    case "permission_error": return 403
    case "not_found_error": return 404
    case "request_too_large": return 413
    case "rate_limit_error", "rate_limit_exceeded": return 429
    case "timeout_error": return 504
    case "overloaded_error": return 529
    default: return 500
    }
  }
}

extension EndpointFailure {
  /// The class of an error that an endpoint has sent.
  ///
  /// `wait` is what its headers ask for; `hasHeaders` is false inside a stream, where the lack of
  /// a header says nothing.
  init(
    _ error: EndpointErrorText, endpoint: Endpoint, wait: Double?, hasHeaders: Bool
  ) {
    let status = error.status ?? 500
    let said = Self.printable(error.message, endpoint)
    let place = "\(endpoint.name) answered \(status)" + (said.isEmpty ? "" : ": \(said)")
    let kind = Self.kind(error, status, endpoint.route, wait, hasHeaders)
    self.init(kind, place, status: status, hint: Self.hint(kind, endpoint))
    retryAfter = wait
    if kind == .unsupportedParameter { parameter = Self.parameter(error) }
  }

  private static func kind(
    _ error: EndpointErrorText, _ status: Int, _ route: Endpoint.Route, _ wait: Double?,
    _ hasHeaders: Bool
  ) -> Kind {
    if isOverflow(error, status) { return .contextOverflow }
    if isQuota(error) { return .quota }
    switch status {
    case 300..<400: return .redirected
    case 401, 403: return .unauthorised
    case 402: return .quota
    case 404, 410: return .modelGone
    case 408, 409: return .server
    case 413: return .contextOverflow
    case 429:
      // Anthropic names the wait of every passing limit; without one it is a spent plan.
      return route == .messages && hasHeaders && wait == nil ? .quota : .rateLimited
    case 400, 422: return parameter(error) == nil ? .refused : .unsupportedParameter
    case 503, 529: return .overloaded
    case 500, 502, 504: return .server
    default: return .refused
    }
  }

  /// Codes of a limit that waiting does not lift: OpenAI's, then Z.ai's as code, type or prefix.
  private static func isQuota(_ error: EndpointErrorText) -> Bool {
    let words = ["insufficient_quota", "billing_hard_limit_reached", "billing_not_active"]
    if words.contains(error.code) || words.contains(error.type) { return true }
    let numbers = ["1113", "1308", "1309", "1310", "1311", "1313"]
    return numbers.contains(error.code) || numbers.contains(error.type)
      || numbers.contains { error.message.hasPrefix("[\($0)]") }
  }

  private static func isOverflow(_ error: EndpointErrorText, _ status: Int) -> Bool {
    if error.code == "context_length_exceeded" || error.type == "exceed_context_size_error" {
      return true
    }
    guard status == 400 || status == 413 || status == 422 || status == 402 || status == 500 else {
      return false
    }
    let text = error.message.lowercased()
    return [
      "prompt is too long", "maximum context length", "exceeds the available context size",
      "context window", "prompt tokens limit exceeded", "input is too long",
      "exceeds the context", "reduce the length of the messages",
    ].contains { text.contains($0) }
  }

  /// The parameter that a 400 or 422 is about, if it is one that mtor can do without.
  private static func parameter(_ error: EndpointErrorText) -> String? {
    let known = ["max_tokens", "max_completion_tokens", "temperature", "stream_options"]
    if let parameter = error.parameter, known.contains(parameter) { return parameter }
    let text = error.message.lowercased()
    guard
      ["unsupported", "not supported", "extra inputs", "unrecognized", "unknown", "not permitted"]
        .contains(where: { text.contains($0) })
    else { return nil }
    // The first that is named is the culprit; none of the names contains another.
    return known.compactMap { name in
      text.firstRange(of: name).map { (name: name, place: $0.lowerBound) }
    }.min { $0.place < $1.place }?.name
  }

  private static func hint(_ kind: Kind, _ endpoint: Endpoint) -> String? {
    switch kind {
    case .unauthorised: "check the variable that key_env names for model '\(endpoint.name)'"
    case .quota: "the account behind model '\(endpoint.name)' needs credit or another plan"
    case .modelGone: "check 'model' and 'url' of '\(endpoint.name)', or run: mtor models probe"
    case .redirected: "write the final address as the url of '\(endpoint.name)'"
    default: nil
    }
  }

  /// Untrusted text as one short printable line, without the key that some endpoints echo.
  static func printable(_ text: String, _ endpoint: Endpoint) -> String {
    let clean = endpoint.key?.removed(from: text) ?? text
    let line = Printable.escaped(clean.trimmed)
    return line.unicodeScalars.count <= 300 ? line : String(line.unicodeScalars.prefix(300)) + "…"
  }
}
