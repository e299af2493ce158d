import Manifests
import Platform
import YAMLTree

extension PlanSession {
  /// Plans an entry that is no removal.
  func files(
    for entry: ResolvedEntry, from source: MoveSource?
  ) throws(EntryFault) -> [PlannedFile] {
    let files = try written(entry, from: source)
    if entry.entry.checksItself, let own = files.first(where: { $0.path == entry.path }) {
      try checkItself(entry, own)
    }
    return files
  }

  private func written(
    _ entry: ResolvedEntry, from source: MoveSource?
  ) throws(EntryFault) -> [PlannedFile] {
    switch entry.entry.action {
    case .content(let text): return [try whole(entry, text)]
    case .edit: return [try transformed(entry)]
    case .patch:
      if let source { return try moved(entry, from: source) }
      if let copied = entry.copied { return [try copy(entry, of: copied)] }
      return [try transformed(entry)]
    case .symlink(let target): return [try link(entry, to: target)]
    case .attributes: return [try attributes(entry)]
    case .move:
      guard let source else { return [] }
      return try moved(entry, from: source)
    case .moveTree:
      guard let source else { return [] }
      return try movedTree(entry, from: source)
    case .from, .delete, .deleteTree: return []
    }
  }

  /// Refuses a result that is not what the entry says of it by `sha256`, `bytes` or `lines`.
  private func checkItself(
    _ entry: ResolvedEntry, _ planned: PlannedFile
  ) throws(EntryFault) {
    // A later entry of a chain, or an accepted repair, has made what stands of it.
    let isLater = planned.action == .unchanged && links(of: entry.path) != nil
    guard !isLater, planned.repairedIn == nil, case .regular(let after) = planned.after else {
      return
    }
    let bytes: [UInt8]
    if let content = after.content {
      bytes = content.decoded()
    } else {
      guard case .regular(let present) = try standing(of: entry.path) else { return }
      bytes = try self.bytes(of: entry.path, present)
    }
    if let finding = SelfCheck.findings(in: bytes, entry.entry).first {
      throw EntryFault(
        .conflict, finding.rule, "'\(entry.path)' would not be as declared: \(finding.message)",
        hint: "the tree is not the one that this was written for, or what is declared is wrong")
    }
  }

  // MARK: Whole files

  private func whole(_ entry: ResolvedEntry, _ text: Text) throws(EntryFault) -> PlannedFile {
    let bytes = text.decoded()
    let declared = Digest(of: bytes)
    let standing = try standing(of: entry.path)
    guard case .regular(let present) = standing else {
      return try created(entry, text, bytes, declared, on: standing)
    }
    // An entry of a chain is counted down whatever it is found to be.
    if links(of: entry.path) != nil, let file = try remembered(entry, present, declared) {
      return file
    }
    let wanted = try wholeFile(entry, text, bytes, declared, on: present)
    if wanted.size == present.size, try digest(of: entry.path, present) == wanted.digest {
      return try unchanged(entry, present, digest: wanted.digest, declared: declared)
    }
    if let file = try remembered(entry, present, declared) { return file }
    let before = try replaced(entry.path, present)
    try checkBefore(entry, holding: .regular(before))
    let (mode, isExecutable) = mode(for: entry.entry, on: present)
    let after = RegularFile(
      digest: wanted.digest, size: wanted.size, mode: mode, isExecutable: isExecutable,
      content: wanted.content)
    try authorise(
      entry.path, standing, holding: .regular(before), writing: .regular(after))
    try lint(entry, bytes, replacing: present)
    return file(
      entry, .replaced, before: .regular(before), after: .regular(after), declared: declared)
  }

  /// The bytes that are to stand, with the line ends that `eol` asks for.
  private func wholeFile(
    _ entry: ResolvedEntry, _ text: Text, _ bytes: [UInt8], _ declared: Digest,
    on present: PresentFile?
  ) throws(EntryFault) -> RegularFile {
    let asDeclared = RegularFile(digest: declared, size: bytes.count, content: text)
    var isCRLF = entry.entry.endOfLine == .crlf
    if entry.entry.endOfLine == .keep, let present {
      // Only a file of that very size can stand already with one or the other line ends.
      isCRLF = try self.bytes(of: entry.path, present).hasOnlyCRLF
    }
    guard isCRLF else { return asDeclared }
    let converted = bytes.withCRLF
    return RegularFile(
      digest: Digest(of: converted), size: converted.count, content: Text(converted))
  }

