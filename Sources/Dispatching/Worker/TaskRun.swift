import Glibc
import Manifests
import Platform
import Subprocess

/// The run of a task's manifest in its tree: `mtor apply` as a process of its own, so that
/// whatever happens to it, its end is clean and the worker lives.
struct TaskRun {
  let settings: WorkerSettings
  let runner: CommandRunner
  let lease: Lease
  let tree: TaskTree
  /// What a repair may cost at most: the worker's configuration as the task tightens it.
  let repair: RepairConfiguration

  /// What the process left: how it ended, and what it said.
  struct Result {
    var ending: Outcome.Ending
    /// The run report, or the error in JSON; nil where neither came.
    var answer: JSON?
    /// The last line of what it complained of.
    var complaint: String

    /// True where it may have asked a model and does not tell of it: anything but an invalid call,
    /// manifest or tree, which is refused before any step.
    var mayHaveSpent: Bool {
      if case .exited(let code) = ending { return ![2, 3, 4].contains(code) }
      return true
    }
  }

  /// Runs it to its end, or to the end that `pulse` asks for.
  func run(_ git: Git, _ pulse: Pulse) throws -> Result {
    let runs = "\(settings.folder)/runs/\(lease.order.id.text)~\(lease.generation)."
    // What attempts left whose worker was killed; they are over.
    for attempt in 1...max(1, lease.attempt) { Self.remove(runs + String(attempt)) }
    let folder = runs + String(lease.attempt)
    try TaskTrees.makeFolder(folder)
    defer { Self.remove(folder) }
    var command = Command(
      .executable(settings.executable, try arguments(folder)), directory: tree.path,
      environment: Git.environment(without: try git.settings(withoutFiltersOf: tree.path)))
    command.environment[LeaseHolders.variable] = lease.token
    command.environment.removeValue(forKey: "LC_ALL")
    // The key of the queue is for the worker alone.
    if case .temporal(let server) = settings.configuration.queue, let name = server.keyVariable {
      command.environment.removeValue(forKey: name)
    }
    command.timeout = nil
    command.grace = Pulse.grace(lease)
    command.capture.separate = 64 << 20
    var progress = RunProgress(path: folder + "/events.jsonl")
    let outcome = try runner.run(
      command,
      watch: CommandWatch(every: Pulse.interval(lease)) { _ in
        progress.update()
        pulse.progress = progress.progress
        return pulse.look()
      })
    let said = outcome.standardOutput?.whole ?? []
    let errors = outcome.standardError ?? CapturedOutput()
    let last = (errors.head + errors.tail).split(separator: 0x0A).last ?? []
    var result = Result(
      ending: outcome.ending, answer: nil,
      complaint: Printable.escaped(String(decoding: last, as: UTF8.self)))
    if said.isEmpty { return result }
    let answer: Swift.Result<JSON, JSONError> = pulse.during(pulse.keep) {
      do throws(JSONError) { return .success(try JSON(parsing: said)) } catch {
        return .failure(error)
      }
    }
    switch answer {
    case .success(let json): result.answer = json
    case .failure(let error): result.complaint = "its report cannot be read: \(error)"
    }
    return result
  }

  /// The file names begin with no dash and the rest are values of flags: nothing of the task can
  /// be taken for a flag.
  private func arguments(_ folder: String) throws(SystemError) -> [String] {
    let work = lease.order.work
    let isMarkdown = work.file.hasSuffix(".md")
    let manifest = folder + (isMarkdown ? "/manifest.md" : "/manifest.yaml")
    try Self.write(work.manifestBytes, to: manifest)
    let root = work.prefix.isEmpty ? tree.path : tree.path + "/" + work.prefix.dropLast()
    var arguments = ["apply", manifest, "--root", root, "--format", "json", "--no-hooks"]
    arguments += ["--commit", "Apply \(work.manifest)", "--events", folder + "/events.jsonl"]
    if let file = settings.configurationFile { arguments += ["--config", file] }
    if let text = work.tightening {
      try Self.write(Array(text.utf8), to: folder + "/task.yaml")
      arguments += ["--tighten", folder + "/task.yaml"]
    }
    if let grant = lease.grant {
      try Self.write(Array(budget(grant).utf8), to: folder + "/grant.yaml")
      arguments += ["--tighten", folder + "/grant.yaml"]
    }
    for (name, value) in work.params.sorted(by: { $0.key < $1.key }) {
      arguments += ["--param", "\(name)=\(value)"]
    }
    return arguments
  }

  /// What the batch has left for this task, as a configuration that tightens.
  func budget(_ grant: Allowance) -> String {
    let tokens = min(grant.tokens ?? repair.tokens, repair.tokens)
    // Whole millionths, rounded down: never more than is left.
    let millionths = Int(min(grant.usd ?? repair.usd, repair.usd, 1e9) * 1e6)
    let digits = String(millionths % 1_000_000)
    let fraction = String(repeating: "0", count: 6 - digits.count) + digits
    return "repair:\n  budget:\n    tokens: \(tokens)\n"
      + "    usd: \(millionths / 1_000_000).\(fraction)\n"
  }

  private static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
    let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
    try file.writeAll(bytes, path: path)
  }

  /// The folder holds files alone, which only this run names.
  static func remove(_ folder: String) {
    for name in ["manifest.md", "manifest.yaml", "events.jsonl", "task.yaml", "grant.yaml"] {
      unlink("\(folder)/\(name)")
    }
    rmdir(folder)
  }
}
