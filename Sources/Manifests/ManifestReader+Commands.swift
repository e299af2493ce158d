import YAMLTree

extension ManifestReader {
  /// `env`, `pass_env`, `path` and `cwd` of a manifest, a step or a command.
  func commandDefaults(_ fields: Fields) -> CommandDefaults {
    var defaults = CommandDefaults()
    defaults.directory = path(fields, "cwd")
    defaults.environment = environment(fields)
    defaults.passEnvironment = (fields.list("pass_env") ?? []).compactMap {
      variableName($0, "an item of 'pass_env'")
    }
    defaults.path = paths(fields, "path")
    return defaults
  }

  private func environment(_ fields: Fields) -> [String: String] {
    var result: [String: String] = [:]
    for pair in fields.pairs("env") ?? [] {
      guard let name = variableName(pair.key, "a variable of 'env'"),
        let value = line(pair.value, "the value of '\(name)'")
      else { continue }
      checkParameters(value, pair.value)
      result[name] = value
    }
    return result
  }

  private func variableName(_ node: Node, _ what: String) -> String? {
    guard let name = reader.text(node, what) else { return nil }
    if Expansion.isName(name) { return name }
    diagnostics.error(
      "env-name", "'\(Excerpt.short(name))' cannot be the name of a variable", at: node,
      hint: "use letters, digits and '_', no digit first")
    return nil
  }

  /// A list of commands: `setup`, `run`, `tests` or `verify`.
  func commands(_ fields: Fields, _ name: String, _ role: CommandLints.Role) -> [CommandSpec] {
    guard let node = fields[name] else { return [] }
    if case .scalar(let scalar) = node.value, scalar.bytes.count > 0, !node.isFaulty {
      diagnostics.error(
        "wrong-type", "'\(name)' must be a list of commands, not a text", at: node,
        hint: scalar.string.hasPrefix("-")
          ? "write a space behind each dash: '- \(Excerpt.short(String(scalar.string.dropFirst())))'"
          : "write the command on a line of its own, after '- '")
      return []
    }
    return (fields.list(name) ?? []).compactMap { command($0, role) }
  }

  private static let commandKeys = [
    "run", "name", "shell", "timeout", "cwd", "env", "pass_env", "path", "stdin", "network",
    "creates", "unless", "retries", "inputs", "expect",
  ]

  private func command(_ node: Node, _ role: CommandLints.Role) -> CommandSpec? {
    switch node.value {
    case .scalar:
      guard let text = commandText(node, "the command") else { return nil }
      lint(text, node, .sh, role)
      return CommandSpec(run: text, mark: node.start)
    case .sequence:
      diagnostics.error(
        "wrong-type", "a command is a text or a mapping, not a list", at: node,
        hint: "write it as one text for the shell")
      return nil
    case .mapping(let pairs):
      if pairs.count == 1, let key = pairs[0].key.scalar?.string,
        !Self.commandKeys.contains(key), key.contains(" ")
      {
        diagnostics.error(
          "command-colon", "': ' cuts this command in two", at: node,
          hint: wholeLine(of: pairs[0]).map {
            "put the whole command in quotes: \(Quoted.shown($0))"
          }
            ?? "put the whole command in quotes, or write it as a block: '- |'")
        return nil
      }
      return fullCommand(node, role)
    }
  }

  /// The line of a command as it was written, where it is short enough to be repeated.
  private func wholeLine(of pair: Node.Pair) -> String? {
    let start = pair.key.start
    guard pair.value.scalar != nil, pair.value.end.line == start.line, !pair.value.isInFlow else {
      return nil
    }
    let range = diagnostics.source.range(ofLine: start.line)
    var line = String(decoding: diagnostics.source.bytes[range], as: UTF8.self)
    while line.last?.isWhitespace == true { line.removeLast() }
    let text = String(line.unicodeScalars.dropFirst(start.column - 1))
    return text.utf8.count > 400 ? nil : text
  }

