import CMtor
import Glibc
import Planning
import Platform

/// Prepares a step's files in the store and works out the operations that place them.
///
/// Nothing of the tree is touched. Everything in the way is collected as a conflict, so that a
/// person sees all of it.
struct Stager {
  let step: PlannedStep
  let tree: RootTree
  let store: Int32
  var operations: [Operation] = []
  var conflicts: [Conflict] = []
  /// Bytes of old files that the undo store will keep.
  var kept: Int64 = 0
  /// Files as staged, for the index: by slot.
  var staged: [Int: FileStatus] = [:]

  let folders: OpenFolders
  private let protected: ProtectedPaths
  var nextSlot = 0
  private var known: [RelativePath: FolderPlace] = [:]
  private var stagedFolder: (name: String, holder: OpenStagedFolder)?
  /// Paths that the step takes away, so that what is below or in their place may come.
  private let leaving: Set<RelativePath>
  /// The digests of the files that go, by which a move is known to change nothing.
  let removed: [RelativePath: Digest]
  private let moved: MovedFolders
  /// The folder of the tree whose default ACL the store has for now: what is made in the store
  /// inherits it, and lands with it.
  private var inherited: RelativePath??
  /// The store may have one of its own, from the folders above it.
  private var storeHasACL = true
  private let user = geteuid()
  private let group = getegid()

  /// Where the folder of a new file is.
  enum FolderPlace {
    /// In the tree, with this owner, group and mode.
    case standing(FileStatus)
    /// In the store, below the slot of a new topmost folder; the status is of the standing folder
    /// that it will be in.
    case staged(top: Int, name: String, parent: FileStatus)
  }

  final class OpenStagedFolder {
    let descriptor: Descriptor
    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
  }

