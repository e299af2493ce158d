import CMtor
import Glibc
public import Platform

/// Where mtor keeps what it needs to recover, undo and remember: the `mtor` folder in the git
/// folder of the root's work tree, or `.mtor/state` in the root.
///
/// What is found there may have come with the tree, so nothing is believed unless it belongs to
/// this user, is reached through no link, and carries the seal of this machine. Opening it writes
/// nothing; `Materialiser` makes the folder when there is something to keep.
public final class StateFolder {
  /// Its path for messages, whether it stands yet or not.
  public let path: String
  let root: RootTree
  let surroundings: Surroundings
  private let place: StatePlace
  private let stateHome: String
  private var knownSecret: MachineSecret?
  /// `STATE/roots/DEV-INODE`; nil as long as it does not stand.
  private var room: Descriptor?
  /// What is known of files without reading them; read at the first question.
  public private(set) lazy var index = loadedIndex()
  private var loadedMemory: Memory?
  /// The highest number that was given to a folder of the undo store, once one was asked for.
  var lastNumber: Int?

  /// Finds the state of a root; `stateHome` is where the machine's secret lies (`StateHome.path`).
  public static func open(
    root: RootTree, stateHome: String
  ) throws(TreeError) -> StateFolder {
    let state: StateFolder
    do throws(SystemError) {
      let surroundings = try Surroundings.look(from: root)
      let place = try StatePlace.find(root: root, git: surroundings.git)
      state = try StateFolder(
        root: root, surroundings: surroundings, place: place, stateHome: stateHome)
    } catch {
      throw .system(error, note: "nothing was touched")
    }
    try state.openRoom()
    return state
  }

  private init(
    root: RootTree, surroundings: Surroundings, place: StatePlace, stateHome: String
  ) throws(SystemError) {
    self.root = root
    self.surroundings = surroundings
    self.place = place
    self.stateHome = stateHome
    knownSecret = try MachineSecret.load(stateHome: stateHome, creating: false)
    path = place.path + "/" + Self.roomName(root.status)
  }

  static func roomName(_ root: FileStatus) -> String { "roots/\(root.device)-\(root.inode)" }

  /// True where there is nothing at all: mtor never changed this root.
  var isAbsent: Bool { room == nil }

  /// The room's descriptor; asked only where `isAbsent` is false or after `create`.
  var descriptor: Int32 {
    switch room {
    case .some(let room): room.raw
    case .none: -1
    }
  }

  /// What an earlier run left unfinished, one sentence, for a command that only looks.
  public func unfinished() throws(TreeError) -> String? {
    for name in [Names.transaction, Names.undoing, Names.unit, Names.trial]
    where try exists(name) {
      return TreeLock.isHeld(root)
        ? "another run is at work in the tree, and is not at its end" : Self.cutOff
    }
    return nil
  }

  static let cutOff = "an earlier run was cut off; mtor recover puts its files right"

  /// Git's own folders below the root that are not called `.git`, which no path can name anyway:
  /// nothing is ever written there.
  public private(set) lazy var gitFolders = findGitFolders()

  private func findGitFolders() -> [RelativePath] {
    guard let git = surroundings.git, let top = Descriptor.path(of: root.descriptor),
      let folder = Descriptor.path(of: git.descriptor.raw), folder.utf8.starts(with: "\(top)/".utf8)
    else { return [] }
    let rest = String(decoding: folder.utf8.dropFirst(top.utf8.count + 1), as: UTF8.self)
    do throws(PathFault) { return [try RelativePath(rest)] } catch {
      // No manifest can name it, or what is in it.
      return []
    }
  }

  func exists(_ name: String) throws(TreeError) -> Bool {
    if isAbsent { return false }
    return try attempt { () throws(SystemError) in
      try FileStatus.of(name, in: descriptor) != nil
    }
  }

  // MARK: Opening and making