  private func fullCommand(_ node: Node, _ role: CommandLints.Role) -> CommandSpec? {
    guard let keys = Fields(node, "a command", known: Self.commandKeys, diagnostics) else {
      return nil
    }
    let run = keys.required("run")
    var command = CommandSpec(run: "", mark: run?.start ?? node.start)
    command.shell = keys.choice("shell") ?? .sh
    if let run, let text = commandText(run, "the command") {
      command.run = text
      lint(text, run, command.shell, role)
    }
    command.name = line(keys, "name")
    command.timeout = duration(keys, "timeout") ?? command.timeout
    command.defaults = commandDefaults(keys)
    command.input = standardInput(keys)
    command.network = keys.bool("network")
    command.creates = path(keys, "creates")
    command.unless = keys["unless"].flatMap { commandText($0, "'unless'") }
    command.retries = keys.int("retries", in: 0...100) ?? 0
    command.inputs = globs(keys, "inputs") ?? []
    expectations(keys, &command)
    return command
  }

  /// A command's text: whole, not empty, without controls and parameters.
  func commandText(_ node: Node, _ what: String) -> String? {
    guard let text = reader.wholeText(node, what) else { return nil }
    guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
      diagnostics.error(
        "command-empty", "\(what) is empty", at: node, hint: "write a command, or leave it out")
      return nil
    }
    if let name = parameterName(in: text) {
      diagnostics.error(
        "command-param", "parameters are not expanded in commands", at: node,
        hint: "use \"$MTOR_PARAM_\(name)\" instead of '${{ params.\(name) }}'")
      return nil
    }
    return text
  }

  private func parameterName(in text: String) -> String? {
    guard Expansion.stands(in: text) else { return nil }
    guard let names = try? Expansion(text).names else { return "NAME" }
    return names.first
  }

  private func standardInput(_ keys: Fields) -> Text? {
    guard let node = keys["stdin"], reader.text(node, "'stdin'") != nil else { return nil }
    return node.scalar?.bytes
  }

  private func expectations(_ keys: Fields, _ command: inout CommandSpec) {
    guard let node = keys["expect"],
      let expect = Fields(node, "'expect'", known: ["exit", "stdout", "stderr"], diagnostics)
    else { return }
    if let node = expect["exit"], let exit = expectedExit(node) { command.exit = exit }
    command.output = expect["stdout"].flatMap { expectedText($0, "'stdout'") }
    command.errors = expect["stderr"].flatMap { expectedText($0, "'stderr'") }
  }

  private func expectedExit(_ node: Node) -> CommandSpec.ExpectedExit? {
    if case .sequence(let items) = node.value {
      let codes = items.compactMap { reader.int($0, "an exit code", in: 0...255) }
      if items.isEmpty {
        diagnostics.error(
          "out-of-range", "'exit' allows no exit code at all", at: node, hint: "write 'exit: 0'")
      }
      return .codes(codes)
    }
    if node.scalar?.string == "nonzero" { return .nonzero }
    if let text = node.scalar?.string, CoreNumber.int(text) == nil, !node.isFaulty, text != "" {
      diagnostics.error(
        "unknown-word", "'exit' cannot be '\(Excerpt.short(text))'", at: node,
        hint: "write a number, a list of numbers, or nonzero")
      return nil
    }
    return reader.int(node, "'exit'", in: 0...255).map { .codes([$0]) }
  }

  private func expectedText(_ node: Node, _ what: String) -> CommandSpec.ExpectedText? {
    guard case .mapping = node.value else {
      return line(node, what).map { .whole($0) }
    }
    guard let keys = Fields(node, what, known: ["contains", "matches"], diagnostics) else {
      return nil
    }
    if keys.has("contains") == keys.has("matches") {
      diagnostics.error(
        "one-of", "\(what) needs exactly one of 'contains' and 'matches'", at: node,
        hint: "write 'contains: \"a text\"' or 'matches: \"a pattern\"'")
      return nil
    }
    if let text = line(keys, "contains") { return .contains(text) }
    guard let node = keys["matches"], let text = line(node, "'matches'"),
      pattern(text, node) != nil
    else { return nil }
    return .matches(text)
  }

  private func lint(
    _ text: String, _ node: Node, _ shell: CommandSpec.Shell, _ role: CommandLints.Role
  ) {
    for finding in CommandLints.findings(in: text, shell: shell, role: role) {
      diagnostics.add(finding.diagnostic(in: diagnostics.source, at: node.start))
    }
  }
}
