import Glibc
import Platform

/// What a run does at the moment, from the events that it writes into a file.
struct RunProgress {
  private let path: String
  private var offset = 0
  private(set) var progress = TaskProgress()

  init(path: String) { self.path = path }

  /// Reads what has come since the last time.
  mutating func update() {
    do {
      let file = try Descriptor.open(path, O_RDONLY)
      if lseek(file.raw, offset, SEEK_SET) < 0 { return }
      var bytes = [UInt8](repeating: 0, count: 1 << 20)
      let count = bytes.withUnsafeMutableBytes { read(file.raw, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      let new = bytes.prefix(count)
      guard let end = new.lastIndex(of: 0x0A) else {
        // A line of more than a megabyte is an output that is not shown.
        if count == bytes.count { offset += count }
        return
      }
      offset += end + 1
      for line in new[..<end].split(separator: 0x0A) where line.count < 65_536 {
        do { take(try JSON(parsing: Array(line))) } catch {
          progress.line = "(an event of the run that cannot be read)"
        }
      }
    } catch {
      // The run has not begun yet.
      return
    }
  }

  private mutating func take(_ event: JSON) {
    switch event["event"]?.string {
    case "step_started": progress = TaskProgress(step: event["step"]?.string)
    case "command_started": progress.line = event["name"]?.string
    case "command_output": progress.line = event["line"]?.string
    case "attempt_started":
      progress.line =
        "repair \(event["number"]?.integer ?? 1) by "
        + (event["model"]?.string ?? event["by"]?.string ?? "a model")
    default: return
    }
    progress.step = progress.step.map { String($0.prefix(200)) }
    progress.line = progress.line.map { String($0.prefix(500)) }
  }
}
