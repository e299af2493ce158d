import CMtor
import Glibc
import Platform

/// The shadow of a machine that grants no namespaces (some containers): a copy.
extension Shadow {
  /// Copies the tree, sharing its blocks where the file system can; where it cannot, without the
  /// folders that git ignores.
  static func copy(
    _ description: Description, _ storage: ShadowStorage, _ supervisor: String,
    reasons: [String]
  ) throws(SystemError) -> Shadow {
    let runner = CommandRunner(supervisor: supervisor)
    let target = storage.path + "/tree"
    try storage.makeFolder("tree")
    var copy = TreeCopy(omitting: description.covered, sharesBlocks: true)
    do throws(SystemError) {
      try copy.copy(description.root, to: target)
    } catch {
      guard copy.cannotShare else { throw error }
      try storage.removeFolder("tree")
      try storage.makeFolder("tree")
      let ignored = try ignoredFolders(of: description.root, runner)
      copy = TreeCopy(omitting: description.covered + ignored, sharesBlocks: false)
      try copy.copy(description.root, to: target)
    }
    let names = copy.omitted.map { String($0.dropFirst(description.root.count + 1)) }
    return Shadow(
      .copy(omitting: names.sorted()), description, workingRoot: target,
      view: View(tree: try RootTree(path: target), upper: nil), overlay: nil,
      runner: CommandRunner(supervisor: supervisor, shadowOf: description.root), storage: storage,
      reasons: reasons)
  }

  /// The folders of a tree that git ignores, absolute; none where git cannot say.
  private static func ignoredFolders(
    of root: String, _ runner: CommandRunner
  ) throws(SystemError) -> [String] {
    let arguments = [
      "-c", "core.fsmonitor=false", "ls-files", "--others", "--ignored", "--exclude-standard",
      "--directory", "-z",
    ]
    var question = Command(
      .executable("git", arguments), directory: root, environment: CommandEnvironment.inherited)
    question.capture.head = 16 << 20
    let outcome: Outcome
    do throws(SystemError) { outcome = try runner.run(question) } catch {
      // Without git there is nothing that it ignores.
      if error.code == ENOENT { return [] }
      throw error
    }
    guard outcome.succeeded, let answer = outcome.output.whole else { return [] }
    return answer.split(separator: 0).compactMap { entry in
      entry.last == UInt8(ascii: "/")
        ? root + "/" + String(decoding: entry.dropLast(), as: UTF8.self) : nil
    }
  }
}

/// A copy of a tree, file by file.
private struct TreeCopy {
  /// True where the copy was given up because the file system cannot share blocks.
  private(set) var cannotShare = false
  /// What was left out, absolute.
  private(set) var omitted: [String] = []
  private let excluded: Set<String>
  private let sharesBlocks: Bool

  init(omitting paths: [String], sharesBlocks: Bool) {
    excluded = Set(paths)
    self.sharesBlocks = sharesBlocks
  }

  mutating func copy(_ from: String, to: String) throws(SystemError) {
    try copy(RawPath(from), to: RawPath(to))
  }

  private mutating func copy(_ from: RawPath, to: RawPath) throws(SystemError) {
    let source = try Self.open(from, O_RDONLY | O_DIRECTORY)
    let status = try FileStatus.of(descriptor: source.raw, path: from.shown)
    for name in try FolderListing.entries(of: source, path: from.shown) {
      let path = from.appending(name)
      if let text = path.text, excluded.contains(text) {
        omitted.append(text)
        continue
      }
      try copyEntry(path, to: to.appending(name))
    }
    if chmod(to.cString, status.mode) < 0 { throw SystemError("chmod", to.shown) }
  }

  private mutating func copyEntry(_ path: RawPath, to target: RawPath) throws(SystemError) {
    guard let status = try FileStatus.of(path, in: AT_FDCWD) else { return }
    switch status.kind {
    case .directory:
      if mkdir(target.cString, 0o700) < 0 { throw SystemError("mkdir", target.shown) }
      try copy(path, to: target)
    case .symlink:
      let link: RawPath = try RootTree.linkTarget(of: path, in: AT_FDCWD)
      if symlink(link.cString, target.cString) < 0 { throw SystemError("symlink", target.shown) }
    case .regular: try copyFile(path, to: target, status)
    // A socket or FIFO belongs to who made it.
    case .special: omitted.append(path.decoded)
    }
  }

  private mutating func copyFile(
    _ path: RawPath, to target: RawPath, _ status: FileStatus
  ) throws(SystemError) {
    let source = try Self.open(path, O_RDONLY | O_NOFOLLOW)
    let made = try Self.open(target, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
    if sharesBlocks {
      let code = mtor_clone_file(made.raw, source.raw)
      if code < 0 && status.size > 0 {
        cannotShare = true
        throw SystemError("ioctl", target.shown, code: -code)
      }
    } else {
      let code = mtor_copy_bytes(source.raw, made.raw)
      if code < 0 { throw SystemError("write", target.shown, code: -code) }
    }
    if fchmod(made.raw, status.mode) < 0 { throw SystemError("fchmod", target.shown) }
    let code = mtor_set_modified(made.raw, status.modified)
    if code < 0 { throw SystemError("futimens", target.shown, code: -code) }
  }

  private static func open(
    _ path: RawPath, _ flags: Int32, mode: UInt32 = 0
  ) throws(SystemError) -> Descriptor {
    let raw = mtor_open_at(AT_FDCWD, path.cString, flags, mode)
    if raw < 0 { throw SystemError("open", path.shown, code: -raw) }
    return Descriptor(owning: raw)
  }
}
