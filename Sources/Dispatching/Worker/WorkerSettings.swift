public import Manifests

/// How a worker works: its configuration and the flags that it was started with.
public struct WorkerSettings: Sendable {
  /// The executable that runs a task: mtor itself.
  public var executable: String
  /// Where trees and the files of running tasks lie, absolute.
  public var folder: String
  public var configuration: Configuration
  /// Below this lie copies of repositories that are this machine's own, whoever names them.
  public var ownCopies: String?
  /// The configuration's file, where it is not the usual one.
  public var configurationFile: String?
  public var queue: String
  /// How many tasks at a time.
  public var slots: Int
  public var requiresSigned: Bool
  /// ssh-keygen's file of those whose signatures count.
  public var signers: String
  /// Ends when no task is left that it could do.
  public var endsWhenDone: Bool
  /// Removes the tree of each task that has ended before the next is taken: what passed is on its
  /// branch, and no more trees stand than there are slots.
  public var removesTrees: Bool
  /// The only work that is done, whatever the queue gives out: the tasks that this process put in;
  /// nil: whatever is admitted.
  public var orders: [TaskId: TaskWork]?
  /// Takes no further task once so many have failed or stalled; nil: however many.
  public var stopsAfter: Int?
  /// A file for node_exporter's textfile collector; nil: none.
  public var metrics: String?
  /// Who it is, for people: host and process.
  public var name: String

  public init(executable: String, folder: String, configuration: Configuration) {
    self.executable = executable
    self.folder = folder
    self.configuration = configuration
    queue = "default"
    slots = 1
    requiresSigned = false
    signers = ""
    endsWhenDone = false
    removesTrees = false
    name = "worker"
  }
}
