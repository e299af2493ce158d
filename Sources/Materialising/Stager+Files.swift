import CMtor
import Glibc
import Planning
import Platform
import YAMLTree

/// Looking at what a file replaces, and making the new one.
extension Stager {
  /// An open file of the tree that is replaced, or moved from.
  final class Source {
    let file: Descriptor
    let status: FileStatus

    init(_ file: consuming Descriptor, status: FileStatus) {
      self.file = file
      self.status = status
    }
  }

  /// What stands at the path, if it is what the plan saw; nil, with a conflict, if it is not.
  mutating func standing(
    _ file: PlannedFile, keepingOpen: Bool
  ) throws(SystemError) -> (Operation.Recorded, Source?)? {
    do throws(SystemError) {
      return try lookAt(file, keepingOpen: keepingOpen)
    } catch {
      // Removed, or a parent exchanged for something else, between two looks.
      if !error.isAboutPath { throw error }
      refuse(file, "conflict-changed", "cannot be reached any more (\(error.reason))")
      return nil
    }
  }

  private mutating func lookAt(
    _ file: PlannedFile, keepingOpen: Bool
  ) throws(SystemError) -> (Operation.Recorded, Source?)? {
    let path = file.path
    let name = String(path.name)
    let folder = try folders.open(path.parent)
    guard let status = try FileStatus.of(name, in: folder, path: path.text) else {
      refuse(file, "conflict-changed", "is gone since the plan was made")
      return nil
    }
    switch (status.kind, file.before) {
    case (.regular, .regular(let expected)):
      if status.links > 1 {
        refuse(
          file, "conflict-hard-link", "has \(status.links) names (hard links)",
          hint: "copy it to a file of its own first")
        return nil
      }
      let source = Source(try Inspector.open(name, in: folder, path: path.text), status: status)
      let digest = try Digest.ofFile(source.file.raw, path: path.text)
      if digest != expected.digest { return refuseChanged(file) }
      return (Operation.Recorded(.regular, status, digest: digest), keepingOpen ? source : nil)
    case (.symlink, .symlink(let expected)):
      let target = try RootTree.linkTarget(of: name, in: folder, path: path.text)
      if target != expected { return refuseChanged(file) }
      return (Operation.Recorded(.symlink, status, digest: Digest(of: target.utf8)), nil)
    default:
      refuse(
        file, "conflict-kind", "is now \(Self.word(status.kind)), which the plan did not expect")
      return nil
    }
  }

  private mutating func refuseChanged(
    _ file: PlannedFile
  ) -> (Operation.Recorded, Source?)? {
    refuse(file, "conflict-changed", "was changed since the plan was made")
    return nil
  }

  /// Makes the new file or link in the store with everything it will have.
  mutating func make(
    _ file: PlannedFile, in folder: Int32, named name: String, slot: Int, like source: Source?,
    _ place: FolderPlace
  ) throws(SystemError) -> Operation.Recorded? {
    switch file.after {
    case .absent: return nil
    case .symlink(let target):
      while symlinkat(target, folder, name) < 0 {
        if errno != EINTR { throw SystemError("symlinkat", file.path.text) }
      }
      if let owner = newOwner(in: place.owner),
        fchownat(folder, name, owner.user, owner.group, AT_SYMLINK_NOFOLLOW) < 0, !isForeignGroup
      {
        throw SystemError("fchownat", file.path.text)
      }
      guard let status = try FileStatus.of(name, in: folder, path: file.path.text) else {
        throw SystemError("fstatat", file.path.text, code: ENOENT)
      }
      return Operation.Recorded(.symlink, status, digest: Digest(of: target.utf8))
    case .regular(let wanted):
      let status: FileStatus
      let owner = source == nil ? newOwner(in: place.owner) : nil
      if source == nil && owner == nil && wanted.mode == nil, let content = wanted.content {
        // The usual new file: nothing to be done but write it.
        status = try NewFile.create(
          name, in: folder, mode: wanted.isExecutable == true ? 0o777 : 0o666,
          bytes: content.decoded(), for: file.path.text)
      } else {
        status = try makeAlike(file, wanted, in: folder, named: name, source, owner)
      }
      staged[slot] = status
      return Operation.Recorded(.regular, status, digest: wanted.digest)
    }
  }

