import CMtor
import Glibc
public import Platform

/// A shadow of a tree: commands that run in it see the tree at its own path and may change it at
/// will; nobody else sees any of that, and the tree stays as it is.
///
/// An overlay is mounted over the tree's path in a mount namespace that only the shadow's commands
/// are in. Nothing is copied, whatever the size of the tree. Use it from one thread, except for
/// `runner`; call `discard` when done.
public final class Shadow {
  /// How the shadow was made, for the report.
  public enum Kind: Hashable, Sendable {
    /// An overlay; as an ordinary user, in a user namespace too.
    case overlay(inUserNamespace: Bool)
    /// The same, with what changes kept in memory: no file system here can hold it.
    case overlayInMemory(inUserNamespace: Bool)
    /// A copy elsewhere, without the folders that are named.
    case copy(omitting: [String])
  }

  /// What a shadow is made of.
  public struct Description: Sendable {
    /// The tree; absolute, without symbolic links.
    public var root: String
    /// Folders beside the tree that its commands may change too, and must not for real: git
    /// folders that lie outside it.
    public var besides: [String]
    /// Folders that commands must not see: mtor's state.
    public var covered: [String]
    /// Files and folders that commands may only read.
    public var pinned: [String]
    /// Nothing else that is mounted can be written either: for Landlock, which does not look
    /// after owners and modes.
    public var isSealed: Bool
    /// Where what changes may be kept: `$XDG_STATE_HOME/mtor`.
    public var storage: String

    public init(
      root: String, storage: String, besides: [String] = [], covered: [String] = [],
      pinned: [String] = []
    ) {
      self.root = root
      self.storage = storage
      self.besides = besides
      self.covered = covered
      self.pinned = pinned
      isSealed = false
    }
  }

  public let kind: Kind
  /// The tree's own path.
  public let root: String
  /// Where commands find the tree: `root`, or the copy.
  public let workingRoot: String
  /// The tree as the shadow has it.
  public let tree: RootTree
  /// Runs commands inside; `MTOR_SHADOW` is set for them.
  public let runner: CommandRunner
  /// A private folder for whatever goes with the shadow; nil where that is in memory.
  public var scratch: String? {
    if case .overlayInMemory = kind { nil } else { storage.path }
  }
  /// What differs from the tree; nil for a copy.
  let upper: RootTree?
  private let storage: ShadowStorage
  private var isDiscarded = false

  init(
    kind: Kind, root: String, workingRoot: String, tree: RootTree, upper: RootTree?,
    runner: CommandRunner, storage: ShadowStorage
  ) {
    self.kind = kind
    self.root = root
    self.workingRoot = workingRoot
    self.tree = tree
    self.upper = upper
    self.runner = runner
    self.storage = storage
  }

  deinit {
    // A shadow that could not be removed is left to `ShadowStorage.removeAbandoned`.
    if !isDiscarded { try? storage.remove() }
  }

  /// Removes all that the shadow has kept. Its commands must have ended.
  public func discard() throws(SystemError) {
    isDiscarded = true
    try storage.remove()
  }

  /// Makes a shadow: an overlay kept in `storage`, else beside the tree, else in memory, else a
  /// copy. `supervisor` as for `CommandRunner`.
  public static func make(
    _ description: Description, supervisor: String = "/proc/self/exe"
  ) throws(SystemError) -> Shadow {
    let beside = description.root.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    let places = [description.storage, beside + "/.mtor-shadow"]
    for place in places where !isWithin(place, description.root) {
      guard let storage = try? ShadowStorage(in: place) else { continue }
      if let shadow = try? overlay(description, storage, inMemory: false, supervisor) {
        return shadow
      }
      try storage.remove()
    }
    let storage = try ShadowStorage(in: isWithin(places[0], description.root) ? "/tmp" : places[0])
    if let shadow = try? overlay(description, storage, inMemory: true, supervisor) { return shadow }
    return try copy(description, storage, supervisor)
  }

  private static func overlay(
    _ description: Description, _ storage: ShadowStorage, inMemory: Bool, _ supervisor: String
  ) throws(SystemError) -> Shadow {
    let host = try Host(supervisor)
    let folders = [description.root] + description.besides
    let held = Bubblewrap.folders(above: description.pinned, in: description.root)
    var head = mtor_shadow()
    head.magic = MTOR_JOB_MAGIC
    head.overlay_count = UInt32(folders.count)
    head.cover_count = UInt32(description.covered.count)
    head.hold_count = UInt32(held.count)
    head.pin_count = UInt32(description.pinned.count)
    head.sealed = description.isSealed ? 1 : 0
    head.in_memory = inMemory ? 1 : 0
    var bytes = withUnsafeBytes(of: head) { Array($0) }
    bytes.appendWithNUL(storage.path)
    for (index, folder) in folders.enumerated() {
      bytes.appendWithNUL(folder)
      for part in ["upper", "work"] {
        let path = "\(storage.path)/\(part)\(index)"
        if !inMemory { try storage.makeFolder("\(part)\(index)") }
        bytes.appendWithNUL(path)
      }
    }
    for path in description.covered + held + description.pinned { bytes.appendWithNUL(path) }
    var result = mtor_shadow_result()
    let code = bytes.withUnsafeBytes { bytes in
      mtor_host_enter_shadow(host.socket, bytes.baseAddress!, bytes.count, &result)
    }
    if code < 0 { throw SystemError("shadow", description.root, code: -code) }
    guard result.step == MTOR_SHADOW_READY.rawValue else {
      throw SystemError(name(ofStep: result.step), description.root, code: result.code)
    }
    let tree = try RootTree(owning: Descriptor(owning: result.merged), path: description.root)
    let upper = try RootTree(owning: Descriptor(owning: result.upper), path: storage.path)
    let asUser = result.in_user_namespace != 0
    return Shadow(
      kind: inMemory
        ? .overlayInMemory(inUserNamespace: asUser) : .overlay(inUserNamespace: asUser),
      root: description.root, workingRoot: description.root, tree: tree, upper: upper,
      runner: CommandRunner(shadowOf: description.root, host: host), storage: storage)
  }

  private static func name(ofStep step: Int32) -> String {
    switch mtor_shadow_step(UInt32(bitPattern: step)) {
    case MTOR_SHADOW_NAMESPACE: "unshare"
    case MTOR_SHADOW_OPEN: "open"
    default: "mount"
    }
  }

  /// True if a path is a folder or lies below it.
  static func isWithin(_ path: String, _ folder: String) -> Bool {
    path == folder || path.hasPrefix(folder == "/" ? "/" : folder + "/")
  }
}
