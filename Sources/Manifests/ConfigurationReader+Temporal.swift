import YAMLTree

extension ConfigurationReader {
  /// `queue`: which engine holds dispatched work.
  func queue(_ fields: Fields) -> QueueConfiguration? {
    guard let node = fields["queue"] else { return nil }
    if let text = node.scalar?.string, !node.isFaulty, text != "" {
      if text == "sqlite" { return .sqlite }
      diagnostics.error(
        "unknown-word", "'queue' cannot be '\(Excerpt.short(text))'", at: node,
        hint: "write 'queue: sqlite' or 'queue: {temporal: {address: HOST:PORT}}'")
      return nil
    }
    guard let keys = Fields(node, "'queue'", known: ["temporal"], diagnostics),
      let inner = keys.required("temporal"),
      let temporal = Fields(
        inner, "'temporal'",
        known: ["address", "http", "namespace", "queue", "tls", "api_key_env"], diagnostics),
      let place = temporal.required("address"), let address = values.line(place, "'address'")
    else { return nil }
    guard TemporalConfiguration.host(of: address) != nil else {
      diagnostics.error(
        "config-url", "'\(Excerpt.short(address))' is no place of a server", at: place,
        hint: "write HOST:PORT, such as 127.0.0.1:7233")
      return nil
    }
    var result = TemporalConfiguration(address: address)
    result.protection = protection(temporal) ?? result.protection
    result.namespace = name(temporal, "namespace") ?? result.namespace
    result.queue = name(temporal, "queue") ?? result.queue
    result.keyVariable = keyVariable(temporal, "api_key_env")
    if let node = temporal["http"] { result.http = http(node, result.protection) }
    return .temporal(result)
  }

  /// The address of the HTTP API: nothing goes to another machine in the clear unless that is said.
  private func http(
    _ node: Node, _ protection: TemporalConfiguration.Protection
  ) -> String? {
    guard let text = values.line(node, "'http'") else { return nil }
    let scheme = ["http://", "https://"].first { text.hasPrefix($0) }
    let rest = text.dropFirst(scheme?.utf8.count ?? 0)
    let base = rest.hasSuffix("/") ? rest.dropLast() : rest
    guard let scheme, let host = TemporalConfiguration.host(of: String(base)) else {
      diagnostics.error(
        "config-url", "'\(Excerpt.short(text))' is no address of Temporal's HTTP API", at: node,
        hint: "write it with its port and without a path, such as http://127.0.0.1:7243")
      return nil
    }
    if scheme == "http://", protection != .off, !TemporalConfiguration.isLoopback(host) {
      diagnostics.error(
        "config-url", "'\(Excerpt.short(text))' is another machine, and 'http' is not encrypted",
        at: node, hint: "write https://, or 'tls: false' to send in the clear all the same")
      return nil
    }
    return scheme + base
  }

  private func protection(_ fields: Fields) -> TemporalConfiguration.Protection? {
    guard let node = fields["tls"] else { return nil }
    if node.scalar != nil {
      return fields.bool("tls").map { $0 ? .tls(TemporalConfiguration.Files()) : .off }
    }
    guard
      let keys = Fields(node, "'tls'", known: ["ca", "cert", "key", "server_name"], diagnostics)
    else { return nil }
    var files = TemporalConfiguration.Files()
    files.authorities = keys["ca"].flatMap { place($0, "'ca'") }
    files.certificate = keys["cert"].flatMap { place($0, "'cert'") }
    files.key = keys["key"].flatMap { place($0, "'key'") }
    if (files.certificate == nil) != (files.key == nil), keys.has("cert") != keys.has("key") {
      diagnostics.error(
        "missing-key", "'cert' and 'key' go together", at: node,
        hint: "name both files, or neither")
    }
    if let name = keys["server_name"], let text = values.line(name, "'server_name'") {
      guard TemporalConfiguration.host(of: text + ":1") != nil else {
        diagnostics.error(
          "config-url", "'\(Excerpt.short(text))' is no name of a server", at: name,
          hint: "write the name that stands in the server's certificate")
        return nil
      }
      files.serverName = text
    }
    return .tls(files)
  }

  /// A name as it stands in an address: letters, digits, `.`, `_` and `-`.
  private func name(_ fields: Fields, _ key: String) -> String? {
    guard let node = fields[key] else { return nil }
    return values.nameText(node, "'\(key)'", capitals: true)
  }
}
