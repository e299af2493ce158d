import CMtor
import Glibc
import Platform

/// One request as it goes over the wire.
public struct HTTPRequest: Sendable {
  /// Deadlines in seconds.
  public struct Deadlines: Sendable, Hashable {
    public var connect: Double
    /// Until the first content; keep-alive comments do not count.
    public var firstByte: Double
    /// Between two pieces of content.
    public var idle: Double
    public var total: Double

    public init(
      connect: Double = 10, firstByte: Double = 60, idle: Double = 30, total: Double = 600
    ) {
      self.connect = connect
      self.firstByte = firstByte
      self.idle = idle
      self.total = total
    }
  }

  public var url: String
  /// Name and value; a key stands here and nowhere else, and is never printed.
  public var headers: [(name: String, value: String)]
  /// Nil: a GET.
  public var body: [UInt8]?
  public var deadlines: Deadlines
  /// The largest answer in bytes, counted after decoding.
  public var limit: Int
  /// HTTP/2, whose trailers join the headers of the answer.
  public var isHTTP2 = false
  public var trust = HTTPTrust()

  public init(
    url: String, headers: [(name: String, value: String)], body: [UInt8]?,
    deadlines: Deadlines = Deadlines(), limit: Int = 4 << 20
  ) {
    self.url = url
    self.headers = headers
    self.body = body
    self.deadlines = deadlines
    self.limit = limit
  }
}

/// Whom a connection trusts beyond what the machine says, and what it shows of itself.
public struct HTTPTrust: Sendable, Hashable {
  /// Files in PEM; nil: the machine's authorities, and nothing to show.
  public var authorities: String?
  public var certificate: String?
  public var key: String?
  /// Where to connect instead of the address's own place, `HOST:PORT:HOST:PORT`.
  public var place: String?

  public init(
    authorities: String? = nil, certificate: String? = nil, key: String? = nil,
    place: String? = nil
  ) {
    self.authorities = authorities
    self.certificate = certificate
    self.key = key
    self.place = place
  }
}

/// The head of an answer.
public struct HTTPHead: Sendable {
  /// 0 where no status line came.
  public var status = 0
  /// Names in lower case.
  public var headers: [String: String] = [:]

  public init(status: Int = 0, headers: [String: String] = [:]) {
    self.status = status
    self.headers = headers
  }
}

/// What the receiver says after a piece of the body.
public enum BodyVerdict: Sendable {
  case stop
  /// The deadlines run on: nothing of worth came.
  case quiet
  case content
}

/// How an exchange ended.
public enum HTTPEnd: Sendable, Hashable {
  case done
  /// The receiver stopped it.
  case stopped
  case noLibrary, badAddress, noConnection, noTrust, broken, tooLarge, interrupted
  case connectTimeout, firstByteTimeout, idleTimeout, totalTimeout
}

public struct HTTPOutcome: Sendable {
  public var end: HTTPEnd
  public var head: HTTPHead
  /// What the library says of a failure; untrusted text.
  public var message: String

  public init(end: HTTPEnd, head: HTTPHead, message: String = "") {
    self.end = end
    self.head = head
    self.message = message
  }
}

/// Something that carries requests: the network, or a test's script.
public protocol HTTPCarrier: Sendable {
  /// Blocks until the exchange has ended; `receive` is called with each piece of the body.
  func perform(
    _ request: HTTPRequest, receive: (HTTPHead, UnsafeRawBufferPointer) -> BodyVerdict
  ) -> HTTPOutcome
}

/// The network, by libcurl, which is opened when the first request is made.
public struct Network: HTTPCarrier {
  public init() {}

  public func perform(
    _ request: HTTPRequest, receive: (HTTPHead, UnsafeRawBufferPointer) -> BodyVerdict
  ) -> HTTPOutcome {
    withoutActuallyEscaping(receive) { receive in
      let reception = Reception(receive)
      var result = mtor_http_result()
      var sink = mtor_http_sink(
        context: Unmanaged.passUnretained(reception).toOpaque(),
        header: { context, bytes, count in
          let reception = Unmanaged<Reception>.fromOpaque(context!).takeUnretainedValue()
          reception.header(UnsafeRawBufferPointer(start: bytes, count: count))
        },
        body: { context, status, bytes, count in
          let reception = Unmanaged<Reception>.fromOpaque(context!).takeUnretainedValue()
          reception.head.status = status
          let piece = UnsafeRawBufferPointer(start: bytes, count: count)
          return reception.receive(reception.head, piece).raw
        })
      withRawRequest(request) { raw in mtor_http_perform(raw, &sink, &result) }
      reception.head.status = result.status
      let message = withUnsafeBytes(of: result.message) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      return HTTPOutcome(end: HTTPEnd(result.end), head: reception.head, message: message)
    }
  }

