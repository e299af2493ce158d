import Engine
import Glibc
import Manifests
import Platform
public import Subprocess
public import YAMLTree

/// Why nothing could be dispatched; one sentence and what to do.
public struct OrderFault: Error, Sendable {
  public let message: String
  public let hint: String?
  /// The faults of a manifest, with their places.
  public let diagnostics: [Diagnostic]
  /// True where a server or the way to it is at fault: the same may be dispatched later.
  public let isPassing: Bool
  /// True where what was typed is at fault, and no manifest.
  public let isUsage: Bool

  init(
    _ message: String, hint: String? = nil, diagnostics: [Diagnostic] = [],
    isPassing: Bool = false, isUsage: Bool = false
  ) {
    self.message = message
    self.hint = hint
    self.diagnostics = diagnostics
    self.isPassing = isPassing
    self.isUsage = isUsage
  }
}

/// What a person asked `mtor dispatch` for.
public struct OrderRequest: Sendable {
  /// Files of manifests.
  public var manifests: [String]
  public var batch: String
  /// The task's name, where there is one task.
  public var task: String?
  /// Folders or addresses; empty: the current folder.
  public var repositories: [String]
  public var branch: String?
  public var after: [String]
  public var notBefore: Int64
  public var queue: String
  public var priority: Int
  public var isAgain: Bool
  public var lands: Bool
  /// True where workers may be on other machines, so that they are told an address and what passed
  /// has to come home.
  public var travels: Bool
  public var params: [String: String]
  /// A file that may only tighten the worker's configuration.
  public var tightening: String?
  public var limits: Limits

  public init(manifests: [String], batch: String) {
    self.manifests = manifests
    self.batch = batch
    repositories = []
    after = []
    notBefore = 0
    queue = "default"
    priority = 0
    isAgain = false
    lands = false
    travels = false
    params = [:]
    limits = Limits()
  }
}

/// Makes orders: every manifest for every repository, each checked before anything is dispatched.
public struct OrderBook {
  private let git: Git
  private let places: RepositoryPlaces

  /// `folder` is where clones of repositories elsewhere are kept.
  public init(folder: String, runner: CommandRunner) {
    git = Git(runner: runner)
    places = RepositoryPlaces(folder: folder + "/repositories", git: git)
  }

  public func orders(_ request: OrderRequest) throws(OrderFault) -> [TaskOrder] {
    let manifests = try request.manifests.map { file throws(OrderFault) in
      try read(file, request.limits)
    }
    if request.task != nil, manifests.count * max(1, request.repositories.count) > 1 {
      throw OrderFault(
        "--task names one task, and there are "
          + "\(manifests.count * max(1, request.repositories.count))",
        hint: "leave --task out: each gets a name of its own", isUsage: true)
    }
    let tightening = try request.tightening.map { file throws(OrderFault) in
      String(decoding: try bytes(of: file, limit: 1 << 20), as: UTF8.self)
    }
    var orders: [TaskOrder] = []
    let given = request.repositories.isEmpty ? ["."] : request.repositories
    for repository in given {
      let place = try places.find(
        repository, branch: request.branch, travels: request.travels)
      if request.lands && place.isClone {
        throw OrderFault(
          "--land cannot move a branch of '\(Printable.escaped(repository))'",
          hint: "leave --land out, and push the task's branch in the morning", isUsage: true)
      }
      for manifest in manifests {
        orders.append(try order(manifest, place, request, tightening))
      }
    }
    var seen: Set<TaskId> = []
    for order in orders where !seen.insert(order.id).inserted {
      throw OrderFault(
        "two of the tasks would both be called '\(order.id.text)'",
        hint: "name the manifests differently, or dispatch them one by one with --task")
    }
    return orders
  }

  private struct Read {
    var file: String
    var bytes: [UInt8]
    var name: String
    var signature: String?
  }

  private func order(
    _ manifest: Read, _ place: RepositoryPlaces.Place, _ request: OrderRequest,
    _ tightening: String?
  ) throws(OrderFault) -> TaskOrder {
    var work = TaskWork(
      repository: place.repository, commit: place.commit, manifest: manifest.name,
      file: manifest.file.split(separator: "/").last.map(String.init) ?? manifest.file,
      manifestBytes: manifest.bytes)
    work.prefix = place.prefix
    work.branch = place.branch
    work.signature = manifest.signature
    work.params = request.params
    work.tightening = tightening
    work.lands = request.lands
    if request.travels, let address = place.address {
      work.address = address
      work.returns = true
    }
    let name =
      request.task
      ?? TaskId.defaultTask(
        manifest: manifest.name, repository: place.repository, branch: place.branch,
        params: request.params)
    let id: TaskId
    do throws(TaskId.Fault) {
      id = try TaskId(batch: request.batch, task: name)
      // A queue is a name of the same kind.
      _ = try TaskId(batch: request.queue, task: "x")
    } catch { throw OrderFault(error.message, hint: error.hint, isUsage: true) }
    var order = TaskOrder(id: id, work: work)
    order.queue = request.queue
    order.priority = request.priority
    order.notBefore = request.notBefore
    order.after = request.after
    order.isAgain = request.isAgain
    return order
  }

  /// Reads and checks a manifest, and the signature beside it.
  private func read(_ file: String, _ limits: Limits) throws(OrderFault) -> Read {
    // Its commands would run as those of a file, which a person is answerable for.
    if ApplyRequest.Source(named: file).isStream {
      throw OrderFault(
        "'\(Printable.escaped(file))' is no file, and a task is made from one",
        hint: "save the manifest in a file first")
    }
    let text = try bytes(of: file, limit: limits.manifest)
    let manifest: Manifest
    do throws(DiagnosticList) {
      manifest = try ManifestReader.read(
        SourceText(name: file, bytes: text),
        options: .init(limits: limits, lintsContents: false)
      ).manifest
    } catch {
      throw OrderFault("'\(Printable.escaped(file))' is not valid", diagnostics: error.all)
    }
    if manifest.readsFiles {
      throw OrderFault(
        "'\(Printable.escaped(file))' reads files beside itself ('from'), which no queue carries",
        hint: "put their contents into the manifest")
    }
    var signature: String?
    if access(file + ".sig", F_OK) == 0 {
      signature = String(decoding: try bytes(of: file + ".sig", limit: 65_536), as: UTF8.self)
    }
    return Read(file: file, bytes: text, name: manifest.name, signature: signature)
  }

  private func bytes(of file: String, limit: Int) throws(OrderFault) -> [UInt8] {
    do throws(SystemError) {
      return try Descriptor.open(file, O_RDONLY).readAll(limit: limit, path: file)
    } catch {
      throw OrderFault("'\(Printable.escaped(file))' cannot be read: \(error.reason)")
    }
  }
}
