import CMtor
import Glibc
public import Platform
import Synchronization

/// Runs commands, each under a supervising process of its own, so that nothing of it survives
/// its end, its deadline, an interruption, or the death of mtor.
///
/// May be used from several threads at once; each call of `run` blocks its thread.
public final class CommandRunner: Sendable {
  /// Which lines of a command's output are delivered while it runs.
  public enum LineRate: Sendable {
    case all
    /// The newest, one in so many milliseconds at most: what a screen shows costs nothing then,
    /// however much there is.
    case latest(milliseconds: Int)
  }

  private let executable: String
  private let host: Mutex<Host?>
  /// The root whose shadow the commands run in; nil for the world as it is.
  private let shadowed: String?

  /// `supervisor` is an executable that holds this module (mtor itself, a test bundle): it is
  /// started again as the host of the supervising processes, with the first command.
  public init(supervisor: String = "/proc/self/exe") {
    executable = supervisor
    host = Mutex(nil)
    shadowed = nil
  }

  /// Gives the memory of this executable's own code back, which the kernel reads again from its
  /// cache when it is needed; for a process that will wait long.
  public static func giveBackCode() { mtor_give_back_code() }

  /// Commands of a shadow that is a copy.
  init(supervisor: String, shadowOf root: String) {
    executable = supervisor
    host = Mutex(nil)
    shadowed = root
  }

  /// Commands of a shadow: its host cannot be replaced, since the shadow goes with it.
  init(shadowOf root: String, host: Host) {
    executable = ""
    self.host = Mutex(host)
    shadowed = root
  }

  /// Runs a command to its end and returns how it ended.
  ///
  /// Throws only where it could not be run at all: no such executable or folder, no process or
  /// descriptor to be had. `onLine` gets lines of output as they come (without their newlines,
  /// as bytes), on the calling thread. A command is ended by the first signal that `Interruption`
  /// counts, at once by the second; and by a `watch` that has seen enough.
  public func run(
    _ command: Command, lines rate: LineRate = .all, watch: CommandWatch? = nil,
    onLine: (([UInt8]) -> Void)? = nil
  ) throws(SystemError) -> Outcome {
    var command = command
    if let shadowed { command.environment["MTOR_SHADOW"] = shadowed }
    guard let wrapping = command.wrapping else {
      return try attempt(command, rate, watch, onLine)
    }
    let lines = onLine.map(WrappedLines.init)
    var attempts = 1
    while true {
      do throws(SystemError) {
        let outcome = try attempt(command, rate, watch, lines.map { $0.take })
        lines?.release()
        return outcome
      } catch {
        guard error.call == Wrapping.call, attempts < Wrapping.attempts else { throw error }
        lines?.forget()
        command.program = try wrapping.remake()
        attempts += 1
      }
    }
  }

  private func attempt(
    _ command: Command, _ rate: LineRate, _ watch: CommandWatch?, _ onLine: (([UInt8]) -> Void)?
  ) throws(SystemError) -> Outcome {
    if Interruption.count > 0 { return .neverStarted }
    let job = try Job(command)
    let input = try Self.input(command.input)
    let reader = try OutputReader(command.capture, rate, onLine: onLine)
    let lifeline = try start(job, input: input, reader.takeWriters())
    var watched: (CommandWatch, pid_t)?
    if let watch { watched = (watch, try current().process) }
    let report = try Self.follow(lifeline, reader, watched)
    try reader.finish()
    if report.ending == MTOR_NOT_STARTED.rawValue {
      throw Self.failure(report, of: command, saying: reader.output.head)
    }
    return Outcome(report, reader)
  }

  /// Hands the job over, to a new host where the old one has died.
  private func start(
    _ job: Job, input: borrowing Descriptor, _ writers: consuming OutputReader.Writers?
  ) throws(SystemError) -> Descriptor {
    guard let writers else { throw SystemError("pipe2", code: EBADF) }
    var raw: Int32 = -EPIPE
    for _ in 0..<2 where raw == -EPIPE || raw == -ECONNRESET {
      let host = try current()
      raw = job.bytes.withUnsafeBytes { bytes in
        mtor_host_run(
          host.socket, bytes.baseAddress!, bytes.count, input.raw, writers.out,
          writers.err)
      }
      if raw == -EPIPE || raw == -ECONNRESET { forget(host) }
    }
    if raw < 0 { throw SystemError("sendmsg", code: -raw) }
    return Descriptor(owning: raw)
  }

