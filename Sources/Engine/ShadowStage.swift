import Events
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
  private let sandboxNotes: [String]
  /// The tree itself.
  let root: RootTree

  /// What commands of a shadow are kept from.
  struct Rules {
    /// What confines them; nil: the shadow alone.
    var sandbox: Sandbox?
    /// Files of the tree that they may only read, beside git's and mtor's.
    var readOnly: [RelativePath] = []
    /// Folders of HOME that they may read, relative to it or absolute.
    var caches: [String] = []
    /// Which commands the sandbox is not for; nil: it is for all.
    var commands: CommandRules?
    /// The tree will change while the shadow is in use.
    var isRenewable = false
    /// What is to be said of the sandbox.
    var notes: [String] = []
  }

  /// Makes the shadow of a tree.
  init(_ view: TreeView, _ rules: Rules) throws(RunFailure) {
    sandboxNotes = rules.notes
    root = view.root
    let storage = view.stateHome + "/mtor"
    let root = view.root.path
    var description = Shadow.Description(root: root, storage: storage)
    description.covered = [Self.stateFolder(of: view)]
    description.isRenewable = rules.isRenewable
    description.besides = try Self.gitFolders(of: view).filter { !$0.hasPrefix(root + "/") }
    var readOnly = [root + "/.git", root + "/.mtor"] + description.besides
    readOnly += rules.readOnly.map { root + "/" + $0.text }
    if case .landlock? = rules.sandbox {
      description.pinned = readOnly
      description.isSealed = true
    }
    var policy = SandboxPolicy(root: root)
    do throws(SystemError) {
      // Landlock does not look after connecting to sockets that have a path.
      if description.isSealed { description.covered += try policy.sockets() }
      shadow = try Shadow.make(description)
    } catch {
      throw .system(message: "no shadow of the tree can be made: \(error)", hint: "mtor doctor")
    }
    guard let sandbox = rules.sandbox, sandbox != .none else {
      confinement = nil
      return
    }
    policy.root = shadow.workingRoot
    policy.scratch = shadow.scratch
    policy.readOnly = readOnly.map(shadow.workingPath)
    policy.hidden = [storage]
    policy.isSealed = shadow.isSealed
    let home = policy.home
    let caches = rules.caches.map { $0.hasPrefix("/") ? $0 : home + "/" + $0 }
    policy.readable = description.besides + caches
    confinement = CommandConfinement(sandbox: sandbox, policy: policy, rules: rules.commands)
  }

  /// The sandbox that a person wants, or the best there is; throws where there is none.
  static func sandbox(
    _ wanted: Configuration.Sandbox, _ runner: CommandRunner
  ) throws(RunFailure) -> (sandbox: Sandbox, notes: [String]) {
    if wanted == .off {
      throw .usage(
        message: "commands are to run in the sandbox, and the configuration says 'sandbox: off'",
        hint: "leave '--sandbox' or 'commands: {else: sandbox}' out, or write 'sandbox: auto'")
    }
    let survey: Sandbox.Survey
    do throws(SystemError) { survey = try Sandbox.survey(runner) } catch {
      throw .system(message: "the sandbox cannot be tried: \(error)", hint: "mtor doctor")
    }
    let best = survey.best
    if case .bubblewrap = best { return (best, []) }
    let hint = "sudo apt-get install bubblewrap; mtor doctor says what holds here"
    let fault = survey.bubblewrapFault.map { ": \($0)" } ?? ""
    if wanted == .required {
      throw .system(
        message: "the sandbox is required, and bubblewrap does not work here\(fault)", hint: hint)
    }
    if best == .none {
      throw .system(message: "no sandbox works on this machine\(fault)", hint: hint)
    }
    let why = survey.bubblewrapFault ?? "it is not installed"
    return (best, ["the sandbox is Landlock, since bubblewrap does not work here: \(why)"])
  }

  /// Runs commands in the shadow.
  func execution(
    _ environment: CommandEnvironment, params: [String: String],
    onLine: (@Sendable (String) -> Void)?
  ) throws(SystemError) -> CommandExecution {
    CommandExecution(
      root: try shadow.tree, runner: shadow.runner, environment: environment, params: params,
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

  /// What is not as it usually is, each with its reason: a fallback of the sandbox or the shadow.
  var notes: [String] {
    let why = shadow.reasons.isEmpty ? "" : " (" + shadow.reasons.joined(separator: "; ") + ")"
    switch shadow.kind {
    case .overlay: return sandboxNotes + shadow.reasons
    case .overlayInMemory: return sandboxNotes + ["what the shadow changes is in memory\(why)"]
    case .copy(let omitted):
      let without = omitted.prefix(10).map { Printable.escaped($0) }.joined(separator: ", ")
      let rest = omitted.count > 10 ? " and \(omitted.count - 10) more" : ""
      return sandboxNotes + [
        "the shadow is a copy at another path"
          + (omitted.isEmpty ? "" : ", without \(without)\(rest)") + why
      ]
    }
  }

  /// What the shadow cannot do, where that may be why a command failed.
  func limit(explaining record: CommandRecord) -> String? {
    guard record.outcome == .failed else { return nil }
    switch shadow.kind {
    case .overlay, .overlayInMemory:
      guard record.output.contains(String(cString: strerror(EXDEV))) else { return nil }
      return "'\(record.name)' may have failed for the shadow: a folder that stands in the tree "
        + "cannot be renamed in it as an ordinary user, or in a sandboxed apply"
    case .copy:
      guard record.output.contains(root.path) else { return nil }
      return "'\(record.name)' may have failed for the shadow: it names the tree's own path, and "
        + "the shadow is a copy at \(shadow.workingRoot)"
    }
  }

  /// How the shadow was made, in words.
  var shadowName: String {
    switch shadow.kind {
    case .overlay(false): "an overlay over the tree's own path"
    case .overlay(true): "an overlay over the tree's own path, in a user namespace"
    case .overlayInMemory: "an overlay over the tree's own path, kept in memory"
    case .copy: "a copy of the tree at another path"
    }
  }
}
