import CFault

/// The calls of one run, in order: which numbers are worth a fault.
final class CallLog {
  struct Call {
    var name: String
    var path: String
  }

  private(set) var calls: [Call] = []

  /// Runs a command without a fault and writes its calls down.
  static func of(_ subject: Subject, _ command: Subject.Command) -> CallLog {
    let log = CallLog()
    var fault = fault()
    fault.context = Unmanaged.passUnretained(log).toOpaque()
    fault.seen = { context, call, path in
      guard let context else { return }
      Unmanaged<CallLog>.fromOpaque(context).takeUnretainedValue().calls.append(
        Call(name: String(cString: call), path: String(cString: path)))
    }
    withExtendedLifetime(log) { _ = subject.run(command, fault) }
    return log
  }

  /// The number of the first call that names one of some paths, or what is below it.
  func first(naming paths: String...) -> Int {
    calls.firstIndex { call in
      paths.contains { call.path == $0 || call.path.hasPrefix($0 + "/") }
    }.map { $0 + 1 } ?? 1
  }

  /// The numbers, from 1, of the calls of one name.
  func numbers(of names: Set<String>) -> [Int] {
    calls.indices.filter { names.contains(calls[$0].name) }.map { $0 + 1 }
  }
}