  init(step: PlannedStep, tree: RootTree, store: Int32, protected: ProtectedPaths) {
    self.step = step
    self.protected = protected
    self.tree = tree
    self.store = store
    folders = OpenFolders(tree)
    let going = step.files.filter { $0.changesTree && $0.isRemoval }
    moved = MovedFolders(step.entries)
    leaving = Set(going.map(\.path) + step.emptiedFolders)
    removed = Dictionary(
      going.compactMap { file in file.before.digest.map { (file.path, $0) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// Stages all; where `conflicts` is empty afterwards, `operations` are complete and in order:
  /// what goes, then what comes.
  mutating func stage() throws(SystemError) {
    let files = step.files
    // Their places: a planned file is large, and sorting moves things often.
    let changes = files.indices.filter { files[$0].changesTree }
      .sorted { files[$0].path < files[$1].path }
    for index in changes {
      guard let why = protected.fault(files[index].path) else { continue }
      refuse(files[index], "path-protected", why, hint: "mtor never writes there")
    }
    if !conflicts.isEmpty { return }
    operations.reserveCapacity(changes.count + step.emptiedFolders.count)
    staged.reserveCapacity(changes.count)
    for index in changes where files[index].isRemoval { try stageRemoval(files[index]) }
    for folder in step.emptiedFolders { try stageFolderRemoval(folder) }
    for index in changes where !files[index].isRemoval {
      if Interruption.count > 0 { return }
      try stageArrival(files[index])
    }
  }

  // MARK: What goes

  private mutating func stageRemoval(_ file: PlannedFile) throws(SystemError) {
    guard let (recorded, _) = try standing(file, keepingOpen: false) else { return }
    kept += recorded.size
    append(.delete, file, old: recorded, new: nil)
  }

  private mutating func stageFolderRemoval(_ path: RelativePath) throws(SystemError) {
    let status: FileStatus?
    do throws(SystemError) {
      status = try tree.status(of: path)
    } catch {
      if !error.isAboutPath { throw error }
      status = nil
    }
    // Gone, or something else by now: nothing to remove.
    guard let status, status.kind == .directory else { return }
    let slot = takeSlot()
    try FolderCopy.make(of: path, status, in: tree, named: String(slot), in: store)
    let recorded = Operation.Recorded(.folder, status, digest: Inspector.noDigest)
    operations.append(
      Operation(
        kind: .removeFolder, path: path, slot: slot, old: recorded, new: nil, action: .deleted))
  }

  // MARK: What comes

  private mutating func stageArrival(_ file: PlannedFile) throws(SystemError) {
    guard let place = try place(of: file.path.parent, for: file) else { return }
    guard case .absent = file.before else {
      guard let (recorded, source) = try standing(file, keepingOpen: true) else { return }
      kept += recorded.size
      if source == nil { try inherit(from: file.path.parent) }
      awaitNewSecond(for: file, in: source)
      let slot = takeSlot()
      let new = try make(file, in: store, named: String(slot), slot: slot, like: source, place)
      append(.replace, file, slot: slot, old: recorded, new: new)
      return
    }
    if case .standing = place, try isTaken(file) { return }
    let slot = takeSlot()
    let source = try movedSource(file)
    switch place {
    case .standing:
      try inherit(from: file.path.parent)
      let new = try make(file, in: store, named: String(slot), slot: slot, like: source, place)
      append(.create, file, slot: slot, old: nil, new: new)
    case .staged(let top, let name, _):
      let folder = try openStaged(name)
      let new = try make(
        file, in: folder, named: String(file.path.name), slot: slot, like: source, place)
      append(.create, file, slot: slot, within: top, old: nil, new: new)
    }
  }

  /// Waits where a Python file would have the old one's size and second: a test would run the old
  /// code.
  private func awaitNewSecond(for file: PlannedFile, in source: Source?) {
    guard let source, file.path.text.hasSuffix(".py"), case .regular(let new) = file.after,
      new.digest != file.before.digest, Int64(new.size) == source.status.size
    else { return }
    FileIndex.awaitSecond(after: source.status.modified)
  }

  /// True, with a conflict, where something stands at a path that should be free.
  private mutating func isTaken(_ file: PlannedFile) throws(SystemError) -> Bool {
    if leaving.contains(file.path) { return false }
    let folder = try folders.open(file.path.parent)
    guard
      let status = try FileStatus.of(
        String(file.path.name), in: folder, path: file.path.text)
    else { return false }
    refuse(
      file, "conflict-changed",
      "is there now (\(Self.word(status.kind))) and was not when the "
        + "plan was made")
    return true
  }

  /// The file that a moved one was: its mode, owner, attributes and time go along.
  private mutating func movedSource(_ file: PlannedFile) throws(SystemError) -> Source? {
    guard let from = file.movedFrom else { return nil }
    do throws(SystemError) {
      let folder = try folders.open(from.parent)
      guard let status = try FileStatus.of(String(from.name), in: folder, path: from.text) else {
        throw SystemError("fstatat", from.text, code: ENOENT)
      }
      guard status.kind == .regular else { return nil }
      return Source(
        try Inspector.open(String(from.name), in: folder, path: from.text), status: status)
    } catch {
      if !error.isAboutPath { throw error }
      refuse(
        file, "conflict-changed", "cannot be moved: \(from) is not there any more")
      return nil
    }
  }

  // MARK: Folders

  /// Where the folder is, made in the store if need be; nil, with a conflict, where something
  /// that is no folder is in the way.
  private mutating func place(
    of folder: RelativePath?, for file: PlannedFile
  ) throws(SystemError) -> FolderPlace? {
    guard let folder else { return .standing(tree.status) }
    if let place = known[folder] { return place }
    let place: FolderPlace?
    do throws(SystemError) {
      place = .standing(try FileStatus.of(descriptor: folders.open(folder)))
    } catch {
      if error.code == ENOENT || error.isAboutPath && isLeaving(folder) {
        place = try makeFolder(folder, for: file)
      } else if error.isAboutPath {
        let what = error.code == ELOOP ? "a symbolic link" : "a file"
        refuse(file, "conflict-parent", "has \(what) where its folder should be")
        place = nil
      } else {
        throw error
      }
    }
    known[folder] = place
    return place
  }

  /// Makes the store give to what is made in it what the kernel would give it in a folder of the
  /// tree.
  private mutating func inherit(from folder: RelativePath?) throws(SystemError) {
    if case .some(let current) = inherited, current == folder { return }
    let code = mtor_inherit(try folders.open(folder), store, storeHasACL)
    if code < 0 { throw SystemError("fsetxattr", folder?.text ?? ".", code: -code) }
    inherited = .some(folder)
    storeHasACL = code > 0
  }

  private func isLeaving(_ folder: RelativePath) -> Bool {
    leaving.contains(folder) || folder.ancestors.contains(where: leaving.contains)
  }

  private mutating func makeFolder(
    _ path: RelativePath, for file: PlannedFile
  ) throws(SystemError) -> FolderPlace? {
    guard let above = try place(of: path.parent, for: file) else { return nil }
    let slot = takeSlot()
    let name: String
    let top: Int
    let parent: FileStatus
    let within: Int?
    switch above {
    case .standing(let status):
      (name, top, parent, within) = (String(slot), slot, status, nil)
      try inherit(from: path.parent)
    case .staged(let topmost, let folder, let status):
      (name, top, parent, within) = ("\(folder)/\(path.name)", topmost, status, topmost)
    }
    try NewFile.makeFolder(name, in: store, mode: 0o777)
    let made = try openStaged(name)
    let wanted = newOwner(in: parent)
    if let wanted, fchown(made, wanted.user, wanted.group) < 0 {
      throw SystemError("fchown", path.text)
    }
    let isMoved = try moved.makeAlike(made, for: path, in: tree)
    var status = try FileStatus.of(descriptor: made, path: path.text)
    // A folder in a set-group-id folder is one too.
    let mode = parent.mode & 0o2000 != 0 && !isMoved ? status.mode | 0o2000 : status.mode
    if mode != status.mode {
      if fchmod(made, mode) < 0 { throw SystemError("fchmod", path.text) }
      status = try FileStatus.of(descriptor: made, path: path.text)
    }
    operations.append(
      Operation(
        kind: .makeFolder, path: path, slot: slot, within: within, old: nil,
        new: Operation.Recorded(.folder, status, digest: Inspector.noDigest), action: .created))
    return .staged(top: top, name: name, parent: parent)
  }

  private mutating func openStaged(_ name: String) throws(SystemError) -> Int32 {
    if let stagedFolder, stagedFolder.name == name { return stagedFolder.holder.descriptor.raw }
    let raw = mtor_open_beneath(store, name, O_RDONLY | O_DIRECTORY, 0)
    if raw < 0 { throw SystemError("openat2", name, code: -raw) }
    stagedFolder = (name, OpenStagedFolder(Descriptor(owning: raw)))
    return raw
  }

  /// Whom a new file must be given to: as root its folder's owner, in a set-group-id folder its
  /// group; nil where it is right as it is.
  func newOwner(in folder: FileStatus) -> (user: uid_t, group: gid_t)? {
    var wanted = (user: user, group: group)
    if user == 0 { wanted = (folder.user, folder.group) }
    if folder.mode & 0o2000 != 0 { wanted.group = folder.group }
    return wanted == (user, group) ? nil : wanted
  }
}
