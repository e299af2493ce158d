import Manifests
import Platform
import Repairing
import Subprocess
import Transport

/// Whether the models that are configured would answer: they are asked for their list of models,
/// and for no reply, so that it costs nothing.
extension Machine {
  static func models(_ configuration: Configuration) -> [Finding] {
    let found = configuration.models.map { look(at: $0) }
    // One that answers is enough for a repair.
    if found.allSatisfy({ $0.state == .bad }) { return found }
    return found.map { finding in
      finding.state == .bad
        ? Finding(finding.name, .odd, finding.text, remedy: finding.remedy, isModel: true) : finding
    }
  }

  private static func look(at model: ModelConfiguration) -> Finding {
    let name = "model \(Printable.escaped(model.name))"
    if model.api == .command { return agent(model, name) }
    do throws(EndpointFailure) {
      var endpoint = try ConfiguredModels.endpoint(of: model, CommandEnvironment.inherited)
      let own = endpoint.deadlines
      endpoint.deadlines = .init(
        connect: min(own.connect, 5), firstByte: min(own.firstByte, 10), idle: min(own.idle, 5),
        total: min(own.total, 15))
      let list = try ModelList.ask(endpoint)
      var answers = "\(Printable.escaped(model.url)) answers"
      let tenths = (list.seconds * 10).rounded() / 10
      if tenths > 0.5 { answers += " in \(tenths) s" }
      if list.isListed == nil { answers += ", and has no list of models" }
      guard list.isListed == false else { return Finding(name, .good, answers, isModel: true) }
      return Finding(
        name, .odd, "\(answers), and does not list '\(Printable.escaped(model.model))'",
        remedy: "mtor models probe \(Printable.escaped(model.name))", isModel: true)
    } catch {
      return Finding(
        name, .bad, error.message(behind: Printable.escaped(model.name)),
        remedy: remedy(error, model), isModel: true)
    }
  }

  private static func remedy(_ failure: EndpointFailure, _ model: ModelConfiguration) -> String {
    if failure.kind == .noLibrary { return "sudo apt-get install libcurl4" }
    if let hint = failure.hint { return hint }
    let name = Printable.escaped(model.name)
    switch failure.kind {
    case .connection, .badAddress, .untrusted:
      return "start what answers at \(Printable.escaped(model.url)), or correct 'url' of '\(name)'"
    case .silent, .deadline, .cut:
      return "wait until it has loaded its model, then: mtor models probe \(name)"
    default: return "mtor models probe \(name)"
    }
  }

  private static func agent(_ model: ModelConfiguration, _ name: String) -> Finding {
    let program = model.command.first ?? ""
    let shown = Printable.escaped(program)
    if let path = find(program) {
      return Finding(name, .good, "runs \(Printable.escaped(path))", isModel: true)
    }
    return Finding(
      name, .bad, "'\(shown)' is no program that can be run",
      remedy: "install \(shown), or correct 'command' of '\(Printable.escaped(model.name))'",
      isModel: true)
  }
}

extension EndpointFailure {
  /// The message without the model's name at its beginning, for where that stands before it.
  func message(behind name: String) -> String {
    for start in [name + ": ", name + " "] where message.hasPrefix(start) {
      return String(message.dropFirst(start.count))
    }
    return message
  }
}
