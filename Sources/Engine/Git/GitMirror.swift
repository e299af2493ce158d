import Glibc
public import Platform
public import Subprocess

/// A bare copy of a repository elsewhere, which mtor alone configures.
///
/// Nothing that stands in the other repository runs: its hooks, filters, monitors and submodules
/// are configuration of its own, which a copy does not take over; what the person has configured
/// for all repositories is switched off, but for what is needed to reach the address. Only https,
/// ssh and file are spoken, and nobody is asked for anything.
public struct GitMirror: Sendable {
  /// Where the repository is: an address, or a folder of this machine.
  public let address: String
  /// The bare copy, absolute.
  public let folder: String
  /// True where nothing but the address may be reached: no server leads on to another.
  public var isExact = false
  let runner: CommandRunner
  var git: GitExecutable {
    let more = isExact ? ["http.followRedirects=false"] : []
    return GitExecutable(
      runner: runner, settings: Self.settings + more, variables: Self.variables)
  }

  /// What stands in the way of hooks, external programs, prompts and foreign protocols.
  static let settings = [
    "submodule.recurse=false", "fetch.recurseSubmodules=false", "core.askPass=",
    "core.untrackedCache=false", "core.protectHFS=true", "core.protectNTFS=true",
    "diff.external=", "commit.gpgSign=false", "push.gpgSign=false", "push.recurseSubmodules=no",
    "receive.autogc=false", "core.alternateRefsCommand=", "advice.detachedHead=false",
    // GIT_HTTP_LOW_SPEED_LIMIT and _TIME win over these.
    "http.lowSpeedLimit=1", "http.lowSpeedTime=\(patience)",
  ]
  static let variables = [
    "GIT_ALLOW_PROTOCOL": "https:ssh:file", "GIT_ASKPASS": "", "SSH_ASKPASS": "",
    "SSH_ASKPASS_REQUIRE": "never", "GIT_PROTOCOL_FROM_USER": "0",
  ].merging(
    CommandEnvironment.inherited.filter { name, _ in
      // How the person reaches servers: whom to trust, and by which program.
      name.hasPrefix("GIT_SSL_") || name.hasPrefix("GIT_HTTP_LOW_SPEED_") || name == "GIT_SSH"
        || name == "GIT_SSH_VARIANT"
    }
  ) { own, _ in own }
  /// How git starts itself in a folder of this machine: that repository's hooks stay off too, so
  /// does what it would run to list another's branches, and no push reaches its work tree.
  static let here =
    "git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c gc.auto=0 "
    + "-c core.alternateRefsCommand=true -c receive.denyCurrentBranch=refuse "
    + "-c receive.denyDeleteCurrent=refuse -c receive.autogc=false"

  public init(of address: String, in folder: String, runner: CommandRunner) {
    self.address = address
    self.folder = folder
    self.runner = runner
  }

  /// The branches of the repository itself, as it answers now.
  public struct Heads: Sendable, Hashable {
    /// The branch that is checked out there, or that it shows first; nil where it has none.
    public var main: String?
    /// Commits by branch.
    public var branches: [String: String]
  }

  var isHere: Bool { address.hasPrefix("/") || address.hasPrefix("file:") }

  /// Asks the repository for its branches; nothing is copied.
  public func heads() throws(GitFailure) -> Heads { try heads(look: nil) }

  func heads(look: (() -> Bool)?) throws(GitFailure) -> Heads {
    let program = isHere ? ["--upload-pack=\(Self.here) upload-pack"] : []
    let answer = try asking().run(
      ["ls-remote", "--symref"] + program + ["--", address, "HEAD", "refs/heads/*"], in: "/",
      look: look)
    var heads = Heads(main: nil, branches: [:])
    for line in answer.split(separator: 0x0A) {
      let fields = line.split(separator: 0x09).map { String(decoding: $0, as: UTF8.self) }
      guard fields.count == 2 else { throw GitFailure(listing: line) }
      if fields[1] == "HEAD", fields[0].hasPrefix("ref: refs/heads/") {
        heads.main = String(fields[0].dropFirst("ref: refs/heads/".count))
      } else if fields[1].hasPrefix("refs/heads/"), Self.isCommit(fields[0]) {
        heads.branches[String(fields[1].dropFirst("refs/heads/".count))] = fields[0]
      }
    }
    return heads
  }

