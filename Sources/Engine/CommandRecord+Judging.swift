import Events
import Manifests
import Platform
import Subprocess

extension CommandRecord {
  /// Takes over what a command used and said.
  mutating func take(_ result: Subprocess.Outcome) {
    seconds = result.seconds
    userSeconds = result.userSeconds
    systemSeconds = result.systemSeconds
    peakMemory = result.peakMemory
    omitted = result.output.omitted
    output = Printable.output(result.output.head)
    if omitted > 0 { output += "\n[\(omitted) bytes left out]\n" }
    output += Printable.output(result.output.tail)
  }

  /// Decides whether the command passed, by what it was expected to do.
  mutating func judge(_ result: Subprocess.Outcome, by spec: CommandSpec) {
    switch result.ending {
    case .timedOut:
      outcome = .timedOut
      reason = "no end within \(Self.text(seconds: spec.timeout))"
    case .interrupted: outcome = .interrupted
    case .tooManyProcesses:
      outcome = .failed
      reason = "more processes than the sandbox allows"
    case .signalled(let number):
      signal = Int(number)
      outcome = .failed
      reason = "died of signal \(number)"
    case .exited(let code):
      exit = Int(code)
      if let fault = Self.exitFault(Int(code), spec.exit) ?? Self.outputFault(result, spec) {
        outcome = .failed
        reason = fault
      }
    }
  }

  private static func exitFault(_ code: Int, _ expected: CommandSpec.ExpectedExit) -> String? {
    switch expected {
    case .codes(let codes):
      if codes.contains(code) { return nil }
      let wanted = codes.map(String.init).joined(separator: " or ")
      return codes == [0] ? "exit code \(code)" : "exit code \(code), not \(wanted)"
    case .nonzero: return code != 0 ? nil : "exit code 0, though a failure is expected"
    }
  }

  private static func outputFault(_ result: Subprocess.Outcome, _ spec: CommandSpec) -> String? {
    let pairs = [
      ("standard output", spec.output, result.standardOutput),
      ("standard error", spec.errors, result.standardError),
    ]
    for case (let name, let expected?, let captured?) in pairs {
      guard let bytes = captured.whole else {
        return "\(name) is longer than 16 MB, too long to be compared"
      }
      if let fault = fault(in: bytes, called: name, expected) { return fault }
    }
    return nil
  }

  private static func fault(
    in bytes: [UInt8], called name: String, _ expected: CommandSpec.ExpectedText
  ) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    switch expected {
    case .whole(let wanted):
      return bytes.elementsEqual(wanted.utf8) ? nil : "\(name) is not the expected text"
    case .contains(let part):
      // By bytes, so that two normalisations of a text are not taken for one.
      return bytes.contains(sequence: Array(part.utf8))
        ? nil : "\(name) does not contain '\(Printable.escaped(part))'"
    case .matches(let pattern):
      do {
        return try Pattern(pattern).matches(text)
          ? nil : "\(name) does not match /\(Printable.escaped(pattern))/"
      } catch {
        return "\(name) cannot be matched: \(error)"
      }
    }
  }

  /// A duration as a person writes it: `90s`, `10m`.
  static func text(seconds: Double) -> String {
    let whole = Int(seconds)
    if Double(whole) != seconds { return "\(seconds)s" }
    if whole % 3600 == 0 { return "\(whole / 3600)h" }
    if whole % 60 == 0 { return "\(whole / 60)m" }
    return "\(whole)s"
  }
}

extension Array where Element == UInt8 {
  /// True if a run of these very bytes stands somewhere.
  fileprivate func contains(sequence part: [UInt8]) -> Bool {
    guard let first = part.first else { return true }
    var start = startIndex
    while let index = self[start...].firstIndex(of: first), count - index >= part.count {
      if self[index..<(index + part.count)].elementsEqual(part) { return true }
      start = index + 1
    }
    return false
  }
}
