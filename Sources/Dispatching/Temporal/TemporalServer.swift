import Glibc
import Manifests
import Platform
import Transport

/// Where a Temporal server is and how it is spoken to.
struct TemporalServer: Sendable {
  /// The address of the namespace in the HTTP API.
  let http: String
  /// The base of the gRPC service.
  let grpc: String
  /// The key, to be taken out of what a server says.
  let secret: Secret?
  /// Proves who asks; never printed.
  let headers: [(name: String, value: String)]
  let httpTrust: HTTPTrust
  let grpcTrust: HTTPTrust
  let namespace: String
  let queue: String
  /// For messages: the gRPC service, and the HTTP API.
  let name: String
  let httpPlace: String

  init(_ configuration: TemporalConfiguration) throws(QueueError) {
    namespace = configuration.namespace
    queue = configuration.queue
    name = configuration.address
    // The reader of the configuration refuses what has no host.
    let host = TemporalConfiguration.host(of: configuration.address) ?? configuration.address
    let isSecret =
      switch configuration.protection {
      case .usual: !TemporalConfiguration.isLoopback(host)
      case .off: false
      case .tls: true
      }
    let scheme = isSecret ? "https://" : "http://"
    let http = configuration.http ?? "\(scheme)\(host):7243"
    httpPlace = http.split(separator: "/").last.map(String.init) ?? http
    var files = TemporalConfiguration.Files()
    if case .tls(let given) = configuration.protection { files = given }
    (grpc, grpcTrust) = Self.trust(scheme + configuration.address, files)
    let base: String
    (base, httpTrust) = Self.trust(http, files)
    self.http = base + "/api/v1/namespaces/" + namespace
    let key = try Self.key(configuration)
    secret = key.map { Secret($0) }
    headers =
      key.map { key in
        [("authorization", "Bearer " + key), ("temporal-namespace", configuration.namespace)]
      } ?? []
  }

  /// An address and the trust that its connections need.
  private static func trust(
    _ address: String, _ files: TemporalConfiguration.Files
  ) -> (address: String, trust: HTTPTrust) {
    guard address.hasPrefix("https://") else { return (address, HTTPTrust()) }
    var trust = HTTPTrust(
      authorities: files.authorities.map(Admission.expanded),
      certificate: files.certificate.map(Admission.expanded),
      key: files.key.map(Admission.expanded))
    let place = address.dropFirst("https://".count)
    guard let name = files.serverName, let colon = place.lastIndex(of: ":") else {
      return (address, trust)
    }
    let port = place[colon...]
    trust.place = "\(name)\(port):\(place)"
    return ("https://\(name)\(port)", trust)
  }

  private static func key(_ configuration: TemporalConfiguration) throws(QueueError) -> String? {
    guard let variable = configuration.keyVariable else { return nil }
    let key = getenv(variable).map { String(cString: $0) } ?? ""
    if key.isEmpty {
      throw QueueError(
        .other, "the variable \(variable), which holds Temporal's key, is not set",
        hint: "export \(variable)=…")
    }
    guard key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw QueueError(
        .other, "the variable \(variable) has a character that no key has",
        hint: "export \(variable)=…")
    }
    return key
  }

  /// The name that the server knows a queue by: its own for the default one.
  func taskQueue(_ name: String) -> String { name == "default" ? queue : "\(queue)-\(name)" }

  /// The same the other way round.
  func queueName(_ taskQueue: String) -> String {
    taskQueue == queue || !taskQueue.hasPrefix(queue + "-")
      ? "default" : String(taskQueue.dropFirst(queue.count + 1))
  }
}
