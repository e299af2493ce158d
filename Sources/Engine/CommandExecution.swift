import Events
import Glibc
import Manifests
import Planning
import Platform
import Subprocess
import YAMLTree

/// Runs a manifest's command as it asks: skipped where it may be, retried where it says so, judged
/// by what it expects.
struct CommandExecution {
  let root: RootTree
  let runner: CommandRunner
  let environment: CommandEnvironment
  let params: [String: String]
  /// Nil: as the person who wrote the manifest wants it.
  var confinement: CommandConfinement?
  /// Where whole outputs are kept; nil: nowhere.
  var logs: CommandLogs?
  /// What has passed before; nil: nothing is remembered.
  var passed: PassedCommands?
  /// Called with what a person should know of a command's `inputs`.
  var onNote: (@Sendable (String) -> Void)?
  /// Which lines of output are wanted while a command runs.
  var lines = CommandRunner.LineRate.latest(milliseconds: 100)
  /// Called with lines of output, escaped.
  let onLine: (@Sendable (String) -> Void)?

  /// Runs the command and says how it ended; only mtor's own inability to run it is thrown.
  ///
  /// `products` are what it answers for, a `run` command that is.
  func run(
    _ planned: PlannedCommand, products: StepProducts? = nil
  ) throws -> CommandRecord { try perform(planned, products: products).0 }

  /// The same, with the output as bytes.
  func perform(
    _ planned: PlannedCommand, products: StepProducts? = nil
  ) throws -> (CommandRecord, CapturedOutput) {
    // The question may be one that changes something.
    if planned.spec.unless != nil { try products?.willChange() }
    if let reason = try skipReason(planned) {
      var record = self.record(of: planned, .skipped)
      record.reason = reason
      return (record, CapturedOutput())
    }
    // Before the memory of passes: in a folder that has gone it would not pass.
    if let fault = try directoryFault(planned) {
      var record = self.record(of: planned, .failed)
      record.hasStarted = false
      record.reason = fault
      return (record, CapturedOutput())
    }
    let digest = try inputDigest(of: planned)
    // Where what it creates is missing, no pass of before has it.
    if let digest, planned.creates == nil, try hasPassed(digest, products) {
      var record = self.record(of: planned, .cached)
      record.reason = "it passed before with the same inputs"
      return (record, CapturedOutput())
    }
    let before = try products?.willChange(isNoted: digest != nil)
    let (record, output) = try repeatedly(planned)
    if let digest, record.outcome == .passed {
      let made = try before.flatMap { try products?.note(digest, after: $0) }
      passed?.add(digest, making: made ?? "")
    }
    return (record, output)
  }

  /// True if a pass with these inputs is remembered, and what it made stands.
  private func hasPassed(_ digest: Digest, _ products: StepProducts?) throws -> Bool {
    guard let passed, let made = passed.products(of: digest) else { return false }
    let stands = try products?.stand(as: made, inputs: digest) ?? made.isEmpty
    return stands && passed.touch(digest)
  }

  /// Why a command cannot run in the folder that it names; nil where it can.
  ///
  /// Looked at before it is started, since what a sandbox says of it reads like a failing test.
  private func directoryFault(_ planned: PlannedCommand) throws(SystemError) -> String? {
    guard let directory = planned.directory else { return nil }
    let name = Printable.escaped(directory.text)
    // Links are followed, as the command itself would.
    var status = stat()
    if stat("\(root.path)/\(directory.text)", &status) != 0 {
      guard [ENOENT, ENOTDIR, ELOOP].contains(errno) else {
        throw SystemError("stat", directory.text)
      }
      return "its folder 'cwd: \(name)' is not there"
    }
    return status.st_mode & S_IFMT == S_IFDIR ? nil : "its 'cwd: \(name)' is no folder"
  }

  private func repeatedly(_ planned: PlannedCommand) throws -> (CommandRecord, CapturedOutput) {
    var attempt = 0
    while true {
      var command = try confined(command(for: planned), planned)
      command.capture.log = try logs?.make(for: planned.name)
      let outcome = try runner.run(command, lines: lines, onLine: escapedLines)
      var record = self.record(of: planned, .passed)
      record.take(outcome)
      record.sandbox = isConfined(planned) ? confinement?.sandbox.name ?? "none" : "none"
      record.judge(outcome, by: planned.spec)
      if record.outcome == .passed && attempt > 0 { record.outcome = .flaky }
      let isOver = record.outcome != .failed && record.outcome != .timedOut
      if isOver || attempt >= planned.spec.retries { return (record, outcome.output) }
      attempt += 1
    }
  }

  private var escapedLines: (([UInt8]) -> Void)? {
    onLine.map { show in
      { line in show(Printable.escaped(String(decoding: line, as: UTF8.self))) }
    }
  }