  /// True if a call of chown(2) has just failed since the folder's group is one that this user is
  /// not in: only a file that is made there has it, and none is; it keeps the user's own.
  private var isForeignGroup: Bool { errno == EPERM && geteuid() != 0 }

  private func makeAlike(
    _ file: PlannedFile, _ wanted: RegularFile, in folder: Int32, named name: String,
    _ source: Source?, _ owner: (user: uid_t, group: gid_t)?
  ) throws(SystemError) -> FileStatus {
    let path = file.path.text
    var status = try NewFile.create(
      name, in: folder, mode: wanted.isExecutable == true ? 0o777 : 0o666,
      bytes: wanted.content?.decoded() ?? [], for: path)
    let opened = openat(folder, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
    if opened < 0 { throw SystemError("openat", path) }
    let made = Descriptor(owning: opened)
    if let source {
      if wanted.content == nil {
        if lseek(source.file.raw, 0, SEEK_SET) < 0 { throw SystemError("lseek", path) }
        try check(mtor_copy_bytes(source.file.raw, made.raw), "write", path)
      }
      let code = mtor_copy_attributes(source.file.raw, made.raw)
      let isOwner = (source.status.user, source.status.group) == (status.user, status.group)
      let call = code == -EPERM && !isOwner ? "chown to the user and group of" : "fsetxattr"
      try check(code, call, path)
    } else if let owner, fchown(made.raw, owner.user, owner.group) < 0, !isForeignGroup {
      throw SystemError("fchown", path)
    }
    // After the owner, since chown(2) takes bits away. Set-id bits are never given.
    var mode = (wanted.mode ?? source?.status.mode ?? status.mode) & 0o1777
    if let executable = wanted.isExecutable {
      mode = executable ? mode | (mode & 0o444) >> 2 : mode & ~0o111
    }
    if fchmod(made.raw, mode) < 0 { throw SystemError("fchmod", path) }
    if let source, keepsTime(file) {
      try check(mtor_set_modified(made.raw, source.status.modified), "futimens", path)
    }
    status = try FileStatus.of(descriptor: made.raw, path: path)
    return status
  }

  /// The same bytes under another mode or name are as old as they were.
  private func keepsTime(_ file: PlannedFile) -> Bool {
    switch file.action {
    case .mode: true
    case .moved:
      file.movedFrom.flatMap { removed[$0] }.map { $0 == file.after.digest } ?? false
    default: false
    }
  }

  private func check(_ code: Int32, _ call: String, _ path: String) throws(SystemError) {
    if code < 0 { throw SystemError(call, path, code: -code) }
  }

  // MARK: Notes

  mutating func takeSlot() -> Int {
    defer { nextSlot += 1 }
    return nextSlot
  }

  mutating func append(
    _ kind: Operation.Kind, _ file: PlannedFile, slot: Int? = nil, within: Int? = nil,
    old: Operation.Recorded?, new: Operation.Recorded?
  ) {
    operations.append(
      Operation(
        kind: kind, path: file.path, slot: slot ?? takeSlot(), within: within, old: old, new: new,
        action: file.action, declared: file.declared, isRepair: file.repairedIn != nil))
  }

  mutating func refuse(
    _ file: PlannedFile, _ rule: String, _ message: String, hint: String? = nil
  ) {
    conflicts.append(
      Conflict(
        path: file.path.text, rule: rule, message: message,
        hint: hint ?? "look at it, then apply again", step: step.id, mark: file.mark))
  }

  static func word(_ kind: FileStatus.Kind) -> String {
    switch kind {
    case .regular: "a file"
    case .directory: "a folder"
    case .symlink: "a symbolic link"
    case .special: "a FIFO, socket or device"
    }
  }
}

extension Stager.FolderPlace {
  /// The standing folder by which the owner of what is new is decided.
  var owner: FileStatus {
    switch self {
    case .standing(let status): status
    case .staged(_, _, let parent): parent
    }
  }
}

extension PlannedFile {
  var isRemoval: Bool {
    if case .absent = after { true } else { false }
  }
}