  /// Brings a branch's commit into the copy, which is made where it is not there yet.
  ///
  /// Only what is needed is asked for: file contents come when they are looked at, where the
  /// server allows that.
  public func bring(_ branch: String, at commit: String) throws(GitFailure) {
    if try holds(branch, at: commit) { return }
    do throws(SystemError) { try Self.makeFolder(folder) } catch {
      throw GitFailure("the copy of the repository cannot be made: \(error)")
    }
    let lock = try MirrorLock(of: folder)
    // Somebody else may have brought it meanwhile.
    if try holds(branch, at: commit) { return }
    try lock.clear(folder, branch: branch)
    // Also where one stands: it may be all that a killed run began. What is whole it leaves alone.
    _ = try git.run(["init", "--quiet", "--bare", "--template=", "--", folder], in: "/")
    _ = try git.run(["config", "remote.origin.url", address], in: folder)
    var arguments = [
      "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head",
    ]
    if isHere { arguments.append("--upload-pack=\(Self.here) upload-pack") }
    if !address.hasPrefix("/") { arguments.append("--filter=blob:none") }
    arguments += ["origin", "+refs/heads/\(branch):refs/remotes/origin/\(branch)"]
    // As one pack, which is there or not.
    var whole = git
    whole.settings.append("fetch.unpackLimit=1")
    whole.variables.merge(try silentSSH()) { _, new in new }
    _ = try whole.run(arguments, in: folder)
    guard try holds(branch, at: commit) else {
      throw GitFailure("'\(Printable.escaped(branch))' has moved on while it was fetched")
    }
  }

  var isThere: Bool { access(folder + "/HEAD", F_OK) == 0 }

  /// True if the branch was brought at that commit, with all that belongs to it.
  ///
  /// The commit's own presence says nothing: a git that is killed while it fetches leaves some
  /// objects and not others. It sets the reference when it has found them all.
  private func holds(_ branch: String, at commit: String) throws(GitFailure) -> Bool {
    guard isThere, Self.isCommit(commit) else { return false }
    var local = git
    // Otherwise git would fetch what it is asked about.
    local.variables["GIT_NO_LAZY_FETCH"] = "1"
    do throws(GitFailure) {
      let answer = try local.run(
        ["rev-parse", "--quiet", "--verify", "refs/remotes/origin/\(branch)^{commit}"],
        in: folder, allowing: 1)
      return answer.map(GitRepository.line) == commit
    } catch { return false }
  }

  /// Checks a commit out into a new work tree, without a branch.
  ///
  /// What a killed one left of a tree at the same place is taken for none, also where git had
  /// locked it until it would be whole.
  public func addTree(at path: String, commit: String) throws(GitFailure) {
    try removeTree(at: path)
    _ = try filterless().run(
      ["worktree", "add", "--quiet", "--force", "--force", "--detach", "--", path, commit],
      in: folder)
  }

  /// Removes a work tree with all that stands in it.
  public func removeTree(at path: String) throws(GitFailure) {
    try remove(path)
    _ = try git.run(["worktree", "prune"], in: folder)
  }

  /// Removes a folder of the copy's own, where there is one.
  func remove(_ path: String) throws(GitFailure) {
    guard access(path, F_OK) == 0 else { return }
    let removal = Command(
      .executable("rm", ["-rf", "--", path]), directory: "/", environment: ["PATH": "/usr/bin:/bin"]
    )
    let outcome: Outcome
    do throws(SystemError) { outcome = try runner.run(removal) } catch {
      throw GitFailure("'\(Printable.escaped(path))' cannot be removed: \(error)")
    }
    if access(path, F_OK) == 0 {
      let said = outcome.output.head.split(separator: 0x0A).last ?? []
      throw GitFailure(
        "'\(Printable.escaped(path))' cannot be removed: "
          + Printable.escaped(String(decoding: said, as: UTF8.self)))
    }
  }

  /// Git with the filters off that the person has configured for all repositories.
  private func filterless() throws(GitFailure) -> GitExecutable {
    var quiet = git
    quiet.variables.merge(try Self.withoutFilters(git, in: folder)) { _, new in new }
    return quiet
  }

  /// Variables that switch off every filter of a repository. Their names may hold any sign: what
  /// stands behind `-c` ends at its first `=`, and `filter.a=b.clean` would stay as it is.
  private static func withoutFilters(
    _ git: GitExecutable, in folder: String
  ) throws(GitFailure) -> [String: String] {
    let pattern = "^filter\\..*\\.(clean|smudge|process|required)$"
    let names =
      try git.run(
        ["config", "--name-only", "-z", "--get-regexp", pattern], in: folder, allowing: 1) ?? []
    guard String(validating: names, as: UTF8.self) != nil else {
      throw GitFailure(
        "a filter is configured whose name is not UTF-8, so that it cannot be switched off",
        hint: "git config --list --show-origin shows where")
    }
    // Behind those that the person has set in the same way.
    var count = CommandEnvironment.inherited["GIT_CONFIG_COUNT"].flatMap { Int($0) } ?? 0
    var variables: [String: String] = [:]
    for name in Set(GitRepository.records(names)).sorted() {
      variables["GIT_CONFIG_KEY_\(count)"] = name
      variables["GIT_CONFIG_VALUE_\(count)"] = name.hasSuffix(".required") ? "false" : ""
      count += 1
    }
    if !variables.isEmpty { variables["GIT_CONFIG_COUNT"] = String(count) }
    return variables
  }

