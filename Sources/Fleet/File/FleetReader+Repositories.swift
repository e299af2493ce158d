import Manifests
import Planning
import Platform
import YAMLTree

extension FleetReader {
  private static let places = ["path", "glob", "url", "list", "command"]

  /// An entry of `repositories`: a text that says what it is itself, or a mapping.
  func repository(_ node: Node) -> RepositorySource? {
    if node.scalar != nil {
      guard let text = text(node, "an item of 'repositories'"), let place = place(text, node) else {
        return nil
      }
      return RepositorySource(place: place, params: [], branch: nil, skip: nil, mark: node.start)
    }
    guard
      let fields = Fields(
        node, "a repository", known: Self.places + ["params", "branch", "skip"], diagnostics)
    else { return nil }
    let given = fields.present(of: Self.places)
    guard given.count == 1, let key = given.first else {
      diagnostics.error(
        "one-of", "a repository needs exactly one of 'path', 'glob', 'url', 'list', 'command'",
        at: node.start,
        hint: given.isEmpty ? "add 'path: ../there'" : "it has \(given.joined(separator: " and "))")
      return nil
    }
    let branch = branch(fields, "branch")
    let skip = skip(fields)
    let params = parameters(fields)
    guard let value = fields[key], let text = text(value, "'\(key)'") else { return nil }
    let place: RepositorySource.Place?
    switch key {
    case "path": place = checked(text, value) ? .folder(text) : nil
    case "glob": place = glob(text, value)
    case "url": place = address(text, value).map(RepositorySource.Place.address)
    case "list": place = .list(text)
    default: place = .command(text)
    }
    return place.map {
      RepositorySource(place: $0, params: params, branch: branch, skip: skip, mark: node.start)
    }
  }

  private func place(_ text: String, _ node: Node) -> RepositorySource.Place? {
    if GitAddress.isMeant(by: text) {
      return address(text, node).map(RepositorySource.Place.address)
    }
    guard checked(text, node) else { return nil }
    return text.utf8.contains { [0x2A, 0x3F, 0x5B, 0x7B].contains($0) }
      ? glob(text, node) : .folder(text)
  }

  private func checked(_ text: String, _ node: Node) -> Bool {
    guard text.utf8.first == UInt8(ascii: "-") else { return true }
    diagnostics.error(
      "fleet-address", "'\(Excerpt.short(text))' begins with '-', which git takes for an option",
      at: node, hint: "write './\(Excerpt.short(text))' for a folder of that name")
    return false
  }

  private func glob(_ text: String, _ node: Node) -> RepositorySource.Place? {
    do throws(Glob.Fault) {
      _ = try Glob(text)
      return .glob(text)
    } catch {
      diagnostics.error(
        "glob", "the pattern '\(Excerpt.short(text))' is no pattern: \(error.message)", at: node,
        hint: "write one such as '../services/*'")
      return nil
    }
  }

  /// `skip: true`, or why.
  private func skip(_ fields: Fields) -> String? {
    guard let node = fields["skip"] else { return nil }
    if let scalar = node.scalar, scalar.style == .plain {
      if scalar.string == "true" { return "the fleet's file says so" }
      if scalar.string == "false" { return nil }
    }
    return text(node, "'skip'")
  }

  /// An item of `select`.
  func selection(_ node: Node) -> Selection? {
    guard
      let fields = Fields(
        node, "an item of 'select'", known: ["exists", "file", "matches", "command"], diagnostics)
    else { return nil }
    let given = fields.present(of: ["exists", "matches", "command"])
    guard given.count == 1, let key = given.first else {
      diagnostics.error(
        "one-of", "an item of 'select' needs exactly one of 'exists', 'matches', 'command'",
        at: node.start, hint: "write '- exists: package.json'")
      return nil
    }
    if key != "matches", let other = fields.key("file") {
      diagnostics.error(
        "key-combination", "'file' has no meaning beside '\(key)'", at: other,
        hint: "'file' stands beside 'matches'")
      return nil
    }
    switch key {
    case "exists": return path(fields, "exists").map(Selection.exists)
    case "command":
      return fields.wholeText("command").flatMap { notEmpty($0, fields["command"], "'command'") }
        .map(Selection.command)
    default:
      guard fields.required("file") != nil, let path = path(fields, "file"),
        let pattern = pattern(fields, "matches")
      else { return nil }
      return .matches(path: path, pattern: pattern.text)
    }
  }

