public import Platform

/// A secret text that does not print itself.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
  /// The text, for the request's header alone.
  let text: String

  public init(_ text: String) { self.text = text }

  public var description: String { "[key]" }
  public var debugDescription: String { "[key]" }

  /// The text with the secret, wherever it stands, taken out.
  public func removed(from other: String) -> String {
    let secret = Array(text.utf8)
    let bytes = Array(other.utf8)
    guard secret.count >= 4, bytes.count >= secret.count else { return other }
    // By bytes: a combining character behind it must not hide it.
    var result: [UInt8] = []
    var at = 0
    while at < bytes.count {
      if bytes[at] == secret[0], bytes[at...].starts(with: secret) {
        result += "[key]".utf8
        at += secret.count
      } else {
        result.append(bytes[at])
        at += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

/// Where a model answers and how it is asked there.
public struct Endpoint: Sendable {
  public enum Route: String, Sendable, Hashable { case chatCompletions, messages }

  /// The name in the configuration, for messages.
  public var name: String
  public var route: Route
  /// The base address.
  public var url: String
  public var model: String
  public var key: Secret?
  public var deadlines: HTTPRequest.Deadlines
  /// False: its replies are asked for in one piece.
  public var isStreamed: Bool
  /// Merged into the body; a mapping. What decides how the answer is read cannot be overridden.
  public var extra: JSON?

  public init(
    name: String, route: Route, url: String, model: String, key: Secret? = nil,
    deadlines: HTTPRequest.Deadlines = HTTPRequest.Deadlines(), isStreamed: Bool = true,
    extra: JSON? = nil
  ) {
    self.name = name
    self.route = route
    self.url = url
    self.model = model
    self.key = key
    self.deadlines = deadlines
    self.isStreamed = isStreamed
    self.extra = extra
  }

  /// What is wrong with the address or the key; nil where nothing is.
  ///
  /// A key with a line end would write headers of its own.
  public var fault: String? {
    let lower = url.lowercased()
    guard lower.hasPrefix("http://") || lower.hasPrefix("https://") else {
      return "the url of model '\(name)' must begin with http:// or https://"
    }
    let rest = url.drop { $0 != "/" }.dropFirst(2)
    let host = rest.prefix { $0 != "/" }
    if host.isEmpty { return "the url of model '\(name)' names no host" }
    if host.contains("@") {
      return "the url of model '\(name)' holds a user or a password; use key_env"
    }
    if url.contains(where: { $0 == "?" || $0 == "#" }) {
      return "the url of model '\(name)' must not have a query or a fragment"
    }
    if url.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value >= 0x7F }) {
      return "the url of model '\(name)' has a character that must be encoded"
    }
    if let key, key.text.isEmpty || !key.text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
      return "the key of model '\(name)' is empty or has a character that no key has"
    }
    return nil
  }

  /// The address that requests go to.
  var address: String {
    var base = url[...]
    while base.hasSuffix("/") { base = base.dropLast() }
    switch route {
    case .chatCompletions:
      return base.hasSuffix("/chat/completions") ? String(base) : base + "/chat/completions"
    case .messages:
      if base.hasSuffix("/messages") { return String(base) }
      return Self.endsWithVersion(base) ? base + "/messages" : base + "/v1/messages"
    }
  }

  /// The address that lists models.
  var modelsAddress: String {
    let address = address
    for tail in ["/chat/completions", "/messages"] where address.hasSuffix(tail) {
      return address.dropLast(tail.count) + "/models"
    }
    return address
  }

  /// The name under which processes share what they know of it; without the key.
  var identity: String { "\(address) \(model)" }

  private static func endsWithVersion(_ base: Substring) -> Bool {
    let last = base.split(separator: "/").last ?? ""
    return last.first == "v" && last.dropFirst().allSatisfy(\.isNumber) && last.count > 1
  }
}
