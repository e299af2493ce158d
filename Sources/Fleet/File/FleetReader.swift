import Manifests
import Platform
public import YAMLTree

/// Reads a FLEET.yaml; every fault is reported at its place.
public struct FleetReader {
  let diagnostics: Diagnostics

  static let keys = [
    "manifest", "repositories", "select", "params", "branch", "commit", "push", "open",
    "concurrency", "budget", "stop_after",
  ]

  /// Reads a whole file.
  public static func read(_ source: SourceText) throws(DiagnosticList) -> FleetFile {
    let diagnostics = Diagnostics(source)
    guard let document = Document.read(source, into: diagnostics),
      let fields = Fields(document.root, "a fleet", known: keys, diagnostics)
    else { throw DiagnosticList(diagnostics.sorted) }
    let fleet = FleetReader(diagnostics: diagnostics).read(fields)
    if diagnostics.hasErrors { throw DiagnosticList(diagnostics.sorted) }
    return fleet
  }

  private func read(_ fields: Fields) -> FleetFile {
    let manifest = fields.required("manifest").flatMap { text($0, "'manifest'") }
    var fleet = FleetFile(source: diagnostics.source, manifest: manifest ?? "")
    if let node = fields.required("repositories", hint: "name one: repositories: [../there]"),
      let items = fields.reader.list(node, "'repositories'")
    {
      if items.isEmpty {
        diagnostics.error(
          "missing-key", "there is no repository", at: node,
          hint: "name a folder, an address, a pattern, a list or a command")
      }
      fleet.repositories = items.compactMap(repository)
    }
    fleet.select = (fields.list("select") ?? []).compactMap(selection)
    fleet.params = parameters(fields)
    fleet.branch = branch(fields, "branch") ?? fleet.branch
    if let commit = fields.wholeText("commit") {
      if commit.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
        diagnostics.error(
          "commit-empty", "the commit's message is empty", at: fields["commit"] ?? fields.node,
          hint: "say in a few words what changes, or leave 'commit' out")
      }
      fleet.commit = commit
    }
    fleet.push = push(fields)
    fleet.open = open(fields)
    fleet.concurrency = fields.int("concurrency", in: 1...256) ?? fleet.concurrency
    fleet.budget = budget(fields)
    fleet.stopAfter = fields.int("stop_after", in: 1...1_000_000)
    return fleet
  }

  private func push(_ fields: Fields) -> FleetFile.Push? {
    guard let node = fields["push"] else { return nil }
    if let scalar = node.scalar, scalar.style == .plain, ["true", "false"].contains(scalar.string) {
      return scalar.string == "true" ? FleetFile.Push(remote: nil, isDry: false) : nil
    }
    guard let keys = Fields(node, "'push'", known: ["remote", "dry"], diagnostics) else {
      return nil
    }
    var push = FleetFile.Push(remote: nil, isDry: keys.bool("dry") ?? true)
    if let remote = keys.text("remote"), let node = keys["remote"] {
      // The name stands for itself in the check: it has no sign that matters to an address.
      let tried = remote.replacing("{name}", with: "name")
      if !tried.hasPrefix("/") { _ = address(tried, node) }
      push.remote = remote
    }
    return push
  }

  /// A command, or one with the time that it may take.
  private func open(_ fields: Fields) -> FleetFile.Open? {
    guard let node = fields["open"] else { return nil }
    if node.scalar != nil {
      return fields.wholeText("open").flatMap { notEmpty($0, node, "'open'") }
        .map { FleetFile.Open(command: $0, timeout: Self.openTimeout) }
    }
    guard let keys = Fields(node, "'open'", known: ["run", "timeout"], diagnostics) else {
      return nil
    }
    var timeout = Self.openTimeout
    if let limit = keys["timeout"], let text = keys.text("timeout") {
      if let seconds = Duration.seconds(text), (1...3600).contains(seconds) {
        timeout = seconds
      } else {
        diagnostics.error(
          "duration", "'timeout' must be from 1 second to 1 hour", at: limit,
          hint: "write '10m', what holds where nothing is said")
      }
    }
    let command = keys.required("run").flatMap { text($0, "'run'") }
    return command.map { FleetFile.Open(command: $0, timeout: timeout) }
  }

  private static let openTimeout = 600.0

  private func budget(_ fields: Fields) -> FleetFile.Budget {
    guard let node = fields["budget"],
      let keys = Fields(node, "'budget'", known: ["tokens", "usd"], diagnostics)
    else { return FleetFile.Budget() }
    return FleetFile.Budget(tokens: keys.int("tokens"), usd: keys.double("usd"))
  }

  // MARK: What several keys hold

  func text(_ node: Node, _ what: String) -> String? {
    NodeReader(diagnostics).text(node, what).flatMap { notEmpty($0, node, what) }
  }

  func notEmpty(_ text: String, _ node: Node?, _ what: String) -> String? {
    if !text.unicodeScalars.allSatisfy(\.properties.isWhitespace) { return text }
    diagnostics.error("empty-value", "\(what) is empty", at: node?.start, hint: "write something")
    return nil
  }

  func address(_ text: String, _ node: Node) -> GitAddress? {
    do throws(GitAddress.Fault) { return try GitAddress(text) } catch {
      diagnostics.error("fleet-address", error, at: node)
      return nil
    }
  }

  func branch(_ fields: Fields, _ name: String) -> String? {
    guard let node = fields[name], let text = text(node, "'\(name)'") else { return nil }
    guard let fault = BranchName.fault(text) else { return text }
    diagnostics.error(
      "fleet-branch", "the branch '\(Excerpt.short(text))' \(fault)", at: node,
      hint: "write a name such as mtor/licence")
    return nil
  }

  /// A file of a repository.
  func path(_ fields: Fields, _ name: String) -> String? {
    guard let node = fields[name], let text = text(node, "'\(name)'") else { return nil }
    do throws(PathFault) { return try RelativePath(text).text } catch {
      diagnostics.error("fleet-path", error.message, at: node, hint: error.hint)
      return nil
    }
  }

  func pattern(_ fields: Fields, _ name: String) -> (text: String, pattern: Pattern)? {
    guard let node = fields[name], let text = text(node, "'\(name)'") else { return nil }
    do throws(PatternError) { return (text, try Pattern(text)) } catch {
      diagnostics.error(
        "pattern", "'\(name)' is no pattern: \(error.message)", at: node,
        hint: error.offset.map { "look at its character \($0 + 1)" })
      return nil
    }
  }
}
