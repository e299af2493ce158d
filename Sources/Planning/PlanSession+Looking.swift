import Glibc
import Manifests
import Platform
import YAMLTree

extension PlanSession {
  /// What stands at a path; something above it that is no folder is a fault.
  func standing(of path: RelativePath) throws(EntryFault) -> Standing {
    let standing = try look(at: path)
    guard case .blocked(let blocker, let isLink, let isDeclared) = standing else { return standing }
    let kind: EntryFault.Kind = isDeclared ? .manifest : .conflict
    if isLink {
      throw EntryFault(
        kind, "conflict-link", "'\(blocker)', above '\(path)', is a symbolic link",
        hint: "name the path that the link leads to")
    }
    throw EntryFault(
      kind, "conflict-parent", "'\(blocker)', above '\(path)', is a file",
      hint: "delete it in the same step, or use another path")
  }

  func look(at path: RelativePath) throws(EntryFault) -> Standing {
    do {
      return try overlay.look(at: path)
    } catch {
      throw EntryFault(error)
    }
  }

  /// The digest of a file: what the tree remembers, or the contents where they are verified.
  func digest(of path: RelativePath, _ file: PresentFile) throws(EntryFault) -> Digest {
    do {
      guard options.verifiesContents, case .inTree = file else {
        return try overlay.digest(of: path, file)
      }
      return Digest(of: try overlay.bytes(of: path, file, limit: .max))
    } catch {
      throw EntryFault(error)
    }
  }

  /// The bytes of a file that is not larger than the limit.
  func bytes(of path: RelativePath, _ file: PresentFile) throws(EntryFault) -> [UInt8] {
    do {
      return try overlay.bytes(of: path, file, limit: options.fileLimit)
    } catch {
      guard error.code == EFBIG else { throw EntryFault(error) }
      throw EntryFault(
        .conflict, "conflict-large", "the file is larger than \(options.fileLimit) bytes",
        hint: "raise 'limits.file'")
    }
  }

  /// A file's state, with its bytes where they were read.
  func state(
    _ path: RelativePath, _ file: PresentFile, bytes: [UInt8]? = nil
  ) throws(EntryFault) -> RegularFile {
    if case .planned(var planned) = file {
      // One that only another mode was planned for has its bytes in the tree.
      if planned.content == nil { planned.content = bytes.map { Text($0) } }
      return planned
    }
    let digest: Digest
    if let bytes { digest = Digest(of: bytes) } else { digest = try self.digest(of: path, file) }
    return RegularFile(
      digest: digest, size: file.size, mode: file.mode, isExecutable: file.isExecutable,
      content: bytes.map { Text($0) })
  }

  /// The state of what an entry replaces or removes, with the bytes if a diff wants them.
  func replaced(_ path: RelativePath, _ file: PresentFile) throws(EntryFault) -> RegularFile {
    guard options.keepsReplaced, case .inTree = file, file.size <= options.fileLimit else {
      return try state(path, file)
    }
    return try state(path, file, bytes: try bytes(of: path, file))
  }

  // MARK: What may be done

  /// Throws unless the path may be given other bytes, or none.
  ///
  /// - Parameter guardedByMatch: true for an edit, which a person's file may have too.
  func authorise(
    _ path: RelativePath, _ standing: Standing, holding before: FileState, writing after: FileState,
    guardedByMatch: Bool = false
  ) throws(EntryFault) {
    // What an earlier step leaves is the manifest's own, and was authorised there.
    if overlay.isPlanned(path) { return }
    if case .regular(let file) = standing { try checkNames(path, file) }
    try checkBase(path, before)
    if !options.force {
      if case .absent = after {
      } else if let why = try ask({ try $0.obstacle(toWriting: after, at: path) }) {
        throw EntryFault(
          .conflict, "conflict-git", "'\(path)' \(why)", hint: "--force writes it nevertheless")
      }
    }
    if case .absent = before { return }
    switch try ask({ try $0.claim(on: path, holding: before) }) {
    case .committed, .ours: return
    case .persons(let why):
      if guardedByMatch || options.force { return }
      throw EntryFault(
        .conflict, "conflict-changed", "'\(path)' \(why)",
        hint: "commit it, move it away, or replace it by --force; undo gives it back")
    case .foreign(let why):
      if options.force { return }
      throw EntryFault(
        .conflict, "conflict-git", "'\(path)' \(why)", hint: "--force writes it nevertheless")
    }
  }

