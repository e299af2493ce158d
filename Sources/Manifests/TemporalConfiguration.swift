/// Where a Temporal server is, as it was written.
public struct TemporalConfiguration: Sendable, Hashable {
  /// How connections are protected.
  public enum Protection: Sendable, Hashable {
    /// By TLS, but for this machine itself.
    case usual
    /// Not at all, to whatever machine.
    case off
    case tls(Files)
  }

  /// What TLS needs beyond what the machine has.
  public struct Files: Sendable, Hashable {
    /// In PEM, absolute or with `~/`.
    public var authorities: String?
    public var certificate: String?
    public var key: String?
    /// The name that the server has to prove, where it is not that of the address.
    public var serverName: String?

    public init(
      authorities: String? = nil, certificate: String? = nil, key: String? = nil,
      serverName: String? = nil
    ) {
      self.authorities = authorities
      self.certificate = certificate
      self.key = key
      self.serverName = serverName
    }
  }

  /// `HOST:PORT` of its gRPC service.
  public var address: String
  /// The base of its HTTP API; nil: port 7243 of the same machine.
  public var http: String?
  public var namespace: String
  public var queue: String
  public var protection: Protection
  /// The variable of the environment that holds the key.
  public var keyVariable: String?

  public init(
    address: String, http: String? = nil, namespace: String = "default", queue: String = "mtor",
    protection: Protection = .usual, keyVariable: String? = nil
  ) {
    self.address = address
    self.http = http
    self.namespace = namespace
    self.queue = queue
    self.protection = protection
    self.keyVariable = keyVariable
  }

  /// The host of `HOST:PORT`, `[HOST]:PORT` with its brackets; nil where the text is neither.
  public static func host(of address: String) -> String? {
    guard let colon = address.lastIndex(of: ":"),
      let port = Int(address[address.index(after: colon)...]), (1...65_535).contains(port)
    else { return nil }
    let host = address[..<colon]
    let inner = host.hasPrefix("[") && host.hasSuffix("]") ? host.dropFirst().dropLast() : host
    let isNumeric = inner.utf8.count != host.utf8.count
    let isFine = inner.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || byte == 0x2D || byte == 0x2E || (isNumeric && byte == 0x3A)
    }
    return inner.isEmpty || !isFine ? nil : String(host)
  }

  /// True for the names of this machine itself.
  public static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