  /// A file where none stands, or a link that `was` names.
  private func created(
    _ entry: ResolvedEntry, _ text: Text, _ bytes: [UInt8], _ declared: Digest,
    on standing: Standing
  ) throws(EntryFault) -> PlannedFile {
    let before = try replaceable(entry, standing)
    try checkBefore(entry, holding: before)
    var after = try wholeFile(entry, text, bytes, declared, on: nil)
    (after.mode, after.isExecutable) = mode(for: entry.entry, on: nil)
    try authorise(entry.path, standing, holding: before, writing: .regular(after))
    try lint(entry, bytes, replacing: nil)
    var action = PlannedFile.Action.created
    if case .symlink = before { action = .replaced }
    return file(entry, action, before: before, after: .regular(after), declared: declared)
  }

  /// What stands where something else than the present file is to be written: nothing, or a link
  /// that the entry names by `was`.
  private func replaceable(
    _ entry: ResolvedEntry, _ standing: Standing
  ) throws(EntryFault) -> FileState {
    switch standing {
    case .absent: return .absent
    case .symlink(let target):
      if case .symlink = entry.entry.before { return .symlink(target: target) }
      throw EntryFault(
        .conflict, "conflict-link",
        "'\(entry.path)' is a symbolic link to '\(Printable.escaped(target))'",
        hint:
          "name its target, or say 'was: \"symlink:\(Printable.escaped(target))\"' to replace it")
    case .folder:
      throw EntryFault(
        .conflict, "conflict-folder", "'\(entry.path)' is a folder",
        hint: "delete it by 'delete_tree' in an earlier step, or use another path")
    case .special, .regular, .blocked: throw special(entry.path)
    }
  }

  func special(_ path: RelativePath) -> EntryFault {
    EntryFault(
      .conflict, "conflict-special", "'\(path)' is neither a file, a folder nor a link",
      hint: "remove it, or use another path")
  }

  /// A file whose bytes stand: only its mode may be to change.
  func unchanged(
    _ entry: ResolvedEntry, _ present: PresentFile, digest: Digest, declared: Digest?
  ) throws(EntryFault) -> PlannedFile {
    let before = RegularFile(
      digest: digest, size: present.size, mode: present.mode, isExecutable: present.isExecutable,
      content: planned(present)?.content)
    if hasMode(entry.entry, present) {
      return file(
        entry, .unchanged, before: .regular(before), after: .regular(before), declared: declared)
    }
    try checkNames(entry.path, present)
    var after = before
    (after.mode, after.isExecutable) = mode(for: entry.entry, on: present)
    return file(
      entry, .mode, before: .regular(before), after: .regular(after), declared: declared)
  }

  private func planned(_ file: PresentFile) -> RegularFile? {
    if case .planned(let file) = file { file } else { nil }
  }

  /// The file unchanged where an accepted repair of the same declaration stands, or a later entry
  /// of its chain; nil where it must be looked at.
  func remembered(
    _ entry: ResolvedEntry, _ present: PresentFile, _ declared: Digest?
  ) throws(EntryFault) -> PlannedFile? {
    guard case .inTree = present, let declared else { return nil }
    let digest = try digest(of: entry.path, present)
    if let links = links(of: entry.path) {
      var standing: ChainStanding
      if let known = standings[entry.path] {
        standing = known
      } else {
        standing = try chainStanding(links, present, digest)
      }
      let isDone = standing.done > 0
      standing.done -= isDone ? 1 : 0
      standings[entry.path] = standing
      guard isDone else { return nil }
      var file = try unchanged(entry, present, digest: digest, declared: declared)
      if standing.done == 0 { file.repairedIn = standing.repairedIn }
      return file
    }
    guard let run = try repair(of: entry.path, declared, digest),
      try !isRewritten(entry, declared, digest)
    else { return nil }
    var file = try unchanged(entry, present, digest: digest, declared: declared)
    file.repairedIn = run
    return file
  }

  /// True where a step's own `run` rewrites a file that was repaired: what it is to work on are the
  /// declared bytes, as it did before the repair, and not its own last result.
  private func isRewritten(
    _ entry: ResolvedEntry, _ declared: Digest, _ present: Digest
  ) throws(EntryFault) -> Bool {
    guard isBeforeRun, case .content = entry.entry.action else { return false }
    return try ask {
      try $0.isRewrittenAndRepaired(entry.path, declared: declared, present: present)
    }
  }

