import Engine
import Glibc
import Manifests
import Platform

/// Finds the repositories that a person names: folders of this machine, or addresses, of which a
/// clone is kept below the state folder.
struct RepositoryPlaces {
  /// Where clones lie, absolute.
  let folder: String
  let git: Git

  struct Place {
    /// The common git folder, absolute and without links.
    var repository: String
    /// The root below the top of the work tree.
    var prefix: String
    var branch: String?
    var commit: String
    /// Where the repository is that it is a clone of; nil where it is the repository itself.
    var address: String?
    var isClone: Bool { address != nil }
  }

  /// `travels` says that workers are told the address: git alone reads it otherwise, as ever.
  func find(_ named: String, branch: String?, travels: Bool) throws(OrderFault) -> Place {
    let isFolder = Admission.real(named) != nil
    if Self.isAddress(named) || !isFolder && GitAddress.isMeant(by: named) {
      let isForGit = !travels && Self.isAddress(named) && !GitAddress.hasPassword(named)
      if !isForGit {
        do throws(GitAddress.Fault) { _ = try GitAddress(named) } catch {
          throw OrderFault(error.message, hint: error.hint)
        }
      }
      return try clone(named, branch)
    }
    let shown = Printable.escaped(named)
    guard let real = Admission.real(named) else {
      throw OrderFault(
        "the repository '\(shown)' is not there: \(SystemError("realpath").reason)",
        hint: "correct --repo")
    }
    let common: String
    let prefix: String
    do throws(GitError) {
      common = try git.line(
        ["rev-parse", "--path-format=absolute", "--git-common-dir"], in: real)
      prefix = try git.line(["rev-parse", "--show-prefix"], in: real)
    } catch {
      throw OrderFault(
        "'\(shown)' is in no git repository: a task works in a work tree of its own",
        hint: "git init, and commit what is there")
    }
    let repository = Admission.real(common) ?? common
    let start = branch.map { "refs/heads/\($0)" } ?? "HEAD"
    do throws(GitError) {
      var branch = branch
      if branch == nil, let head = try git.ask(["symbolic-ref", "--quiet", "HEAD"], in: real) {
        branch = String(head.prefix { $0 != "\n" }.dropFirst("refs/heads/".count))
      }
      return Place(
        repository: repository, prefix: prefix, branch: branch,
        commit: try commit(start, in: repository))
    } catch {
      throw OrderFault(
        "the repository '\(shown)' has no "
          + (branch.map { "branch '\(Printable.escaped($0))'" } ?? "commit yet"),
        hint: branch == nil ? "git commit" : "git branch lists them")
    }
  }

  private func commit(_ name: String, in repository: String) throws(GitError) -> String {
    try git.line(
      ["rev-parse", "--quiet", "--verify", "--end-of-options", name + "^{commit}"], in: repository)
  }

  static func isAddress(_ text: String) -> Bool {
    ["https://", "ssh://", "file://"].contains { text.hasPrefix($0) }
  }

  /// The folder of a repository that is elsewhere: one for each address.
  func path(of address: String) -> String {
    let last = address.split(separator: "/").last.map(String.init) ?? "repository"
    let safe = String(
      last.unicodeScalars.map { scalar in
        scalar.properties.isASCIIHexDigit || ("a"..."z").contains(scalar)
          || ("A"..."Z").contains(scalar) || scalar == "-" ? Character(scalar) : "_"
      }.prefix(60))
    return "\(folder)/\(Digest(of: Array(address.utf8)).hex.prefix(12))-\(safe).git"
  }

  /// A bare repository beside the queue, brought up to date. What tasks made in it stays.
  private func clone(_ address: String, _ branch: String?) throws(OrderFault) -> Place {
    let path = self.path(of: address)
    let shown = GitAddress.shown(address, limit: 4096)
    var mirror = GitMirror(of: address, in: path, runner: git.runner)
    mirror.isExact = true
    let heads: GitMirror.Heads
    do throws(GitFailure) { heads = try mirror.heads() } catch {
      throw OrderFault(
        "'\(shown)' cannot be fetched: \(error.message)", hint: error.hint,
        isPassing: error.isPassing)
    }
    guard let name = branch ?? heads.main, let commit = heads.branches[name] else {
      let what = (branch ?? heads.main).map { "branch '\(Printable.escaped($0))'" }
      throw OrderFault(
        "the repository '\(shown)' has no \(heads.branches.isEmpty ? "commit yet" : what ?? "HEAD")",
        hint: heads.branches.isEmpty ? "push one" : "name a branch that it has: --branch NAME")
    }
    do throws(GitFailure) {
      try mirror.bring(commit: commit, of: name, heads: heads, look: { true })
    } catch {
      throw OrderFault(error.message, hint: error.hint, isPassing: error.isPassing)
    }
    return Place(
      repository: Admission.real(path) ?? path, prefix: "", branch: branch, commit: commit,
      address: address)
  }
}
