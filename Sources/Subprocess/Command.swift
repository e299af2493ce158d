/// A command to run: what, where, with which environment, for how long.
public struct Command: Sendable {
  /// What is run.
  public enum Program: Sendable, Hashable {
    /// An executable, looked up in the command's own PATH unless it has a `/`, and its arguments.
    case executable(String, [String])
    /// Text for `sh -ec`.
    case sh(String)
    /// Text for `bash -euo pipefail -c`.
    case bash(String)
  }

  public var program: Program
  /// Where it runs; absolute.
  public var directory: String
  /// Its whole environment: nothing is added.
  public var environment: [String: String]
  /// What it reads; empty stands for `/dev/null`.
  public var input: [UInt8]
  /// Seconds until it is ended; nil: never.
  public var timeout: Double?
  /// Seconds between the request to end (SIGTERM) and the end (SIGKILL).
  public var grace: Double
  public var limits: Limits
  public var capture: Capture
  public var confinement: Confinement
  /// The sandbox around it, if `program` is one.
  var wrapping: Wrapping?

  public init(_ program: Program, directory: String, environment: [String: String]) {
    self.program = program
    self.directory = directory
    self.environment = environment
    input = []
    timeout = 600
    grace = 2
    limits = Limits()
    capture = Capture()
    confinement = Confinement()
  }

  /// What a command may use; nil leaves what mtor itself may use.
  public struct Limits: Sendable, Hashable {
    /// Processes and threads at a time: of the user, by the kernel; where that is root, whom the
    /// kernel does not limit, of the command, by its supervising process.
    public var processes: Int64?
    /// In bytes the data of each process, each file, and a core file.
    public var memory: Int64?
    public var fileSize: Int64?
    public var coreSize: Int64?

    public init() {}
  }

  /// How much of its output is kept.
  public struct Capture: Sendable, Hashable {
    /// Bytes kept of the beginning, and of the end.
    public var head = 65_536
    public var tail = 65_536
    /// Keep standard output and standard error apart too, each up to this many bytes from its
    /// beginning; nil: together only, in the order of arrival.
    public var separate: Int?
    /// A file to which the whole output is written as it comes; made anew, mode 0600.
    public var log: String?

    public init() {}
  }
}