  /// True if memory says that the result of this very declaration stands; with `--declared` none
  /// that was repaired does.
  func stands(
    _ path: RelativePath, _ declared: Digest, _ present: Digest
  ) throws(EntryFault) -> Bool {
    if try isRepaired(path, declared, present) { return false }
    return try ask {
      try $0.isResult(of: path, declared: declared, present: present)
    }
  }

  /// True with `--declared` where an accepted repair stands, whose declared bytes are to be put back.
  func isRepaired(
    _ path: RelativePath, _ declared: Digest, _ present: Digest
  ) throws(EntryFault) -> Bool {
    guard options.declared else { return false }
    return try ask { try $0.repair(of: path, declared: declared, present: present) } != nil
  }

  func repair(
    of path: RelativePath, _ declared: Digest, _ present: Digest
  ) throws(EntryFault) -> String? {
    guard !options.declared else { return nil }
    return try ask { try $0.repair(of: path, declared: declared, present: present) }
  }

  /// Plans a patch that copies a file and changes the copy.
  private func copy(
    _ entry: ResolvedEntry, of source: RelativePath
  ) throws(EntryFault) -> PlannedFile {
    guard case .regular(let file) = try standing(of: source) else {
      throw EntryFault(
        .missing, "conflict-absent", "'\(source)', which is to be copied, is no file there",
        hint: "correct 'copy from'")
    }
    let bytes = try bytes(of: source, file)
    var copied = entry
    copied.patch = nil
    return try whole(copied, Text(try edited(entry, bytes)))
  }

  // MARK: Links and attributes

  private func link(_ entry: ResolvedEntry, to target: String) throws(EntryFault) -> PlannedFile {
    let standing = try standing(of: entry.path)
    let declared = Declaration.digest(of: entry)
    let before: FileState
    switch standing {
    case .symlink(let present):
      if present.utf8.elementsEqual(target.utf8) {
        let state = FileState.symlink(target: present)
        return file(entry, .unchanged, before: state, after: state, declared: declared)
      }
      before = .symlink(target: present)
    case .regular(let present): before = .regular(try replaced(entry.path, present))
    case .absent, .folder, .special, .blocked: before = try replaceable(entry, standing)
    }
    try checkBefore(entry, holding: before)
    let after = FileState.symlink(target: target)
    try authorise(entry.path, standing, holding: before, writing: after)
    var action = PlannedFile.Action.replaced
    if case .absent = before { action = .created }
    return file(entry, action, before: before, after: after, declared: declared)
  }

  private func attributes(_ entry: ResolvedEntry) throws(EntryFault) -> PlannedFile {
    let present = try regular(entry)
    if !hasMode(entry.entry, present) {
      let state = FileState.regular(try state(entry.path, present))
      try checkBefore(entry, holding: state)
    }
    return try unchanged(
      entry, present, digest: try digest(of: entry.path, present), declared: nil)
  }

  /// The regular file that an entry changes a part of.
  func regular(_ entry: ResolvedEntry) throws(EntryFault) -> PresentFile {
    let standing = try standing(of: entry.path)
    switch standing {
    case .regular(let file): return file
    case .absent:
      throw EntryFault(
        .missing, "conflict-absent", "'\(entry.path)' does not exist",
        hint: "write the whole file by 'content', or correct the path")
    case .symlink(let target):
      throw EntryFault(
        .conflict, "conflict-link",
        "'\(entry.path)' is a symbolic link to '\(Printable.escaped(target))'",
        hint: "name its target")
    case .folder:
      throw EntryFault(
        .conflict, "conflict-folder", "'\(entry.path)' is a folder", hint: "name a file in it")
    case .special, .blocked: throw special(entry.path)
    }
  }
}

// MARK: Lints

extension PlanSession {
  /// What is to be said about a content that will be written, knowing what it replaces.
  private func lint(
    _ entry: ResolvedEntry, _ bytes: [UInt8], replacing present: PresentFile?
  ) throws(EntryFault) {
    var old = ContentLints.Replaced.nothing
    if let present, present.size <= options.fileLimit {
      old = .file(try self.bytes(of: entry.path, present))
    }
    let findings = ContentLints.findings(
      in: bytes, path: entry.path.text, excuses: .init(entry.entry), replacing: old)
    guard let diagnostics else { return }
    for finding in findings {
      diagnostics.add(finding.diagnostic(in: diagnostics.source, at: entry.entry.actionMark))
    }
  }
}
