import Glibc
import Manifests
import Platform

/// Copies for work that was begun elsewhere: of its repository only the address is known here.
extension GitMirror {
  /// Brings a commit into the copy with all that belongs to it, by way of the branch that it was
  /// begun from, or of all where none is named.
  ///
  /// `heads` is what the repository has just answered, where it was asked already. `look` is asked
  /// while that lasts, which may be long; false ends it. Of what fails nothing is left.
  public func bring(
    commit: String, of branch: String?, heads: Heads? = nil, look: @escaping () -> Bool
  ) throws(GitFailure) {
    guard Self.isCommit(commit) else { throw GitFailure("the commit is none") }
    if let branch, let fault = BranchName.fault(branch) { throw GitFailure("its branch \(fault)") }
    let above = folder.utf8.lastIndex(of: UInt8(ascii: "/")) ?? folder.startIndex
    try make(String(folder[..<above]))
    // One at a time: two slots that fetch the same would be in each other's way.
    let lock = try MirrorLock(of: folder, look: look)
    defer { withExtendedLifetime(lock) {} }
    if try holds(commit) { return }
    let isNew = !isThere
    do throws(GitFailure) {
      try tidy(isNew: isNew)
      try make(folder)
      try lock.clear(folder, branch: branch ?? "HEAD")
      _ = try git.run(["init", "--quiet", "--bare", "--template=", "--", folder], in: "/")
      _ = try git.run(["config", "remote.origin.url", address], in: folder)
      try bring(commit, branch, heads, look)
    } catch {
      try tidy(isNew: isNew)
      throw error
    }
  }

  private func bring(
    _ commit: String, _ branch: String?, _ known: Heads?, _ look: @escaping () -> Bool
  ) throws(GitFailure) {
    guard look() else { throw GitFailure("git fetch was not begun") }
    let heads: Heads
    // A few words first: a server that is not there, or not to be trusted, is told of soon.
    if let known {
      heads = known
    } else {
      do throws(GitFailure) { heads = try self.heads(look: look) } catch { throw named(error) }
    }
    var why: GitFailure?
    if branch.map({ heads.branches[$0] != nil }) ?? true {
      let name = branch ?? "*"
      do throws(GitFailure) {
        try fetch("+refs/heads/\(name):refs/remotes/origin/\(name)", look)
      } catch {
        // What is no fault of the reference is none of another.
        if error.isOfServer { throw named(error) }
        why = error
      }
    }
    if try holds(commit) { return }
    // The branch was moved back, is gone, or cannot be kept beside what the copy has of an earlier
    // one: most servers give a commit too.
    let kept = "refs/mtor/begun/\(commit)"
    try MirrorLock.remove("\(folder)/\(kept).lock")
    do throws(GitFailure) { try fetch("+\(commit):\(kept)", look) } catch {
      throw named(why ?? error)
    }
    guard try holds(commit) else {
      throw GitFailure("'\(Printable.escaped(address))' has no commit \(commit.prefix(12))")
    }
  }

  private func named(_ error: GitFailure) -> GitFailure {
    var named = error
    let shown = GitAddress.shown(address, limit: 4096)
    named.message = "'\(shown)' cannot be fetched: \(error.message)"
    return named
  }

  private func make(_ path: String) throws(GitFailure) {
    do throws(SystemError) { try Self.makeFolder(path) } catch {
      throw GitFailure("the copy of the repository cannot be made: \(error)")
    }
  }

  /// Removes what a fetch that came to no end left: all, where the copy was to be a new one, else
  /// the pack that it was writing. Only the holder of the copy fetches into it.
  private func tidy(isNew: Bool) throws(GitFailure) {
    if isNew { return try remove(folder) }
    let packs = folder + "/objects/pack"
    do throws(SystemError) {
      for name in try FolderListing.names(of: Descriptor.open(packs, O_RDONLY | O_DIRECTORY))
      where name.hasPrefix("tmp_") {
        if unlink("\(packs)/\(name)") != 0 { throw SystemError("unlink", name) }
      }
    } catch  where error.code == ENOENT {
      return
    } catch {
      throw GitFailure("what an earlier fetch left cannot be removed: \(error)")
    }
  }

  private func fetch(_ reference: String, _ look: @escaping () -> Bool) throws(GitFailure) {
    guard look() else { throw GitFailure("git fetch was not begun") }
    var arguments = [
      "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head",
    ]
    if isHere { arguments.append("--upload-pack=\(Self.here) upload-pack") }
    // As one pack, which is there or not; what is broken never gets in.
    var whole = git
    whole.settings += ["fetch.unpackLimit=1", "fetch.fsckObjects=true"]
    whole.variables.merge(try silentSSH()) { _, new in new }
    _ = try whole.run(arguments + ["origin", reference], in: folder, look: look)
  }

  /// True if the copy was made of this address.
  public func isOfItsAddress() throws(GitFailure) -> Bool {
    guard isThere else { return false }
    let origin = try git.run(
      ["config", "--local", "--get", "remote.origin.url"], in: folder, allowing: 1)
    return origin.map(GitRepository.line) == address
  }

  /// True if a commit is there with all that belongs to it: git sets a reference when it has found
  /// everything that it leads to.
  public func holds(_ commit: String) throws(GitFailure) -> Bool {
    guard isThere, Self.isCommit(commit) else { return false }
    var local = git
    local.variables["GIT_NO_LAZY_FETCH"] = "1"
    let found = try local.run(
      ["for-each-ref", "--count=1", "--format=%(refname)", "--contains", commit], in: folder,
      allowing: 129)
    return found.map { !$0.isEmpty } ?? false
  }
}
