import Engine
import Glibc
import Manifests
import Platform
import Subprocess

/// Brings one repository to the point where the manifest can be looked at in it.
///
/// Nobody's own checkout is worked in: a folder is copied like an address, and whoever has changes
/// in it that no commit holds is told so.
struct Preparation {
  let fleet: FleetFile
  /// Where copies and work trees lie, absolute.
  let folder: String
  let runner: CommandRunner

  /// A repository that the manifest may be looked at in.
  struct Ready {
    var member: FleetMember
    var mirror: GitMirror
    /// Where the work begins.
    var branch: String
    var base: String
    var params: [String: String]
    /// A work tree of it, which its user removes.
    var tree: String
  }

  enum Result {
    case ready(Ready)
    /// What can be said of it without more.
    case ended(Matrix.Row)
  }

  /// Prepares a repository; `slot` is a name for its work tree that nobody else uses now.
  func prepare(_ member: FleetMember, slot: String) -> Result {
    func row(_ state: Matrix.State, _ reason: String, _ detail: String? = nil) -> Result {
      var row = Matrix.Row(member.name, member.address, state, reason: reason)
      row.detail = detail
      return .ended(row)
    }
    if let skip = member.skip { return row(.skipped, Printable.escaped(skip)) }
    if member.isFolder {
      var status = stat()
      guard stat(member.address, &status) == 0 else {
        return row(.refused, "unreachable", SystemError("stat", member.address).reason)
      }
      guard RepositoryFinder.isRepository(member.address) else {
        return row(
          .refused, "no git repository", "no '.git' in \(Printable.escaped(member.address))")
      }
    }
    let path = "\(folder)/repositories/\(FleetMember.digits(of: member.address))-"
    let mirror = GitMirror(
      of: member.address, in: path + FleetMember.word(of: member.address) + ".git", runner: runner)
    do throws(GitFailure) {
      if member.isFolder, try GitMirror.isDirty(member.address, runner: runner) {
        return row(.refused, "dirty", "its work tree has changes that no commit holds")
      }
    } catch { return row(.refused, Matrix.reason(error.message), error.message) }
    let heads: GitMirror.Heads
    do throws(GitFailure) { heads = try mirror.heads() } catch {
      return row(.refused, Matrix.reason(error.message), error.message)
    }
    if heads.branches.isEmpty { return row(.refused, "empty", "it has no commit yet") }
    guard let branch = member.branch ?? heads.main, BranchName.fault(branch) == nil,
      let base = heads.branches[branch]
    else {
      let name = Printable.escaped(member.branch ?? heads.main ?? "HEAD")
      return row(.refused, "no such branch", "it has no branch '\(name)'")
    }
    let tree = "\(folder)/trees/\(slot)"
    do throws(GitFailure) {
      try mirror.bring(branch, at: base)
      do throws(SystemError) { try GitMirror.makeFolder(folder + "/trees") } catch {
        return row(.refused, "no work tree", "\(error)")
      }
      try mirror.addTree(at: tree, commit: base)
    } catch { return row(.refused, Matrix.reason(error.message), error.message) }
    var ready = Ready(
      member: member, mirror: mirror, branch: branch, base: base, params: [:], tree: tree)
    guard let failure = check(&ready) else { return .ready(ready) }
    var ended = failure
    ended.base = base
    ended.detail = remove(ready) ?? ended.detail
    return .ended(ended)
  }

  /// Removes the work tree; says what stands in the way, where something does.
  func remove(_ ready: Ready) -> String? {
    do throws(GitFailure) {
      try ready.mirror.removeTree(at: ready.tree)
      return nil
    } catch { return error.message }
  }

  private func check(_ ready: inout Ready) -> Matrix.Row? {
    func row(_ state: Matrix.State, _ reason: String, _ detail: String? = nil) -> Matrix.Row {
      var row = Matrix.Row(ready.member.name, ready.member.address, state, reason: reason)
      row.detail = detail
      return row
    }
    let tree: RootTree
    do throws(SystemError) { tree = try RootTree(path: ready.tree) } catch {
      return row(.refused, "no work tree", "\(error)")
    }
    for selection in fleet.select {
      switch SelectionCheck(tree: tree, runner: runner).holds(selection) {
      case .yes: break
      case .no(let why): return row(.unselected, why)
      case .unknown(let why): return row(.refused, "select", why)
      }
    }
    do throws(ParameterReading.Faults) {
      ready.params = try ParameterReading(tree: tree).values(fleet.params + ready.member.params)
      return nil
    } catch {
      return row(.refused, "parameters", error.messages.joined(separator: "; "))
    }
  }
}
