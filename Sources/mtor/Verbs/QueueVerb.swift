import Dispatching
import Engine
import Events
import Glibc
import Platform
import Reporting
import Subprocess
import YAMLTree

/// `mtor queue`: what is in the queue, and changes of it.
enum QueueVerb {
  static let actions = ["list", "show", "cancel", "retry", "pause", "resume", "remove"]

  static func run(_ invocation: Invocation) throws -> ExitCode {
    do {
      let configuration = try ConfigurationFile.readForQueue(invocation)
      return try QueueAccess.using(configuration) { queue in
        switch invocation.operands.first ?? "list" {
        case "show": try show(queue, invocation)
        case "cancel": try change(queue, invocation, "cancel") { try queue.cancel($0) }
        case "retry": try change(queue, invocation, "retry") { try queue.retry($0) }
        case "pause": try pause(queue, invocation, true)
        case "resume": try pause(queue, invocation, false)
        case "remove": try remove(queue, invocation)
        default: try list(queue, invocation)
        }
      }
    } catch let failure as RunFailure {
      return try FailureOutput(invocation).report(failure)
    } catch let faults as DiagnosticList {
      return try FailureOutput(invocation).report(.invalid(faults.all))
    }
  }

  private static func isJSON(_ invocation: Invocation) -> Bool {
    invocation.value(.format) == "json"
  }

  private static func list(_ queue: any Queue, _ invocation: Invocation) throws -> ExitCode {
    if invocation.has(.watch) {
      _ = try QueueWatch(queue: queue, invocation: invocation).run()
      return .success
    }
    let tasks = try queue.tasks(batch: invocation.value(.batch))
    let console = Terminal.console(STDOUT_FILENO, invocation)
    if isJSON(invocation) {
      let result: JSON = ["ok": true, "tasks": .array(tasks.map(\.json))]
      return try Output.result(result.text(.pretty) + "\n")
    }
    return try Output.result(
      QueueText.text(
        tasks, pauses: try queue.pauses(), console.style, width: console.width, now: Clock.now))
  }

  private static func show(_ queue: any Queue, _ invocation: Invocation) throws -> ExitCode {
    let names = Array(invocation.operands.dropFirst())
    guard names.count == 1 else {
      throw RunFailure.usage(
        message: "show needs one task", hint: "mtor queue show TASK; mtor queue lists them")
    }
    let task = try named(names, queue, invocation)[0]
    let whole = try queue.report(of: task.id)
    if let path = invocation.value(.bundle) {
      guard let bundle = Homecoming.bundle(in: whole) else {
        throw RunFailure.refused(
          message: "'\(task.id.text)' has brought nothing home", details: [],
          hint: task.reason ?? "a task does where it passed on Temporal, with --repo ADDRESS")
      }
      return try save(bundle, as: path, task, invocation)
    }
    let report = Homecoming.without(whole)
    if isJSON(invocation) {
      let result: JSON = ["ok": true, "task": task.json, "report": report ?? .null]
      return try Output.result(result.text(.pretty) + "\n")
    }
    let style = Style(isColored: Terminal.isColored(STDOUT_FILENO, invocation))
    return try Output.result(QueueText.details(task, report, style))
  }

