import Events
import Manifests
import Planning
import Platform
import Synchronization
import Transport
import YAMLTree

@testable import Repairing

/// Trials in a dictionary: a command is a function of the files.
final class MemoryRoom: TrialRoom {
  typealias Files = [String: String]
  /// What a command says and how it exits; it may change files.
  typealias Behaviour = @Sendable (inout Files) -> (exit: Int, output: String)

  struct Crash: Error {}

  let tree: Files
  /// Paths at which a symbolic link stands.
  var links: Set<String> = []
  private let behaviours: [String: Behaviour]
  private let state = Mutex<(trials: Int, crashAt: Int?)>((0, nil))

  init(_ tree: Files, _ behaviours: [String: Behaviour]) {
    self.tree = tree
    self.behaviours = behaviours
  }

  var trials: Int { state.withLock { $0.trials } }
  /// The trial of this number (from 1) ends as if the process were killed.
  func crash(at number: Int) { state.withLock { $0.crashAt = number } }

  func bytes(of path: RelativePath) throws -> [UInt8]? { tree[path.text].map { Array($0.utf8) } }

  func isIrregular(_ path: RelativePath) throws -> Bool { links.contains(path.text) }

  func paths(matching pattern: Glob, limit: Int) throws -> [RelativePath] {
    tree.keys.sorted().filter { pattern.matches($0) }.prefix(limit).map(path)
  }

  func perform(_ trial: Trial) throws -> TrialOutcome {
    let crashes = state.withLock { state in
      state.trials += 1
      return state.crashAt == state.trials
    }
    if crashes { throw Crash() }
    var files = tree
    for path in trial.removed { files[path.text] = nil }
    for file in trial.files { files[file.path.text] = file.after.text }
    let laid = files
    var outcome = TrialOutcome(results: [])
    switch trial.work {
    case .nothing: break
    case .fixer(let command): outcome.work = run(command, &files)
    case .agent(let command, _, _, _, _): outcome.work = run(command.joined(separator: " "), &files)
    }
    // Told by what the tree has, like what a shadow's changes are told by.
    outcome.worked = changes(from: laid, to: files).map { change in
      TrialOutcome.Change(
        path: change.path, before: tree[change.path].map { Array($0.utf8) }, after: change.after)
    }
    for command in trial.commands {
      let result = run(command.spec.run, &files)
      outcome.results.append(result)
      if result.record.outcome != .passed { break }
    }
    outcome.changes = changes(from: tree, to: files)
    return outcome
  }

  private func run(_ command: String, _ files: inout Files) -> TrialOutcome.Result {
    let (exit, output) = behaviours[command]?(&files) ?? (127, "sh: \(command): not found\n")
    var record = CommandRecord(
      kind: .test, name: command, run: command, outcome: exit == 0 ? .passed : .failed, line: 1)
    record.exit = exit
    record.output = output
    return TrialOutcome.Result(record: record, output: Array(output.utf8))
  }

  private func changes(from old: Files, to new: Files) -> [TrialOutcome.Change] {
    Set(old.keys).union(new.keys).sorted().filter { old[$0] != new[$0] }.map { path in
      TrialOutcome.Change(
        path: path, before: old[path].map { Array($0.utf8) },
        after: new[path].map { Array($0.utf8) })
    }
  }
}

/// Models that answer from a list and note what they were asked.
final class ScriptedModels: ModelAsking {
  enum Answer: Sendable {
    case text(String, ModelReply.Finish = .stop)
    case failure(EndpointFailure)
    /// Tries that fail before the text comes.
    case retried([EndpointFailure], String)
  }

  private let answers: [Answer]
  private let asked = Mutex<[(model: String, request: ModelRequest)]>([])

  init(_ answers: Answer...) { self.answers = answers }

  var requests: [(model: String, request: ModelRequest)] { asked.withLock { $0 } }

  func ask(
    _ request: ModelRequest, of model: ModelConfiguration, allowance: Double,
    watch: (String) -> Bool, again: (EndpointFailure) -> Bool
  ) throws(EndpointFailure) -> ModelReply {
    let index = asked.withLock { list in
      list.append((model.name, request))
      return list.count - 1
    }
    guard index < answers.count else { throw EndpointFailure(.quota, "no more answers") }
    switch answers[index] {
    case .failure(let failure): throw failure
    case .retried(let failures, let text):
      for (index, failure) in failures.enumerated() where !again(failure) {
        var last = failure
        last.requests = index + 1
        throw last
      }
      return ModelReply(
        text: text, finish: .stop, model: model.model,
        usage: TokenUsage(uncachedInput: 100, output: 20), requests: failures.count + 1)
    case .text(let text, let finish):
      return ModelReply(
        text: text, finish: finish, model: model.model,
        usage: TokenUsage(uncachedInput: 100, output: 20))
    }
  }
}
