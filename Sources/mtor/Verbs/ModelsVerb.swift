import Events
import Manifests
import Platform
import Repairing
import Subprocess
import Transport
import YAMLTree

/// `mtor models [probe | add PROVIDER]`: what is configured, what answers, a provider more.
enum ModelsVerb {
  static func run(_ invocation: Invocation) throws -> ExitCode {
    switch invocation.operands.first {
    case nil: return try list(invocation)
    case "probe": return try probe(invocation)
    case "add": return try add(invocation)
    case let word?:
      throw UsageFaults(all: [
        UsageFault(
          rule: "usage-value", message: "'\(Printable.escaped(word))' is none of probe and add",
          argument: invocation.positions.first,
          hint: "mtor models, mtor models probe, mtor models add")
      ])
    }
  }

  private static func configuration(_ invocation: Invocation) throws -> Configuration? {
    do {
      return try ConfigurationFile.read(invocation).configuration
    } catch let faults as DiagnosticList {
      let printer = DiagnosticPrinter()
      Output.complain(faults.all.map { printer.line($0) }.joined(separator: "\n") + "\n")
      return nil
    }
  }

  /// The same configuration for the next command, which would read the usual one.
  private static func again(_ invocation: Invocation) -> String {
    invocation.value(.config).map { " --config \(UsageFault.quoted($0))" } ?? ""
  }

  // MARK: List

  private static func list(_ invocation: Invocation) throws -> ExitCode {
    guard let configuration = try configuration(invocation) else { return .invalid }
    if configuration.models.isEmpty {
      try Output.print(
        "no model is configured: nothing is ever sent anywhere\n"
          + "next: mtor models add \(ProviderPreset.all.map(\.name).joined(separator: "|"))"
          + "\(again(invocation))\n")
      return .success
    }
    for model in configuration.models { try Output.print(line(model)) }
    let ladder = configuration.repair.models ?? configuration.models.map(\.name)
    try Output.print("asked in this order: \(ladder.joined(separator: ", "))\n")
    return .success
  }

  private static func line(_ model: ModelConfiguration) -> String {
    let name = Printable.escaped(model.name)
    if model.api == .command {
      return "\(name)  runs \(Printable.escaped(model.command.joined(separator: " ")))\n"
    }
    var text = "\(name)  \(Printable.escaped(model.model)) at \(Printable.escaped(model.url))"
    if let variable = model.keyVariable {
      let isSet = Environment.value(variable).map { !$0.isEmpty } ?? false
      text += ", key in \(variable)" + (isSet ? "" : " (not set)")
    }
    return text + ", \(price(model))\n"
  }

  private static func price(_ model: ModelConfiguration) -> String {
    guard let price = model.price else { return "no price known" }
    if price.input == 0 && price.output == 0 { return "free" }
    return "USD \(price.input) in, \(price.output) out for a million tokens"
  }

  // MARK: Probe

  private static func probe(_ invocation: Invocation) throws -> ExitCode {
    guard let configuration = try configuration(invocation) else { return .invalid }
    let wanted = invocation.operands.dropFirst()
    let models = configuration.models.filter { wanted.isEmpty || wanted.contains($0.name) }
    if models.isEmpty {
      let (what, help) =
        configuration.models.isEmpty
        ? ("no model is configured", "mtor models add openai|ollama|…; mtor models lists them all")
        : ("no such model is configured", "mtor models lists those that are")
      Output.complain("error: \(what)\n = help: \(help)\n")
      return .invalid
    }
    try Interruption.watch()
    var answered = false
    for model in models {
      guard model.api != .command else {
        try Output.print("\(Printable.escaped(model.name)): an agent, not asked\n")
        continue
      }
      do throws(EndpointFailure) {
        let endpoint = try ConfiguredModels.endpoint(of: model, CommandEnvironment.inherited)
        let found = try ModelProbe.probe(endpoint)
        answered = true
        try say(text(found, of: model))
      } catch {
        let hint = error.hint.map { "\n = help: \($0)" } ?? ""
        let name = Printable.escaped(model.name)
        try say("\(name): \(error.message(behind: name))\(hint)\n")
      }
    }
    return answered ? .success : .unreachable
  }

  /// Printing that fails is not the endpoint's failure.
  private static func say(_ text: String) throws(EndpointFailure) {
    do { try Output.print(text) } catch {
      throw EndpointFailure(.interrupted, "standard output cannot be written")
    }
  }

  private static func text(_ probe: ModelProbe, of model: ModelConfiguration) -> String {
    let tenths = (probe.seconds * 10).rounded() / 10
    var text = "\(Printable.escaped(model.name)): answers in \(tenths) s"
    if let name = probe.answeredAs { text += ", calls itself \(Printable.escaped(name))" }
    if let usage = probe.usage { text += ", took \(usage.input) + \(usage.output) tokens" }
    if let context = probe.context {
      text += ", window \(context)"
      if context < model.context { text += " (configured: \(model.context))" }
    }
    if probe.isListed == false { text += ", not in its list of models" }
    return text + ", \(price(model))\n"
  }

  // MARK: Add

  private static func add(_ invocation: Invocation) throws -> ExitCode {
    let word = invocation.operands.dropFirst().first ?? ""
    if invocation.operands.count > 2 {
      throw UsageFaults(all: [
        UsageFault(
          rule: "usage-extra-operand",
          message: "'models add' takes no '\(Printable.escaped(invocation.operands[2]))'",
          argument: invocation.positions[2], hint: "add one provider at a time")
      ])
    }
    guard let preset = ProviderPreset.named(word) else {
      let known = ProviderPreset.all.map(\.name).joined(separator: ", ")
      throw UsageFaults(all: [
        UsageFault(
          rule: "usage-value",
          message: word.isEmpty
            ? "which provider?" : "'\(Printable.escaped(word))' is no provider that is known",
          argument: invocation.positions.dropFirst().first, hint: "one of: \(known)")
      ])
    }
    guard let path = ConfigurationFile.path(invocation) else {
      Output.complain("error: neither XDG_CONFIG_HOME nor HOME is set\n = help: --config FILE\n")
      return .system
    }
    let name = invocation.value(.name) ?? preset.name
    let entry = preset.entry(
      called: name, model: invocation.value(.model), url: invocation.value(.url))
    let text = try TextFile.readToRewrite(path) ?? ""
    // What is written must be read back as what was meant, or nothing is written.
    guard let added = ConfigurationFile.adding(entry, to: text),
      case .success(let read) = Result(catching: {
        try ConfigurationReader.read(SourceText(name: path, bytes: Array(added.utf8)))
      }), read.configuration.model(named: name) != nil
    else {
      Output.complain(
        "error: the model cannot be added to \(Printable.escaped(path)) without guessing; is there "
          + "a model '\(Printable.escaped(name))' already?\n = help: --name NAME, or add below "
          + "'models:'\n\(entry)")
      return .invalid
    }
    try TextFile.replace(path, with: added)
    let probe = "mtor models probe \(UsageFault.quoted(name))\(again(invocation))"
    var next = "next: \(probe)\n"
    if let variable = preset.keyVariable, Environment.value(variable) == nil {
      next = "next: export \(variable)=…, then: \(probe)\n"
    }
    try Output.print("added \(name) to \(Printable.escaped(path))\n" + next)
    return .success
  }
}
