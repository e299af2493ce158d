import Manifests
import Platform

/// Copies for work that was begun elsewhere: of its repository only the address is known here.
extension GitMirror {
  /// Brings a commit into the copy with all that belongs to it, by way of the branch that it was
  /// begun from, or of all where none is named.
  ///
  /// `look` is asked while that lasts, which may be long; false ends it.
  public func bring(
    commit: String, of branch: String?, look: @escaping () -> Bool
  ) throws(GitFailure) {
    guard Self.isCommit(commit) else { throw GitFailure("the commit is none") }
    if let branch, let fault = BranchName.fault(branch) { throw GitFailure("its branch \(fault)") }
    do throws(SystemError) { try Self.makeFolder(folder) } catch {
      throw GitFailure("the copy of the repository cannot be made: \(error)")
    }
    // One at a time: two slots that fetch the same would be in each other's way.
    let lock = try MirrorLock(of: folder, look: look)
    if try holds(commit) { return }
    try lock.clear(folder, branch: branch ?? "HEAD")
    _ = try git.run(["init", "--quiet", "--bare", "--template=", "--", folder], in: "/")
    _ = try git.run(["config", "remote.origin.url", address], in: folder)
    let name = branch ?? "*"
    let why = failure { () throws(GitFailure) in
      try fetch("+refs/heads/\(name):refs/remotes/origin/\(name)", look)
    }
    if try holds(commit) { return }
    // The branch was moved back, is gone, or cannot be kept beside what the copy has of an earlier
    // one: most servers give a commit too.
    let kept = "refs/mtor/begun/\(commit)"
    try MirrorLock.remove("\(folder)/\(kept).lock")
    do throws(GitFailure) { try fetch("+\(commit):\(kept)", look) } catch let last {
      let error = why ?? last
      throw GitFailure(
        "'\(Printable.escaped(address))' cannot be fetched: \(error.message)", hint: error.hint)
    }
    guard try holds(commit) else {
      throw GitFailure("'\(Printable.escaped(address))' has no commit \(commit.prefix(12))")
    }
  }

  private func failure(_ body: () throws(GitFailure) -> Void) -> GitFailure? {
    do throws(GitFailure) { try body() } catch { return error }
    return nil
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
