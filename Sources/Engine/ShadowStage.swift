import Glibc
import Manifests
import Materialising
import Planning
import Platform
import Subprocess
import YAMLTree

/// The shadow that a run's commands work in, with the sandbox they are under.
final class ShadowStage {
  let shadow: Shadow
  /// What confines each command; nil: the shadow alone.
  let confinement: CommandConfinement?

  /// What commands of a shadow are kept from.
  struct Rules {
    /// What confines them; nil: the shadow alone.
    var sandbox: Sandbox?
    /// Files of the tree that they may only read, beside git's and mtor's.
    var readOnly: [RelativePath] = []
    /// Folders of HOME that they may read, relative to it or absolute.
    var caches: [String] = []
  }

  /// Makes the shadow of a tree.
  init(_ view: TreeView, _ rules: Rules) throws(RunFailure) {
    let storage = view.stateHome + "/mtor"
    let root = view.root.path
    var description = Shadow.Description(root: root, storage: storage)
    description.covered = [Self.stateFolder(of: view)]
    description.besides = try Self.gitFolders(of: view).filter { !$0.hasPrefix(root + "/") }
    var readOnly = [root + "/.git", root + "/.mtor"] + description.besides
    readOnly += rules.readOnly.map { root + "/" + $0.text }
    if case .landlock? = rules.sandbox {
      description.pinned = readOnly
      description.isSealed = true
    }
    do throws(SystemError) {
      shadow = try Shadow.make(description)
    } catch {
      throw .system(message: "no shadow of the tree can be made: \(error)", hint: "mtor doctor")
    }
    guard let sandbox = rules.sandbox, sandbox != .none else {
      confinement = nil
      return
    }
    var policy = SandboxPolicy(root: shadow.workingRoot, scratch: shadow.scratch)
    policy.readOnly = readOnly
    policy.hidden = [storage]
    policy.isSealed = description.isSealed
    let home = policy.home
    let caches = rules.caches.map { $0.hasPrefix("/") ? $0 : home + "/" + $0 }
    policy.readable = description.besides + caches
    confinement = CommandConfinement(sandbox: sandbox, policy: policy)
  }

  /// The sandbox that a person wants, or the best there is; throws where there is none.
  static func sandbox(
    _ wanted: Configuration.Sandbox, _ runner: CommandRunner
  ) throws(RunFailure) -> Sandbox {
    let survey: Sandbox.Survey
    do throws(SystemError) { survey = try Sandbox.survey(runner) } catch {
      throw .system(message: "the sandbox cannot be tried: \(error)", hint: "mtor doctor")
    }
    let best = survey.best
    if case .bubblewrap = best { return best }
    let hint = "sudo apt-get install bubblewrap; mtor doctor says what holds here"
    let fault = survey.bubblewrapFault.map { ": \($0)" } ?? ""
    if wanted == .required {
      throw .system(
        message: "the sandbox is required, and bubblewrap does not work here\(fault)", hint: hint)
    }
    if best == .none {
      throw .system(message: "no sandbox works on this machine\(fault)", hint: hint)
    }
    return best
  }

  /// Runs commands in the shadow.
  func execution(
    _ environment: CommandEnvironment, params: [String: String],
    onLine: (@Sendable (String) -> Void)?
  ) -> CommandExecution {
    CommandExecution(
      root: shadow.tree, runner: shadow.runner, environment: environment, params: params,
      confinement: confinement, onLine: onLine)
  }