  private func record(
    of planned: PlannedCommand, _ outcome: CommandRecord.Outcome
  ) -> CommandRecord {
    CommandRecord(
      kind: planned.kind, name: planned.name, run: planned.spec.run, outcome: outcome,
      line: planned.spec.mark.line)
  }

  private func skipReason(_ planned: PlannedCommand) throws -> String? {
    if let path = planned.creates, try root.status(of: path) != nil {
      return "\(Printable.escaped(path.text)) stands"
    }
    if let unless = planned.spec.unless, try directoryFault(planned) == nil {
      var question = command(for: planned)
      question.program = planned.spec.shell == .bash ? .bash(unless) : .sh(unless)
      if try runner.run(try confined(question, planned)).succeeded {
        return "unless: it succeeded"
      }
    }
    return nil
  }

  /// What the command's result rests on; nil where it declares no inputs.
  private func inputDigest(of planned: PlannedCommand) throws -> Digest? {
    guard !planned.spec.inputs.isEmpty, passed != nil else { return nil }
    var globs: [Glob] = []
    for text in planned.spec.inputs { globs.append(try Glob(text)) }
    let found = try OutputFiles.look(for: globs, in: root)
    // What has no name that can be written down cannot be seen to be unchanged.
    if !found.unwritable.isEmpty { return nil }
    // A pattern for nothing is a slip, or names a folder: what it means would never be seen to change.
    if let idle = globs.first(where: { glob in !found.files.contains(where: glob.matches) }) {
      onNote?(
        "'\(Printable.escaped(planned.name))' runs each time: its input "
          + "'\(Printable.escaped(idle.text))' matches no file")
      return nil
    }
    if let link = try found.files.first(where: leadsToFolder) {
      onNote?(
        "'\(Printable.escaped(planned.name))' runs each time: its input "
          + "'\(Printable.escaped(link.text))' is a link to a folder")
      return nil
    }
    return try InputDigest.of(
      command(for: planned), conditions: conditions(planned), inputs: found.files,
      in: root)
  }

  /// True for a link to a folder, into which no pattern looks.
  private func leadsToFolder(_ path: RelativePath) throws(SystemError) -> Bool {
    guard try root.status(of: path)?.kind == .symlink else { return false }
    var status = stat()
    return stat("\(root.path)/\(path.text)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// What a pass of a command is held against: with another expectation it is none.
  private func conditions(_ planned: PlannedCommand) -> [String] {
    let spec = planned.spec
    func words(_ name: String, _ text: CommandSpec.ExpectedText?) -> [String] {
      switch text {
      case nil: []
      case .whole(let text): ["\(name) is", text]
      case .contains(let text): ["\(name) contains", text]
      case .matches(let text): ["\(name) matches", text]
      }
    }
    let exit =
      switch spec.exit {
      case .codes(let codes): "exit \(codes.sorted())"
      case .nonzero: "exit nonzero"
      }
    // A sandbox gives a network only where the command asks for one.
    let network = "network \(spec.network.map { String($0) } ?? "as usual")"
    let sandbox = isConfined(planned) ? "sandbox \(confinement?.sandbox.name ?? "")" : "no sandbox"
    // What the manifest sets or asks for counts by any name, also by one that says elsewhere only
    // where somebody sits.
    let variables =
      planned.environment.map { "sets \($0.key)=\($0.value)" }.sorted()
      + planned.passEnvironment.map { "passes \($0)=\(environment.base[$0] ?? "")" }.sorted()
    return [exit, network, sandbox] + variables + words("stdout", spec.output)
      + words("stderr", spec.errors)
  }

  /// The command under the sandbox, where there is one.
  private func confined(
    _ command: Command, _ planned: PlannedCommand
  ) throws(SystemError) -> Command {
    guard let confinement, isConfined(planned) else { return command }
    return try confinement.applied(to: command, planned: planned)
  }

  private func isConfined(_ planned: PlannedCommand) -> Bool {
    confinement.map { !$0.spares(planned) } ?? false
  }

  func command(for planned: PlannedCommand) -> Command {
    let spec = planned.spec
    let directory = planned.directory.map { root.path + "/" + $0.text } ?? root.path
    let isConfined = isConfined(planned)
    let make = isConfined ? environment.makeSandboxed : environment.make
    let variables = make(
      planned.passEnvironment, planned.environment,
      planned.path.map { root.path + "/" + $0.text }, planned.params ?? params)
    var command = Command(
      spec.shell == .bash ? .bash(spec.run) : .sh(spec.run), directory: directory,
      environment: variables)
    command.input = spec.input?.decoded() ?? []
    command.timeout = spec.timeout
    command.confinement.hasNetwork = isConfined || spec.network ?? true
    if spec.output != nil || spec.errors != nil { command.capture.separate = 16 << 20 }
    return command
  }
}