  private final class Reception {
    var head = HTTPHead()
    let receive: (HTTPHead, UnsafeRawBufferPointer) -> BodyVerdict

    init(_ receive: @escaping (HTTPHead, UnsafeRawBufferPointer) -> BodyVerdict) {
      self.receive = receive
    }

    func header(_ bytes: UnsafeRawBufferPointer) {
      let line = String(decoding: bytes, as: UTF8.self)
      if line.utf8.starts(with: "HTTP/".utf8) {
        // Another answer begins (after a 100).
        head = HTTPHead()
      } else if let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) {
        let name = line[..<colon].lowercased()
        head.headers[name] = line[line.utf8.index(after: colon)...].trimmed
      }
    }
  }

  private func withRawRequest(
    _ request: HTTPRequest, _ body: (UnsafePointer<mtor_http_request>) -> Void
  ) {
    let lines = request.headers.map { strdup("\($0.name): \($0.value)") }
    defer { for line in lines { free(line) } }
    let pointers = lines.compactMap { $0.map { UnsafePointer($0) } }
    func milliseconds(_ seconds: Double) -> Int {
      Int(min(max(seconds, 0.001), 86_400) * 1000)
    }
    request.url.withCString { url in
      pointers.withUnsafeBufferPointer { headers in
        (request.body ?? []).withUnsafeBytes { bytes in
          var raw = mtor_http_request(
            url: url, headers: headers.baseAddress, header_count: headers.count, body: nil,
            body_count: bytes.count,
            connect_ms: milliseconds(request.deadlines.connect),
            first_ms: milliseconds(request.deadlines.firstByte),
            idle_ms: milliseconds(request.deadlines.idle),
            total_ms: milliseconds(request.deadlines.total), body_limit: request.limit,
            header_limit: 256 << 10, interrupt: Interruption.descriptor ?? -1,
            http2: request.isHTTP2 ? 1 : 0, ca: nil, certificate: nil, key: nil, connect_to: nil)
          let texts = [
            request.trust.authorities, request.trust.certificate, request.trust.key,
            request.trust.place,
          ].map { $0.flatMap { strdup($0) } }
          defer { for text in texts { free(text) } }
          raw.ca = texts[0].map { UnsafePointer($0) }
          raw.certificate = texts[1].map { UnsafePointer($0) }
          raw.key = texts[2].map { UnsafePointer($0) }
          raw.connect_to = texts[3].map { UnsafePointer($0) }
          // An empty body has no address, yet is a POST.
          "".withCString { empty in
            if request.body != nil {
              raw.body = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) ?? empty
            }
            body(&raw)
          }
        }
      }
    }
  }
}

extension BodyVerdict {
  fileprivate var raw: mtor_http_verdict {
    switch self {
    case .stop: MTOR_HTTP_STOP
    case .quiet: MTOR_HTTP_QUIET
    case .content: MTOR_HTTP_CONTENT
    }
  }
}

extension HTTPEnd {
  init(_ end: mtor_http_end) {
    switch end {
    case MTOR_HTTP_DONE: self = .done
    case MTOR_HTTP_NO_LIBRARY: self = .noLibrary
    case MTOR_HTTP_BAD_URL: self = .badAddress
    case MTOR_HTTP_NO_CONNECTION: self = .noConnection
    case MTOR_HTTP_NO_TRUST: self = .noTrust
    case MTOR_HTTP_CONNECT_TIMEOUT: self = .connectTimeout
    case MTOR_HTTP_FIRST_TIMEOUT: self = .firstByteTimeout
    case MTOR_HTTP_IDLE_TIMEOUT: self = .idleTimeout
    case MTOR_HTTP_TOTAL_TIMEOUT: self = .totalTimeout
    case MTOR_HTTP_TOO_LARGE: self = .tooLarge
    case MTOR_HTTP_STOPPED: self = .stopped
    case MTOR_HTTP_INTERRUPTED: self = .interrupted
    default: self = .broken
    }
  }
}
