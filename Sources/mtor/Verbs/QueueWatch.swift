import Dispatching
import Events
import Glibc
import Platform
import Reporting

/// Shows tasks as they change, until nothing is left to happen by itself.
struct QueueWatch {
  let queue: any Queue
  let invocation: Invocation
  /// The tasks to follow; nil: those of the batch, or all.
  var ids: Set<TaskId>?

  /// How often a server that was there is asked in vain: about a minute, while the tasks go on.
  private static let patience = 6

  /// The exit code of the worst of them; 0 where all have passed.
  func run() throws -> ExitCode {
    var failures = 0
    let console = Terminal.console(STDOUT_FILENO, invocation)
    let isJSON = invocation.value(.format) == "json"
    var last: [TaskId: String] = [:]
    var drawn = ""
    while true {
      let tasks: [TaskStatus]
      do throws(QueueError) {
        tasks = try queue.tasks(batch: invocation.value(.batch)).filter { task in
          ids?.contains(task.id) ?? true
        }
        failures = 0
      } catch {
        failures += 1
        let isOver = error.kind != .unreachable || failures > Self.patience
        if isOver || (drawn.isEmpty && last.isEmpty && ids == nil) { throw error }
        poll(nil, 0, Int32(Retry.pause(after: failures) * 1000))
        continue
      }
      if console.isLive && !isJSON {
        let text = QueueText.text(
          tasks, pauses: try queue.pauses(), console.style, width: console.width, now: Clock.now)
        // Home, the text line by line over the old one, and nothing below.
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let frame =
          (drawn.isEmpty ? "\u{1B}[2J" : "") + "\u{1B}[H"
          + lines.joined(separator: "\u{1B}[K\n") + "\u{1B}[J"
        if text != drawn { console.write(frame) }
        drawn = text
      } else {
        for task in tasks {
          let now = "\(task.state)\(task.isStuck)\(task.attempt)\(isJSON ? task.reason ?? "" : "")"
          guard last.updateValue(now, forKey: task.id) != now else { continue }
          if isJSON {
            console.write(task.json.text() + "\n")
          } else if task.state != .queued || task.isStuck {
            console.write(QueueText.line(task, console.style))
          }
        }
      }
      if console.failure != nil { return console.hasFailed ? .system : .success }
      if tasks.allSatisfy({ $0.state.isEnd || $0.isStuck }) { return Self.code(tasks) }
      poll(nil, 0, 500)
    }
  }

  /// The strongest of what the tasks came to.
  static func code(_ tasks: [TaskStatus]) -> ExitCode {
    tasks.reduce(ExitCode.success) { code, task in
      let own: ExitCode =
        switch task.state {
        case .passed, .repaired: .success
        case .stalled: .gaveUp
        case .failed where Retry.unreachable.hasFailed(task): .unreachable
        case .failed where Retry.fetch.hasFailed(task): .system
        default: .failed
        }
      return ExitCode.stronger(code, own)
    }
  }
}