  /// The folder that holds the state of this root and others: two above the root's own.
  private static func stateFolder(of view: TreeView) -> String {
    view.state.path.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 }
  }

  /// The folders in which a git command changes something: the repository's, and the one that
  /// its work trees share.
  private static func gitFolders(of view: TreeView) throws(RunFailure) -> [String] {
    let folder: String?
    do throws(GitFailure) { folder = try view.repository()?.folder } catch {
      throw .system(message: error.message, hint: error.hint)
    }
    guard let folder else { return [] }
    // `git worktree` keeps the way to the shared folder in this file.
    let pointer: [UInt8]
    do throws(SystemError) {
      pointer = try Descriptor.open(folder + "/commondir", O_RDONLY).readAll(limit: 4096)
    } catch {
      return [folder]
    }
    let text = String(decoding: pointer.filter { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    guard let resolved = realpath(text.hasPrefix("/") ? text : folder + "/" + text, nil) else {
      return [folder]
    }
    defer { free(resolved) }
    // It holds the work trees' own folders.
    return [String(cString: resolved)]
  }

  /// How the shadow was made, where that is worth a note.
  var note: String? {
    switch shadow.kind {
    case .overlay(inUserNamespace: false), .overlayInMemory(inUserNamespace: false): nil
    case .overlay(inUserNamespace: true), .overlayInMemory(inUserNamespace: true): nil
    case .copy(let omitted):
      "the shadow is a copy at another path"
        + (omitted.isEmpty ? "" : ", without " + omitted.prefix(10).joined(separator: ", "))
    }
  }

  // MARK: A step's files

  /// Puts a step's files into the shadow.
  func place(_ step: PlannedStep) throws(SystemError) {
    let changing = step.files.filter { $0.differsFromTree }
    // What is moved is read before its place is cleared.
    var moved: [RelativePath: ([UInt8], UInt32)] = [:]
    for file in changing {
      guard let from = file.movedFrom, let status = try shadow.tree.status(of: from),
        status.kind == .regular
      else { continue }
      moved[file.path] = (try shadow.tree.bytes(of: from, limit: .max), status.mode)
    }
    for file in changing {
      if case .absent = file.after { try shadow.remove(file.path) }
    }
    for folder in step.emptiedFolders { try shadow.removeFolder(folder) }
    for file in changing {
      switch file.after {
      case .absent: continue
      case .symlink(let target): try shadow.link(file.path, to: target)
      case .regular(let wanted):
        let before = moved[file.path]
        try shadow.write(
          wanted.content?.decoded() ?? before?.0, to: file.path, mode: wanted.mode ?? before?.1,
          isExecutable: wanted.isExecutable)
      }
    }
  }

  // MARK: What is taken over

  /// What stands in the shadow at some paths, as files of a step that makes the tree equal to it;
  /// `planned` gives what the plan knows of a path.
  func differences(
    at paths: [RelativePath], from root: RootTree, planned: [RelativePath: PlannedFile], mark: Mark
  ) throws(SystemError) -> [PlannedFile] {
    var files: [PlannedFile] = []
    for path in Set(paths).sorted() {
      let before: FileState
      if let file = planned[path] {
        before = file.before
      } else {
        before = try Self.state(at: path, in: root, readsBytes: false)
      }
      let after = try Self.state(at: path, in: shadow.tree, readsBytes: true)
      guard let action = Self.action(from: before, to: after) else { continue }
      var file = PlannedFile(
        path: path, action: action, before: before, after: after,
        mark: planned[path]?.mark ?? mark)
      file.declared = planned[path]?.declared
      files.append(file)
    }
    return files
  }

  private static func state(
    at path: RelativePath, in tree: RootTree, readsBytes: Bool
  ) throws(SystemError) -> FileState {
    guard let status = try tree.status(of: path) else { return .absent }
    switch status.kind {
    case .symlink: return .symlink(target: try tree.linkTarget(of: path))
    case .regular:
      var file = RegularFile(
        digest: try tree.digest(of: path, status: status), size: Int(status.size),
        mode: status.mode)
      if readsBytes { file.content = Text(try tree.bytes(of: path, limit: .max)) }
      return .regular(file)
    case .directory, .special: return .absent
    }
  }

  private static func action(from before: FileState, to after: FileState) -> PlannedFile.Action? {
    switch (before, after) {
    case (.absent, .absent): nil
    case (.absent, _): .created
    case (_, .absent): .deleted
    case (.symlink(let old), .symlink(let new)): old == new ? nil : .replaced
    case (.regular(let old), .regular(let new)):
      if old.digest != new.digest {
        .replaced
      } else if old.mode != nil && old.mode != new.mode {
        .mode
      } else {
        nil
      }
    default: .replaced
    }
  }
}

extension PlannedFile {
  fileprivate var differsFromTree: Bool {
    switch action {
    case .created, .replaced, .edited, .deleted, .moved, .mode: true
    case .unchanged, .skipped, .unknown: false
    }
  }
}