  private func openRoom() throws(TreeError) {
    guard let base = try place.openExisting() else { return }
    let name = Self.roomName(root.status)
    let raw = mtor_open_beneath(base.raw, name, O_RDONLY | O_DIRECTORY, 0)
    if raw == -ENOENT { return }
    if raw == -ELOOP || raw == -ENOTDIR { throw untrusted("holds a link or a file as '\(name)'") }
    if raw < 0 { throw failed(SystemError("openat2", path, code: -raw)) }
    let opened = Descriptor(owning: raw)
    let user = try attempt { () throws(SystemError) in
      try FileStatus.of(descriptor: opened.raw, path: path).user
    }
    if user != geteuid() { throw untrusted("belongs to user \(user), not to you") }
    room = consume opened
  }

  /// Makes the folder, mode 0700, with all above it.
  func create() throws(TreeError) {
    // Also where the room stands: it may have outlived the secret.
    _ = try secret(creating: true)
    if room != nil { return }
    do throws(SystemError) {
      try place.create(Self.roomName(root.status))
    } catch {
      throw .system(error, note: "nothing was touched")
    }
    try openRoom()
    if room == nil { throw failed(SystemError("openat2", path, code: ENOENT)) }
  }

  /// Looks again: another run may have made the folder, or changed what is in it.
  func reopen() throws(TreeError) {
    lastNumber = nil
    if room == nil { try openRoom() }
    loadedMemory = nil
  }

  /// An exclusive hold on the file `lock`, which is never removed: for file systems that cannot
  /// lock a folder.
  func lockFile() throws(TreeError) -> Descriptor {
    try create()
    let raw = mtor_open_beneath(descriptor, "lock", O_RDWR | O_CREAT, 0o600)
    if raw < 0 { throw failed(SystemError("openat2", path + "/lock", code: -raw)) }
    let file = Descriptor(owning: raw)
    let status = try attempt { () throws(SystemError) in
      try FileStatus.of(descriptor: file.raw)
    }
    _ = try TreeLock.lock(file.raw, LOCK_EX, status)
    return file
  }

  /// The secret, once `create` or a sealed file has needed it.
  var madeSecret: MachineSecret? { knownSecret }

  /// The machine's secret; nil where there is none and it is not to be made.
  func secret(creating: Bool) throws(TreeError) -> MachineSecret? {
    if let knownSecret { return knownSecret }
    do throws(SystemError) {
      knownSecret = try MachineSecret.load(stateHome: stateHome, creating: creating)
      return knownSecret
    } catch {
      throw .system(error, note: "nothing was touched; XDG_STATE_HOME may name another folder")
    }
  }

  // MARK: Sealed files

  /// The bytes of a file in the room; nil where it does not stand.
  func read(_ name: String) throws(TreeError) -> [UInt8]? {
    if isAbsent { return nil }
    let raw = mtor_open_beneath(descriptor, name, O_RDONLY | O_NONBLOCK, 0)
    if raw == -ENOENT { return nil }
    if raw == -ELOOP || raw == -ENOTDIR { throw untrusted("holds a link as '\(name)'") }
    if raw < 0 { throw failed(SystemError("openat2", path + "/" + name, code: -raw)) }
    let file = Descriptor(owning: raw)
    let status = try attempt { () throws(SystemError) in
      try FileStatus.of(descriptor: file.raw)
    }
    if status.kind != .regular { throw untrusted("holds no regular file as '\(name)'") }
    do throws(SystemError) {
      return try file.readAll(sizeHint: Int(status.size), path: path + "/" + name)
    } catch {
      throw failed(error)
    }
  }

  /// The text of a link that is kept here; nil where none stands.
  func linkTarget(_ name: String) throws(TreeError) -> String? {
    if isAbsent { return nil }
    do throws(SystemError) {
      return try RootTree.linkTarget(of: name, in: descriptor, path: path + "/" + name)
    } catch {
      if error.code == ENOENT || error.code == EINVAL { return nil }
      throw failed(error)
    }
  }