  /// Throws where the file of the tree has more names than this one: it would change under all.
  func checkNames(_ path: RelativePath, _ file: PresentFile) throws(EntryFault) {
    guard case .inTree(let status) = file, status.links > 1 else { return }
    throw EntryFault(
      .conflict, "conflict-hard-link", "the file has \(status.links) names (hard links)",
      hint: "copy it to a file of its own first")
  }

  /// A target must not differ from the commit that the manifest was written against, unless the
  /// difference is mtor's own.
  private func checkBase(_ path: RelativePath, _ before: FileState) throws(EntryFault) {
    guard let base = plan.base, try differsFromBase(path) else { return }
    if case .absent = before {
    } else if case .ours = try ask({ try $0.claim(on: path, holding: before) }) {
      return
    }
    throw EntryFault(
      .conflict, "conflict-base",
      "'\(path)' differs from the manifest's base \(Printable.escaped(base))",
      hint: "write the manifest anew against the present commit")
  }

  /// Throws unless what stands there is what `was` asks for; mtor's own bytes count as what was
  /// there before them.
  func checkBefore(
    _ entry: ResolvedEntry, holding before: FileState
  ) throws(EntryFault) {
    guard let was = entry.entry.before, !Self.holds(was, before) else { return }
    if case .regular(let file) = before, !overlay.isPlanned(entry.path) {
      let name = plan.manifestName
      switch try ask({
        try $0.original(of: entry.path, holding: file.digest, manifest: name)
      }) {
      case .absent: if was == .absent { return }
      case .bytes(let bytes):
        let original = FileState.regular(RegularFile(digest: Digest(of: bytes), size: bytes.count))
        if Self.holds(was, original) { return }
      case .gone: return
      case .unknown: break
      }
    }
    var isMissing = false
    if case .absent = before { isMissing = true }
    throw EntryFault(
      isMissing ? .missing : .conflict, "conflict-was",
      "'\(entry.path)' was to be \(Self.words(was)) and is \(Self.words(before))",
      hint: "look at what stands there, then correct 'was'")
  }

  private static func holds(_ was: FileEntry.Before, _ state: FileState) -> Bool {
    switch (was, state) {
    case (.absent, .absent): true
    case (.present, .regular), (.present, .symlink): true
    case (.digest(let digest), .regular(let file)): digest == file.digest
    case (.symlink(let wanted), .symlink(let target)): wanted.utf8.elementsEqual(target.utf8)
    default: false
    }
  }

  private static func words(_ was: FileEntry.Before) -> String {
    switch was {
    case .absent: "absent"
    case .present: "present"
    case .digest(let digest): "the file \(digest.hex.prefix(12))"
    case .symlink(let target): "a link to '\(Printable.escaped(target))'"
    }
  }

  private static func words(_ state: FileState) -> String {
    switch state {
    case .absent: "absent"
    case .regular(let file): "the file \(file.digest.hex.prefix(12))"
    case .symlink(let target): "a link to '\(Printable.escaped(target))'"
    }
  }

  // MARK: Modes and results

  /// The permission bits and the execute bit that an entry wants for a file.
  func mode(
    for entry: FileEntry, on file: PresentFile?
  ) -> (mode: UInt32?, isExecutable: Bool?) {
    if let mode = entry.mode { return (mode, mode & 0o111 != 0) }
    guard let file else { return (nil, entry.isExecutable) }
    guard let wanted = entry.isExecutable else { return (file.mode, file.isExecutable) }
    return (file.mode.map { DeclaredMode.executable(wanted).bits(on: $0) }, wanted)
  }

  /// True if the file has the permission bits that the entry wants.
  func hasMode(_ entry: FileEntry, _ file: PresentFile) -> Bool {
    let wanted = mode(for: entry, on: file)
    return wanted.mode == file.mode && (wanted.isExecutable ?? false) == file.isExecutable
  }

  /// The planned file of an entry; the overlay learns what will stand there.
  func file(
    _ entry: ResolvedEntry, _ action: PlannedFile.Action, before: FileState, after: FileState,
    declared: Digest? = nil
  ) -> PlannedFile {
    var file = PlannedFile(
      path: entry.path, action: action, before: before, after: after, mark: entry.entry.mark)
    file.declared = declared
    file.isFrozen = entry.entry.isFrozen
    if action != .unchanged {
      overlay.set(entry.path, to: after)
      if action != .deleted { flag(&file) }
    }
    return file
  }

  /// Says what a file does by standing where it stands.
  func flag(_ file: inout PlannedFile) {
    file.grantsExecution = ExecutionGrants.grantsExecution(file.path)
    file.changesGit = ExecutionGrants.changesGit(file.path)
  }
}
