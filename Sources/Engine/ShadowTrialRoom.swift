import Events
import Glibc
import Manifests
import Materialising
import Planning
import Platform
import Repairing
import Subprocess
import YAMLTree

/// Where repairs are tried for real: each trial in a shadow of its own, under the sandbox.
///
/// A run whose commands work in a shadow already has its trials begin there: each takes over what
/// that one differs by.
final class ShadowTrialRoom: TrialRoom {
  private let view: TreeView
  /// What trials begin with; nil: the tree.
  private let base: Base?
  private let sandbox: Sandbox
  private let params: [String: String]
  /// Files of the tree that no trial may write; relative to the root.
  private let readOnly: [RelativePath]
  /// Folders of HOME that a trial may read (`repair.cache`).
  private let caches: [String]
  /// When the failing test had run, in nanoseconds since 1970.
  private let opened = Clock.now

  private struct Base {
    let shadow: Shadow
    /// What it differs by from the tree.
    let changes: [String: ShadowChange]
  }

  /// `shadow` is the one that the run's commands work in; nil: they work in the tree.
  /// `sandbox` is `.none` only where a person has typed `--unsafe-no-sandbox`.
  init(
    _ view: TreeView, from shadow: Shadow?, sandbox: Sandbox, params: [String: String],
    readOnly: [RelativePath], caches: [String]
  ) throws(SystemError) {
    self.view = view
    if let shadow {
      var changes: [String: ShadowChange] = [:]
      for change in try shadow.changes() { changes[change.path] = change }
      base = Base(shadow: shadow, changes: changes)
    } else {
      base = nil
    }
    self.sandbox = sandbox
    self.params = params
    self.readOnly = readOnly
    self.caches = caches
  }

  /// What a trial is compared with.
  private var tree: RootTree {
    get throws(SystemError) { try base?.shadow.tree ?? view.root }
  }

  func bytes(of path: RelativePath) throws -> [UInt8]? {
    guard case .regular = try standing(at: path) else { return nil }
    return try tree.bytes(of: path, limit: .max)
  }

  func isIrregular(_ path: RelativePath) throws -> Bool {
    if case .irregular = try standing(at: path) { true } else { false }
  }

  /// What a repair finds at a path.
  private enum Standing { case nothing, regular, irregular }

  private func standing(at path: RelativePath) throws -> Standing {
    do throws(SystemError) {
      guard let status = try tree.status(of: path) else { return .nothing }
      return status.kind == .regular ? .regular : .irregular
    } catch {
      // Models make paths up: one below a file or a link, or too long for any, can never be written.
      if [ENOTDIR, ELOOP, ENAMETOOLONG].contains(error.code) { return .irregular }
      throw error
    }
  }

  func paths(matching pattern: Glob, limit: Int) throws -> [RelativePath] {
    Array(try OutputFiles.matching([pattern], in: tree).prefix(limit))
  }