  /// The body of a sealed file; nil where it does not stand.
  func readSealed(_ name: String, kind: String) throws(TreeError) -> ArraySlice<UInt8>? {
    guard let bytes = try read(name) else { return nil }
    let secret = try secret(creating: false)
    do throws(SealedFile.Fault) {
      return try SealedFile.open(bytes, kind: kind, secret: secret)
    } catch {
      throw fault(error, in: name)
    }
  }

  /// Puts a sealed file there by rename, so that it is old or new, never half; `syncing`: nor
  /// after a power loss.
  func writeSealed(
    _ name: String, _ body: consuming [UInt8], syncing: Bool = false
  ) throws(TreeError) {
    guard let secret = try secret(creating: true) else { return }
    var bytes = body
    SealedFile.seal(&bytes, secret: secret)
    do throws(SystemError) {
      let draft = name + ".new"
      try remove(draft)
      _ = try NewFile.create(draft, in: descriptor, mode: 0o600, bytes: bytes)
      if syncing { try NewFile.sync(draft, in: descriptor) }
      while renameat(descriptor, draft, descriptor, name) < 0 {
        if errno != EINTR { throw SystemError("renameat", path + "/" + name) }
      }
    } catch {
      throw failed(error)
    }
  }

  /// Removes a file of the room; none there is no failure.
  func remove(_ name: String) throws(SystemError) {
    while unlinkat(descriptor, name, 0) < 0 {
      if errno == ENOENT { return }
      if errno != EINTR { throw SystemError("unlinkat", path + "/" + name) }
    }
  }

  // MARK: What is kept

  /// What mtor left at each path; read at the first question.
  public func memory() throws(TreeError) -> Memory {
    if let loadedMemory { return loadedMemory }
    let memory = try Memory(state: self)
    loadedMemory = memory
    return memory
  }

  /// To be called when a transaction was added or undone.
  func forgetMemory() { loadedMemory = nil }

  private func loadedIndex() -> FileIndex {
    let index = FileIndex()
    do {
      if let body = try readSealed(Names.index, kind: FileIndex.kind) { index.decode(body) }
    } catch {
      // Only a shortcut: without it every file is read, which is slower and as right.
      index.clear()
    }
    return index
  }

  // MARK: Errors

  /// Runs a system call; a failure is told with what became of the tree.
  func attempt<Result: ~Copyable>(
    _ body: () throws(SystemError) -> Result
  ) throws(TreeError) -> Result {
    do throws(SystemError) {
      return try body()
    } catch {
      throw failed(error)
    }
  }

  func failed(_ error: SystemError) -> TreeError {
    .system(error, note: "what stands in the tree was left as it is")
  }

  func untrusted(_ what: String) -> TreeError {
    .state("the state folder \(Printable.escaped(path)) \(what)", remedy: remedy)
  }

  func fault(_ fault: SealedFile.Fault, in name: String) -> TreeError {
    switch fault {
    case .damaged: untrusted("is damaged: '\(name)' is not what was written")
    case .foreign:
      untrusted(
        "is foreign: '\(name)' was not written by this user on this machine for this root, or was "
          + "under another HOME")
    case .newer: untrusted("is from a newer mtor, which must finish there: '\(name)'")
    }
  }

  private var remedy: String { "mv \(Self.quoted(path)) \(Self.quoted(path + ".aside"))" }

  private static func quoted(_ path: String) -> String {
    let plain = path.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || $0.properties.numericType != nil
        || "/._-+:@".contains(Character($0))
    }
    return plain
      ? path
      : "'"
        + path.split(separator: "'", omittingEmptySubsequences: false)
        .joined(separator: "'\\''") + "'"
  }

  /// The names in a room.
  enum Names {
    static let build = "build", outputs = "outputs", transaction = "txn", trash = "trash"
    static let donePrefix = "done.", keptPrefix = "kept."
    static let undoing = "undoing", unit = "unit", trial = "trial"
    static let memory = "memory", index = "index", upToDatePrefix = "up-to-date."
    static let journal = "journal", store = "s"
    static let undoneCommits = "undone-commits", runCommits = "run-commits"
  }
}
