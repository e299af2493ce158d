import Dispatching
import Engine
import Events
import Glibc
import Manifests
import Platform
import Reporting
import YAMLTree

/// What the verbs of the queue have in common.
enum QueueAccess {
  /// Where everything that dispatching keeps lies.
  static func folder() throws(RunFailure) -> String {
    guard let path = DispatchFolder.path else {
      throw .system(
        message: "there is no place for the queue: \(StateHome.absence)",
        hint: "export HOME=~")
    }
    return path
  }

  /// Opens the queue for a body, and tells its faults as those of every verb.
  static func using(
    _ configuration: Configuration, _ body: (any Queue) throws -> ExitCode
  ) throws -> ExitCode {
    do {
      return try body(try QueueEngine.open(configuration))
    } catch let error as QueueError {
      throw failure(error)
    }
  }

  /// The tasks of a batch, for verbs that only look.
  static func tasks(
    _ invocation: Invocation, batch: String
  ) throws(RunFailure) -> [TaskStatus] {
    let configuration: Configuration
    do {
      configuration = try ConfigurationFile.readForQueue(invocation)
    } catch let faults as DiagnosticList {
      throw .invalid(faults.all)
    } catch {
      throw .system(message: "the configuration cannot be read: \(error)", hint: nil)
    }
    do throws(QueueError) {
      return try QueueEngine.open(configuration).tasks(batch: batch)
    } catch {
      throw failure(error)
    }
  }

  static func failure(_ error: QueueError) -> RunFailure {
    switch error.kind {
    case .busy: .busy(message: error.message, hint: error.hint)
    case .cannot: .refused(message: error.message, details: [], hint: error.hint)
    default: .system(message: error.message, hint: error.hint)
    }
  }
}

extension ConfigurationFile {
  /// A person's configuration for verbs whose `--tighten` is not meant for themselves.
  static func readForQueue(_ invocation: Invocation) throws -> Configuration {
    try readOwn(invocation).configuration
  }
}

/// A moment to come, as a person writes it.
enum LaterMoment {
  /// `23:30` (the next such time where this machine stands), `90m`, `2h`, `1d`, a day or a moment
  /// in UTC; nil for anything else, for what has gone by and for what no clock here counts to.
  static func read(_ text: String, now: Int64) -> Int64? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count == 2 { return nextTime(parts, now: now) }
    let isSpan = text.last.map { "smhdw".contains($0) } ?? false
    if isSpan, let earlier = Clock.moment(text, now: 0) {
      let (moment, overflow) = now.subtractingReportingOverflow(earlier)
      return overflow ? nil : moment
    }
    guard !["today", "yesterday"].contains(text), let moment = Clock.moment(text, now: now) else {
      return nil
    }
    return moment > now ? moment : nil
  }

  private static func nextTime(_ parts: [Substring], now: Int64) -> Int64? {
    guard parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }),
      let hour = Int32(parts[0]), let minute = Int32(parts[1]), hour < 24, minute < 60
    else { return nil }
    var seconds = time_t(now / 1_000_000_000)
    var day = tm()
    localtime_r(&seconds, &day)
    day.tm_hour = hour
    day.tm_min = minute
    day.tm_sec = 0
    // Lets the C library decide whether summer time holds then.
    day.tm_isdst = -1
    var copy = day
    let today = Int64(mktime(&copy)) * 1_000_000_000
    if today > now { return today }
    day.tm_mday += 1
    return Int64(mktime(&day)) * 1_000_000_000
  }
}