  func perform(_ trial: Trial) throws -> TrialOutcome {
    // The failing test may have left what it compiled, and would not see a repair of the same size.
    if !trial.files.isEmpty || trial.work.mayWrite { FileIndex.awaitSecond(after: opened) }
    // What mtor itself puts there has been judged.
    let written = Set(trial.files.map(\.path) + trial.removed)
    let stage = try ShadowStage(
      view,
      ShadowStage.Rules(
        sandbox: sandbox, readOnly: readOnly.filter { !written.contains($0) }, caches: caches))
    if let base { try stage.shadow.adopt(base.shadow) }
    var outcome = TrialOutcome(results: [])
    for path in trial.removed { try stage.shadow.remove(path) }
    for file in trial.files { try stage.shadow.write(file.after, to: file.path) }
    if let command = try work(trial.work, in: stage) {
      let result: Outcome
      if case .agent(let words, _, _, _, let watch) = trial.work {
        do {
          result = try follow(command, in: stage, watch)
        } catch let error as SystemError where error.call == "execve" {
          // Its program is not there: another model may be.
          outcome.work = Self.unstarted(words, error)
          try stage.shadow.discard()
          return outcome
        }
      } else {
        result = try stage.shadow.runner.run(command)
      }
      outcome.work = Self.result(of: result, command)
      outcome.worked = try changes(in: stage, besides: trial.files)
      outcome.isInterrupted = Interruption.count > 0
    }
    let execution = try stage.execution(CommandEnvironment(), params: params, onLine: nil)
    let pinned = try trial.pins.map { try stage.shadow.tree.status(of: $0) }
    for command in trial.commands where !outcome.isInterrupted {
      let (record, output) = try execution.perform(command)
      outcome.results.append(
        TrialOutcome.Result(record: record, output: output.head + output.tail))
      outcome.isInterrupted = record.outcome == .interrupted
      if !record.hasPassed { break }
    }
    if !trial.commands.isEmpty { outcome.changes = try changes(in: stage, besides: trial.files) }
    for (path, before) in zip(trial.pins, pinned) {
      let after = try stage.shadow.tree.status(of: path)
      // Writing shows in the time of change, which no program can set back.
      if after?.changed != before?.changed || after?.inode != before?.inode {
        outcome.rewritten.append(path.text)
      }
    }
    try stage.shadow.discard()
    return outcome
  }

  /// A fixer runs under the rules of a trial; an agent has rules of its own, and its keys.
  private func work(_ work: TrialWork, in stage: ShadowStage) throws -> Command? {
    let root = stage.shadow.workingRoot
    switch work {
    case .nothing: return nil
    case .fixer(let text):
      let plain = Command(
        .sh(text), directory: root,
        environment: CommandEnvironment().makeSandboxed(parameters: params))
      guard let confinement = stage.confinement else { return plain }
      return try confinement.sandbox.applied(confinement.policy, to: plain)
    case .agent(let words, let passing, let prompt, let seconds, _):
      var command = Command(
        .executable(words.first ?? "", Array(words.dropFirst())), directory: root,
        environment: CommandEnvironment().makeSandboxed(passing: passing))
      command.input = Array(prompt.utf8)
      command.timeout = seconds
      command.capture.head = 1 << 20
      command.capture.tail = 1 << 20
      return command
    }
  }

  /// Runs an agent and looks at it now and then: its output, its tree, its processor time.
  private func follow(
    _ command: Command, in stage: ShadowStage, _ watch: AgentWatch
  ) throws -> Outcome {
    var looks = 0
    func sample(_ seen: CommandSample, exit: Int? = nil) -> WorkerTrace.Sample {
      looks += 1
      // What cannot be seen to idle counts as at work.
      return WorkerTrace.Sample(
        time: seen.seconds, output: seen.output, tree: tree(of: stage, look: looks),
        cpu: seen.processor ?? seen.seconds, exit: exit)
    }
    var last = CommandSample(seconds: 0, output: 0, processor: 0)
    let result = try stage.shadow.runner.run(
      command,
      watch: CommandWatch(every: watch.pace.interval) { seen in
        last = seen
        return watch.look(sample(seen))
      }, onLine: watch.hear)
    guard watch.stop == nil, case .exited(let code) = result.ending else { return result }
    last.seconds = result.seconds
    last.output =
      result.output.head.count + result.output.tail.count + result.output.omitted
    _ = watch.look(sample(last, exit: Int(code)))
    return result
  }

  /// A name for what a shadow's tree is like: empty while nothing of it was changed.
  private func tree(of stage: ShadowStage, look: Int) -> String {
    do throws(SystemError) {
      let changes = try changes(in: stage)
      if changes.isEmpty { return AgentWatch.untouched }
      var hash = Hasher256()
      for change in changes {
        hash.update(
          Array("\(change.path)\0\(change.kind.rawValue)\0\(change.digest?.hex ?? "")\0".utf8))
      }
      return hash.finish().hex
    } catch {
      // It changed while it was looked at: somebody works.
      return "look \(look)"
    }
  }