  /// Writes a bundle into a file of its own.
  private static func save(
    _ bundle: [UInt8], as path: String, _ task: TaskStatus, _ invocation: Invocation
  ) throws -> ExitCode {
    try invocation.refuseOverwriting(try ConfigurationFile.readForQueue(invocation))
    do throws(SystemError) {
      try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o666).writeAll(
        bundle, path: path)
    } catch {
      throw RunFailure.system(message: "the bundle cannot be written: \(error)", hint: nil)
    }
    let branch = task.tree?.branch ?? "BRANCH"
    return try Output.result("git fetch \(Printable.escaped(path)) \(branch):\(branch)\n")
  }

  /// The tasks that are named: by `BATCH.TASK`, or by TASK where only one is called so.
  private static func named(
    _ names: [String], _ queue: any Queue, _ invocation: Invocation
  ) throws -> [TaskStatus] {
    let all = try queue.tasks(batch: invocation.value(.batch))
    return try names.map { name in
      if let task = all.first(where: { $0.id.text == name }) { return task }
      let alike = all.filter { $0.id.task == name }
      if alike.count > 1 {
        throw RunFailure.refused(
          message: "'\(Printable.escaped(name))' is a task of several batches",
          details: alike.map(\.id.text), hint: "write one of these")
      }
      guard let task = alike.first else {
        throw RunFailure.refused(
          message: "there is no task '\(Printable.escaped(name))'", details: [],
          hint: Suggestion.nearest(to: name, in: all.map(\.id.text)).map { "did you mean '\($0)'?" }
            ?? "'mtor queue' lists them")
      }
      return task
    }
  }

  private static func change(
    _ queue: any Queue, _ invocation: Invocation, _ what: String,
    _ body: (TaskId) throws -> TaskState?
  ) throws -> ExitCode {
    let names = Array(invocation.operands.dropFirst())
    if names.isEmpty && !invocation.has(.batch) {
      throw RunFailure.usage(
        message: "\(what) needs a task, or --batch", hint: "mtor queue \(what) TASK")
    }
    let tasks =
      names.isEmpty
      ? try queue.tasks(batch: invocation.value(.batch)) : try named(names, queue, invocation)
    var changed: [JSON] = []
    var text = ""
    for task in tasks {
      guard let state = try body(task.id) else { continue }
      let word = what == "cancel" ? cancelled(state) : retried(state)
      // Of a whole batch only those that it concerns are told.
      if names.isEmpty && word.isIdle { continue }
      changed.append(["id": .string(task.id.text), "was": .string(state.rawValue)])
      text += "\(task.id.text)  \(word.text)\n"
    }
    if isJSON(invocation) {
      let result: JSON = ["ok": true, "tasks": .array(changed)]
      return try Output.result(result.text(.pretty) + "\n")
    }
    return try Output.result(text.isEmpty ? "nothing to \(what)\n" : text)
  }

  private static func cancelled(_ state: TaskState) -> (text: String, isIdle: Bool) {
    switch state {
    case .queued: ("cancelled", false)
    case .running: ("is being cancelled", false)
    default: ("has \(state == .passed ? "passed" : "ended") already: \(state.rawValue)", true)
    }
  }

  private static func retried(_ state: TaskState) -> (text: String, isIdle: Bool) {
    switch state {
    case .failed, .stalled, .cancelled: ("queued again", false)
    case .passed, .repaired:
      ("has passed already: 'mtor dispatch --again' begins it anew", true)
    default: ("is \(state.rawValue) already", true)
    }
  }

  private static func pause(
    _ queue: any Queue, _ invocation: Invocation, _ isPaused: Bool
  ) throws -> ExitCode {
    let scope =
      invocation.value(.batch).map(PauseScope.batch)
      ?? .queue(invocation.value(.queue) ?? "default")
    if case .batch(let name) = scope, try queue.tasks(batch: name).isEmpty {
      throw RunFailure.refused(
        message: "there is no batch '\(Printable.escaped(name))'", details: [],
        hint: "'mtor queue' lists the tasks")
    }
    try queue.pause(scope, isPaused)
    let name =
      switch scope {
      case .batch(let name): "the batch '\(Printable.escaped(name))'"
      case .queue(let name): "the queue '\(Printable.escaped(name))'"
      }
    return try Output.result(
      isPaused ? "\(name) is paused: what runs goes on, nothing begins\n" : "\(name) goes on\n")
  }

  private static func remove(_ queue: any Queue, _ invocation: Invocation) throws -> ExitCode {
    guard let batch = invocation.value(.batch) else {
      throw RunFailure.usage(
        message: "remove needs a batch", hint: "mtor queue remove --batch NAME")
    }
    let count = try queue.tasks(batch: batch).count
    let removed = try queue.remove(batch: batch)
    let upkeep = TreeUpkeep(folder: try QueueAccess.folder(), runner: CommandRunner())
    let faults = removed.compactMap { upkeep.remove($0) }
    for fault in faults { Output.complain("warning: \(fault)\n") }
    let code = try Output.result("removed \(count) task\(count == 1 ? "" : "s")\n")
    return faults.isEmpty ? code : .system
  }
}