  /// `params` of the fleet or of a repository.
  func parameters(_ fields: Fields) -> [ParameterSource] {
    (fields.pairs("params") ?? []).compactMap(parameter)
  }

  private func parameter(_ pair: Node.Pair) -> ParameterSource? {
    guard let name = text(pair.key, "a parameter's name") else { return nil }
    if pair.value.scalar != nil {
      guard let text = NodeReader(diagnostics).text(pair.value, "the parameter '\(name)'") else {
        return nil
      }
      return ParameterSource(name: name, value: .text(text), fallback: nil, mark: pair.key.start)
    }
    guard
      let fields = Fields(
        pair.value, "the parameter '\(Excerpt.short(name))'",
        known: ["file", "pointer", "format", "match", "group", "default"], diagnostics)
    else { return nil }
    let given = fields.present(of: ["pointer", "match"])
    guard given.count == 1, fields.has("file") else {
      diagnostics.error(
        "fleet-parameter",
        "the parameter '\(Excerpt.short(name))' says not where to read it: 'file' and one of "
          + "'pointer' and 'match'", at: pair.value,
        hint: "write {file: package.json, pointer: /version}, or a text")
      return nil
    }
    guard let file = path(fields, "file"),
      let value = given == ["pointer"] ? pointer(fields, file) : match(fields, file)
    else { return nil }
    return ParameterSource(
      name: name, value: value, fallback: fields.text("default"), mark: pair.key.start)
  }

  private func pointer(_ fields: Fields, _ file: String) -> ParameterSource.Value? {
    if let other = fields.key("group") {
      diagnostics.error(
        "key-combination", "'group' has no meaning beside 'pointer'", at: other,
        hint: "'group' stands beside 'match'")
    }
    guard let node = fields["pointer"], let text = NodeReader(diagnostics).text(node, "'pointer'")
    else { return nil }
    if let fault = DocumentFile.fault(ofPointer: text) {
      diagnostics.error("pointer", fault.message, at: node, hint: fault.hint)
      return nil
    }
    let named: ParameterSource.Format? = fields.choice("format")
    if fields.has("format"), named == nil { return nil }
    guard let format = named ?? DocumentFile.format(of: file) else {
      diagnostics.error(
        "fleet-parameter", "the name '\(Excerpt.short(file))' does not say its format", at: node,
        hint: "add 'format: json', 'format: yaml' or 'format: toml'")
      return nil
    }
    return .pointer(file: file, pointer: text, format: format)
  }

  private func match(_ fields: Fields, _ file: String) -> ParameterSource.Value? {
    if let other = fields.key("format") {
      diagnostics.error(
        "key-combination", "'format' has no meaning beside 'match'", at: other,
        hint: "'format' stands beside 'pointer'")
    }
    guard let (text, pattern) = pattern(fields, "match") else { return nil }
    let group = fields.text("group") ?? (pattern.groupCount > 1 ? "1" : "0")
    let number = CoreNumber.int(group) ?? pattern.group(named: group)
    guard let number, (0..<pattern.groupCount).contains(number) else {
      diagnostics.error(
        "fleet-parameter", "the pattern has no group '\(Excerpt.short(group))'",
        at: fields["group"] ?? fields.node,
        hint: "it has \(pattern.groupCount - 1); 0 is the whole match")
      return nil
    }
    return .match(file: file, pattern: text, group: String(number))
  }
}