  // MARK: Folders of a person

  /// True if a person's work tree has changes of tracked files that no commit holds.
  ///
  /// The folder is looked at only: no lock, no refreshed index, no filter, no monitor.
  public static func isDirty(_ folder: String, runner: CommandRunner) throws(GitFailure) -> Bool {
    var git = GitExecutable(runner: runner, settings: settings, variables: variables)
    // What the repository lacks git would fetch by a program that the repository names.
    git.variables["GIT_ALLOW_PROTOCOL"] = "none"
    git.variables["GIT_NO_LAZY_FETCH"] = "1"
    let isTree = try git.run(["rev-parse", "--is-inside-work-tree"], in: folder, allowing: 128)
    guard GitRepository.line(isTree ?? []) == "true" else { return false }
    git.variables.merge(try withoutFilters(git, in: folder)) { _, new in new }
    let answer = try git.run(
      [
        "status", "--porcelain=v1", "--untracked-files=no", "--ignore-submodules=all",
        "--no-renames", "-z",
      ], in: folder)
    return !answer.isEmpty
  }

  // MARK: What is told to the repository

  /// Makes a branch there, or moves it on from the commit it is known to be at; false where it is
  /// somewhere else by now.
  ///
  /// `expected` is nil for a branch that must not be there yet.
  public func push(
    _ commit: String, to branch: String, expecting expected: String?
  ) throws(GitFailure) -> Bool {
    try change("\(commit):refs/heads/\(branch)", branch, expected)
  }

  /// Deletes a branch there that is at a commit; false where it is somewhere else by now.
  public func delete(_ branch: String, at commit: String) throws(GitFailure) -> Bool {
    // The copy may have been removed; git pushes from some repository only.
    if !isThere {
      do throws(SystemError) { try Self.makeFolder(folder) } catch {
        throw GitFailure("the copy of the repository cannot be made: \(error)")
      }
      _ = try git.run(["init", "--quiet", "--bare", "--template=", "--", folder], in: "/")
    }
    return try change(":refs/heads/\(branch)", branch, commit)
  }

  private func change(
    _ what: String, _ branch: String, _ expected: String?
  ) throws(GitFailure) -> Bool {
    var arguments = ["push", "--quiet", "--no-verify", "--porcelain"]
    if isHere {
      arguments.append("--receive-pack=\(Self.here) receive-pack")
    }
    // An empty value means: must not exist. The check is the server's, so nothing comes between.
    arguments.append("--force-with-lease=refs/heads/\(branch):\(expected ?? "")")
    arguments += ["--", address, what]
    var pushing = git
    pushing.variables.merge(try silentSSH()) { _, new in new }
    if try pushing.run(arguments, in: folder, allowing: 1) != nil { return true }
    let now = try heads().branches[branch]
    if now != expected { return false }
    throw GitFailure("git push was refused by \(Printable.escaped(address))")
  }

  /// The same tree as a single commit of its own on another: by the person's own name, at the time
  /// of the first, so that doing it twice gives the same.
  public func recommit(
    _ commit: String, onto base: String, message: String
  ) throws(GitFailure) -> String {
    let time = try git.run(
      ["log", "-1", "--no-show-signature", "--format=%at", commit], in: folder)
    let date = "@\(GitRepository.line(time)) +0000"
    let made = try git.run(
      ["commit-tree", "--no-gpg-sign", "-p", base, "-F", "-", commit + "^{tree}"], in: folder,
      input: Array(message.utf8),
      environment: ["GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date])
    return GitRepository.line(made)
  }

  /// Keeps a commit from being forgotten.
  public func keep(_ commit: String, as name: String) throws(GitFailure) {
    try MirrorLock.remove("\(folder)/refs/mtor/\(name).lock")
    _ = try git.run(["update-ref", "refs/mtor/\(name)", commit], in: folder)
  }

  /// What a commit changes against another, as people read it: at most 128 MB.
  ///
  /// The commit may be somebody else's work, of which little can say much.
  public func changes(from base: String, to commit: String) throws(GitFailure) -> [UInt8] {
    var bounded = git
    bounded.limit = 128 << 20
    bounded.memory = 1 << 30
    return try bounded.run(
      [
        "diff", "--no-ext-diff", "--no-textconv", "--no-renames", "--no-color",
        "--ignore-submodules=all", base, commit, "--",
      ], in: folder)
  }

  /// 40 or 64 hexadecimal digits: nothing that git could take for an option or an expression.
  public static func isCommit(_ text: String) -> Bool {
    (text.utf8.count == 40 || text.utf8.count == 64)
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// Makes a folder of mtor's own, with those above it.
  public static func makeFolder(_ path: String) throws(SystemError) {
    var made = ""
    for part in path.split(separator: "/") {
      made += "/" + part
      if mkdir(made, 0o700) != 0 && errno != EEXIST { throw SystemError("mkdir", made) }
    }
  }
}