  private func current() throws(SystemError) -> Host {
    let result: Result<Host, SystemError> = host.withLock { host in
      if let host { return .success(host) }
      if executable.isEmpty { return .failure(SystemError("shadow", shadowed, code: ESRCH)) }
      do throws(SystemError) {
        let new = try Host(executable)
        host = new
        return .success(new)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private func forget(_ dead: Host) {
    host.withLock { if $0 === dead { $0 = nil } }
  }

  /// Reads output until the supervising process reports.
  ///
  /// What `watch` is told of the processor is that of everything below the host: a command that is
  /// watched is the only one of its shadow.
  private static func follow(
    _ lifeline: borrowing Descriptor, _ reader: OutputReader, _ watch: (CommandWatch, pid_t)?
  ) throws(SystemError) -> mtor_report {
    var report = mtor_report()
    var interruptions = 0
    let start = Clock.monotonic
    var next = watch.map { start + Int64($0.0.interval * 1e9) }
    while true {
      if let (watch, process) = watch, let due = next, Clock.monotonic >= due {
        let sample = CommandSample(
          seconds: Double(Clock.monotonic - start) / 1e9, output: reader.total,
          processor: ProcessorTime.below(process))
        // Looking may take long; the pause after it is whole.
        if watch.look(sample) {
          next = Clock.monotonic + Int64(watch.interval * 1e9)
        } else {
          next = nil
          mtor_lifeline_ask(lifeline.raw, MTOR_ASK_END)
        }
      }
      // After the first signal the descriptor stays readable: the second is asked for instead.
      let ready = try reader.wait(
        lifeline: lifeline.raw, signals: interruptions == 0 ? Interruption.descriptor ?? -1 : -1,
        milliseconds: interruptions == 1 ? 50 : Self.patience(until: next))
      if interruptions == 0, Interruption.count > 0 {
        interruptions = 1
        mtor_lifeline_ask(lifeline.raw, MTOR_ASK_END)
      }
      if interruptions == 1, Interruption.count > 1 {
        interruptions = 2
        mtor_lifeline_ask(lifeline.raw, MTOR_ASK_KILL)
      }
      guard ready else { continue }
      let code = mtor_lifeline_report(lifeline.raw, &report)
      if code < 0 { throw SystemError("recv", code: -code) }
      if code > 0 { return report }
    }
  }

  /// How long to wait for something to happen; -1: until it does.
  private static func patience(until due: Int64?) -> Int32 {
    due.map { Int32(clamping: max(1, ($0 - Clock.monotonic) / 1_000_000 + 1)) } ?? -1
  }

  private static func input(_ bytes: [UInt8]) throws(SystemError) -> Descriptor {
    guard !bytes.isEmpty else { return try Descriptor.open("/dev/null", O_RDONLY) }
    let raw = bytes.withUnsafeBytes { mtor_bytes($0.baseAddress, $0.count) }
    guard raw >= 0 else { throw SystemError("memfd_create", code: -raw) }
    return Descriptor(owning: raw)
  }

  private static func failure(
    _ report: mtor_report, of command: Command, saying output: [UInt8]
  ) -> SystemError {
    switch mtor_step(report.step) {
    case MTOR_STEP_CHDIR: SystemError("chdir", command.directory, code: report.value)
    case MTOR_STEP_EXEC:
      SystemError(
        "execve", (command.wrapping?.program ?? command.program).arguments[0], code: report.value)
    case MTOR_STEP_LIMIT: SystemError("setrlimit", code: report.value)
    case MTOR_STEP_JOB: SystemError("mmap", code: report.value)
    case MTOR_STEP_NETWORK: SystemError("unshare", "network", code: report.value)
    case MTOR_STEP_LANDLOCK: SystemError("landlock_restrict_self", code: report.value)
    case MTOR_STEP_SECCOMP: SystemError("seccomp", code: report.value)
    case MTOR_STEP_WRAPPER:
      // It says on its standard error what it could not do, and has no errno for it.
      SystemError(
        Wrapping.call, Printable.output(output).split(separator: "\n").first.map(String.init),
        code: ECANCELED)
    default: SystemError("fork", code: report.value)
    }
  }
}

extension Command.Program {
  /// What it is, in one text: the shell's text, or the program and its arguments.
  public var text: String {
    switch self {
    case .executable: arguments.joined(separator: " ")
    case .sh(let text), .bash(let text): text
    }
  }

  /// The arguments, the name of the program first.
  var arguments: [String] {
    switch self {
    case .executable(let name, let arguments): [name] + arguments
    case .sh(let text): ["sh", "-ec", text]
    case .bash(let text): ["bash", "-euo", "pipefail", "-c", text]
    }
  }
}

extension Outcome {
  /// The outcome of a command that an interruption forestalled.
  static var neverStarted: Outcome {
    Outcome(
      ending: .interrupted, output: CapturedOutput(), seconds: 0, secondsUntilGone: 0,
      userSeconds: 0, systemSeconds: 0, peakMemory: 0, leftovers: 0)
  }

  init(_ report: mtor_report, _ reader: OutputReader) {
    ending =
      switch mtor_ending(report.ending) {
      case MTOR_EXITED: .exited(report.value)
      case MTOR_SIGNALLED: .signalled(report.value)
      case MTOR_TIMED_OUT: .timedOut
      case MTOR_ENDED: .interrupted
      case MTOR_TOO_MANY: .tooManyProcesses
      // The command killed its supervisor, or somebody did: it did not end by itself.
      default: .signalled(SIGKILL)
      }
    output = reader.output
    standardOutput = reader.standardOutput
    standardError = reader.standardError
    seconds = Double(report.wall_ns) / 1e9
    secondsUntilGone = Double(report.gone_ns) / 1e9
    userSeconds = Double(report.user_us) / 1e6
    systemSeconds = Double(report.system_us) / 1e6
    peakMemory = Int(report.peak_bytes)
    leftovers = Int(report.leftovers)
  }
}
