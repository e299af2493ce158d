import Dispatching
import Engine
import Events
import Glibc
import Manifests
import Platform
import YAMLTree

/// `mtor worker`: does what is in the queue.
enum WorkerVerb {
  static func run(_ invocation: Invocation) throws -> ExitCode {
    do {
      let configuration = try ConfigurationFile.readForQueue(invocation)
      // Tried now: what every task would be refused for is told before the first.
      let settings = try settings(invocation, configuration)
      Shutdown.watch()
      // Short against the heartbeat: who waits for a lock cannot see that its lease runs out.
      let patience = Int(min(10, max(0.2, configuration.dispatch.heartbeat / 6)) * 1000)
      let worker = Worker(
        settings,
        open: { () throws(QueueError) in
          try QueueEngine.open(configuration, patience: patience)
        },
        log: { line in
          Output.complain("\(Clock.timestamp(Clock.now))  \(Printable.escaped(line))\n")
        })
      do throws(QueueError) { try worker.run() } catch { throw QueueAccess.failure(error) }
      return .success
    } catch let failure as RunFailure {
      return try FailureOutput(invocation).report(failure)
    } catch let faults as DiagnosticList {
      return try FailureOutput(invocation).report(.invalid(faults.all))
    }
  }

  private static func settings(
    _ invocation: Invocation, _ configuration: Configuration
  ) throws(RunFailure) -> WorkerSettings {
    try invocation.refuseOverwriting(configuration)
    // By the process: the file may be replaced by a newer one while the worker runs.
    var settings = WorkerSettings(
      executable: "/proc/\(getpid())/exe",
      folder: QueueEngine.folder(configuration, below: try QueueAccess.folder()),
      configuration: configuration)
    settings.configurationFile = invocation.value(.config).map(absolute)
    settings.ownCopies = StateHome.path.map { $0 + "/mtor" }
    settings.queue = invocation.value(.queue) ?? settings.queue
    settings.slots = invocation.count(.slots) ?? 1
    settings.requiresSigned = invocation.has(.requireSigned)
    settings.endsWhenDone = invocation.has(.drain)
    settings.metrics = invocation.value(.metrics)
    settings.name = "\(host())-\(getpid())"
    settings.signers =
      configuration.dispatch.signers.map(expanded)
      ?? ConfigurationFile.path(invocation).map { path in
        (path.lastIndex(of: "/").map { path[...$0] } ?? "") + "allowed_signers"
      } ?? ""
    if settings.slots > 1000 {
      throw .usage(message: "a worker has at most 1000 slots", hint: "start several workers")
    }
    if settings.requiresSigned && access(settings.signers, R_OK) != 0 {
      throw .system(
        message: "the signers cannot be read: \(SystemError("access", settings.signers))",
        hint: "write a line 'NAME KEYTYPE KEY' for each who may sign")
    }
    return settings
  }

  private static func host() -> String {
    var name = utsname()
    guard uname(&name) == 0 else { return "host" }
    return withUnsafeBytes(of: &name.nodename) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  private static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
    defer { free(folder) }
    return String(cString: folder) + "/" + path
  }

  private static func expanded(_ path: String) -> String {
    path.hasPrefix("~/") ? (Environment.value("HOME") ?? "~") + path.dropFirst() : path
  }
}
