/// Where a task stands.
public enum TaskState: String, Sendable, CaseIterable {
  /// Not begun, or to be tried again.
  case queued
  case running
  case passed
  /// Passed, with a repair that was accepted.
  case repaired
  /// A test, the manifest or the tree was at fault, or every attempt was in vain.
  case failed
  /// Repair gave up: stalled, blocked or out of budget.
  case stalled
  case cancelled

  /// True where nothing more happens by itself.
  public var isEnd: Bool { self != .queued && self != .running }
  /// True where what waits for the task may begin.
  public var isGood: Bool { self == .passed || self == .repaired }
}