  private static func unstarted(_ words: [String], _ error: SystemError) -> TrialOutcome.Result {
    let program = words.first ?? ""
    var record = CommandRecord(
      kind: .run, name: program, run: program, outcome: .failed, line: 1)
    record.hasStarted = false
    record.reason = "\(Printable.escaped(program)): \(error.reason)"
    return TrialOutcome.Result(record: record, output: [])
  }

  private static func result(
    of outcome: Subprocess.Outcome, _ command: Command
  ) -> TrialOutcome.Result {
    let words = command.program.text
    var record = CommandRecord(kind: .run, name: words, run: words, outcome: .passed, line: 1)
    record.take(outcome)
    record.judge(outcome, by: CommandSpec(run: words, mark: Mark(line: 1, column: 1)))
    return TrialOutcome.Result(
      record: record, output: outcome.output.head + outcome.output.tail)
  }

  /// What differs in a shadow from what the trial began with.
  private func changes(in stage: ShadowStage) throws(SystemError) -> [ShadowChange] {
    let all = try stage.shadow.changes()
    guard let base else { return all }
    var changes: [ShadowChange] = []
    var seen: Set<String> = []
    let before = try base.shadow.tree
    let after = try stage.shadow.tree
    for change in all {
      seen.insert(change.path)
      guard let old = base.changes[change.path], old.isLike(change) else {
        changes.append(change)
        continue
      }
      // Two links of one length.
      if change.after?.kind == .symlink,
        try RootTree.linkTarget(of: change.raw, in: before.descriptor)
          != RootTree.linkTarget(of: change.raw, in: after.descriptor)
      {
        changes.append(change)
      }
    }
    // What the run had changed and the trial has put back.
    for (path, old) in base.changes where !seen.contains(path) {
      changes.append(ShadowChange(path: path, kind: old.kind == .created ? .deleted : .changed))
    }
    return changes.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// What differs from the tree; of the trial's own files those that are not as they were laid.
  /// Of a file above 4 MB only that it differs is told: no repair
  /// writes one.
  private func changes(
    in stage: ShadowStage, besides files: [Proposal.File]
  ) throws -> [TrialOutcome.Change] {
    let laid = Dictionary(files.map { ($0.path.text, $0) }) { $1 }
    let all = try changes(in: stage)
    let changes = all.filter { change in
      guard let file = laid[change.path] else { return true }
      return change.digest != Digest(of: file.after)
    }
    // What was laid and is no difference any more is as the tree has it.
    let differing = Set(all.map(\.path))
    let returned = files.filter { !differing.contains($0.path.text) && $0.before != $0.after }
      .map { TrialOutcome.Change(path: $0.path.text, before: $0.before, after: $0.before) }
    return try returned
      + changes.map { change in
        guard case .success(let path) = Result(catching: { try RelativePath(change.path) }) else {
          return TrialOutcome.Change(path: change.path, before: nil, after: nil)
        }
        return TrialOutcome.Change(
          path: change.path, before: try Self.bytes(of: path, in: tree),
          after: try Self.bytes(of: path, in: stage.shadow.tree))
      }
  }

  private static func bytes(of path: RelativePath, in tree: RootTree) throws -> [UInt8]? {
    let status: FileStatus?
    do throws(SystemError) { status = try tree.status(of: path) } catch {
      // A file stands where a folder stood on the other side.
      return nil
    }
    guard let status, status.kind == .regular else { return nil }
    return status.size > 4 << 20 ? [] : try tree.bytes(of: path, limit: .max)
  }
}

extension ShadowChange {
  /// True if both tell the same of a path, links' targets aside.
  fileprivate func isLike(_ other: ShadowChange) -> Bool {
    kind == other.kind && digest == other.digest && after?.kind == other.after?.kind
      && after?.mode == other.after?.mode && after?.size == other.after?.size
  }
}

extension TrialWork {
  fileprivate var mayWrite: Bool { if case .nothing = self { false } else { true } }
}
