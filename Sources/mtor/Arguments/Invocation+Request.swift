import Engine
import Manifests
import Materialising
import Platform
import YAMLTree

extension Invocation {
  /// What `apply` and `plan` are asked for.
  func request() throws(UsageFaults) -> ApplyRequest {
    var request = ApplyRequest(
      sources: operands.map(ApplyRequest.Source.init(named:)))
    guard operands.count(where: { ["-", "/dev/stdin"].contains($0) }) <= 1 else {
      throw fault("standard input is named twice", at: positions.last, "write '-' once")
    }
    request.root = value(.root)
    request.params = try parameters()
    request.isForced = has(.force)
    request.restoresDeclared = has(.declared)
    request.only = value(.only)
    request.keepsGoing = has(.keepGoing)
    request.onFailure = value(.onFailure).flatMap(ApplyRequest.OnFailure.init) ?? .keep
    request.jobs = count(.jobs) ?? request.jobs
    request.runsTests = !has(.noTests)
    request.runsHooks = !has(.noHooks)
    request.commitMessage = value(.commit)
    request.isStrict = has(.strict)
    request.verifiesContents = has(.verify)
    request.durability = value(.durability) == "kill" ? .kill : .full
    request.notation = value(.readAs).flatMap(Notation.init(rawValue:))
    request.logDirectory = value(.logDirectory)
    return request
  }

  /// The request with what the configuration says of commands and sizes.
  func request(_ configuration: Configuration) throws(UsageFaults) -> ApplyRequest {
    var request = try request()
    request.configuration = configuration
    request.limits = configuration.limits
    request.commands = CommandRules(
      configuration, fromStandardInput: request.sources.contains(where: \.isStream),
      sandbox: has(.sandbox) ? true : has(.noSandbox) ? false : nil)
    request.isolation = isolation(inSandbox: request.commands.usesSandbox)
    return request
  }

  private func isolation(inSandbox: Bool) -> Isolation {
    if verb == .rehearse { return .rehearsed(lands: has(.land), inSandbox: inSandbox) }
    return inSandbox ? .sandboxed : .none
  }

  private func parameters() throws(UsageFaults) -> [String: String] {
    var values: [String: String] = [:]
    for value in all(.param) {
      let (text, position) = (value.text, value.position)
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        let lack = text.first == "=" ? "name" : "'='"
        throw fault(
          "'\(Printable.escaped(text))' has no \(lack)", at: position, "write --param NAME=VALUE")
      }
      let name = String(text[..<equals])
      guard values[name] == nil else {
        throw fault(
          "the parameter '\(Printable.escaped(name))' is set twice", at: position, "set it once")
      }
      values[name] = String(text[text.index(after: equals)...])
    }
    return values
  }

  private func fault(_ message: String, at position: Int?, _ hint: String) -> UsageFaults {
    UsageFaults(all: [
      UsageFault(rule: "usage-value", message: message, argument: position, hint: hint)
    ])
  }
}
