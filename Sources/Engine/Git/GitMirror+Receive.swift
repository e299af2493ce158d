import Glibc
import Platform
import Subprocess

/// Results that come from other machines. Of what stands in one nothing is believed.
extension GitMirror {
  /// The most bytes that a result may have once it is unpacked; one as small as a task's result may
  /// hold a thousand times as much.
  private static let unpackedLimit = 128 << 20

  /// True if a commit is here with all that belongs to it, as the next one after another.
  public func holds(_ commit: String, on base: String) throws(GitFailure) -> Bool {
    guard Self.isCommit(commit), Self.isCommit(base) else { return false }
    let local = local
    let isThere = try local.run(
      ["cat-file", "-e", commit + "^{commit}"], in: folder, allowing: 128)
    guard isThere != nil, try isNext(commit, on: base, local) else { return false }
    return try local.run(
      ["rev-list", "--objects", "--quiet", commit, "^\(base)"], in: folder, allowing: 128) != nil
  }

  /// Takes in a commit that was made elsewhere, the one commit on top of another, with all that
  /// belongs to it, or nothing.
  ///
  /// Nothing that the bundle calls anything is believed. git gets its objects alone, and checks
  /// each of them: a `fetch` from a bundle would not in every version of git. They are kept apart
  /// until it is known what they are. `memory` is what git may take for it.
  public func receive(
    _ bytes: [UInt8], commit: String, on base: String, memory: Int64 = 512 << 20
  ) throws(GitFailure) {
    let bundle: GitBundle
    do throws(GitBundle.Fault) { bundle = try GitBundle(bytes) } catch {
      throw GitFailure("what came home is not understood: \(error.message)")
    }
    guard bundle.commit == commit, Self.isCommit(base), bundle.needs == [base] else {
      throw GitFailure("what came home is not what was made on top of \(base.prefix(12))")
    }
    // One at a time, so that what a killed one left is nobody's and goes with the next.
    let lock = try MirrorLock(of: folder)
    defer { withExtendedLifetime(lock) {} }
    // git's own garbage collection removes what is called so.
    let apart = folder + "/objects/tmp_objdir-mtor"
    try remove(apart)
    do throws(SystemError) { try Self.makeFolder(apart + "/pack") } catch {
      throw GitFailure("what came home cannot be kept: \(error)")
    }
    do throws(GitFailure) {
      try check(bundle, on: base, apart, memory)
      try settle(apart + "/pack")
    } catch {
      try remove(apart)
      throw error
    }
    try remove(apart)
  }

  /// Reads the objects into a folder of their own, and looks at all that the commit brings.
  private func check(
    _ bundle: GitBundle, on base: String, _ apart: String, _ memory: Int64
  ) throws(GitFailure) {
    var local = local
    local.memory = memory
    local.variables["GIT_OBJECT_DIRECTORY"] = apart
    local.variables["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = Self.quoted(folder + "/objects")
    _ = try local.run(
      [
        "index-pack", "--stdin", "--fix-thin", "--strict", "--threads=1",
        "--max-input-size=\(bundle.pack.count)",
      ], in: folder, input: Array(bundle.pack))
    guard try isNext(bundle.commit, on: base, local) else {
      throw GitFailure("what came home is not one commit on top of \(base.prefix(12))")
    }
    let names = try local.run(
      ["rev-list", "--objects", "--no-object-names", bundle.commit, "^\(base)"], in: folder)
    // Read from the objects' heads; nothing is unpacked for it.
    let sizes = try local.run(
      ["cat-file", "--batch-check=%(objectsize)"], in: folder, input: names)
    var left = Self.unpackedLimit
    for line in sizes.split(separator: 0x0A) {
      guard let size = Int(String(decoding: line, as: UTF8.self)), size <= left else {
        throw GitFailure(
          "what came home unpacks to more than \(Self.unpackedLimit >> 20) MB, or not at all")
      }
      left -= max(0, size)
    }
  }

  /// Moves packs to where git finds them, the index that makes one known last.
  private func settle(_ from: String) throws(GitFailure) {
    let into = folder + "/objects/pack"
    do throws(SystemError) {
      try Self.makeFolder(into)
      let names = try FolderListing.names(of: Descriptor.open(from, O_RDONLY | O_DIRECTORY))
      for name in names.filter({ !$0.hasSuffix(".idx") }) + names.filter({ $0.hasSuffix(".idx") }) {
        if rename("\(from)/\(name)", "\(into)/\(name)") != 0 { throw SystemError("rename", name) }
      }
    } catch { throw GitFailure("what came home cannot be kept: \(error)") }
  }

  /// True where a commit has one parent, and that is `base`.
  private func isNext(
    _ commit: String, on base: String, _ git: GitExecutable
  ) throws(GitFailure) -> Bool {
    let line = try git.run(["rev-list", "--parents", "--max-count=1", commit], in: folder)
    return GitRepository.line(line) == "\(commit) \(base)"
  }

  /// Git that asks nobody for what is not here.
  private var local: GitExecutable {
    var local = git
    local.variables["GIT_NO_LAZY_FETCH"] = "1"
    return local
  }

  /// A folder in a list of them, whose separator may stand in its name.
  private static func quoted(_ path: String) -> String {
    var text = "\""
    for scalar in path.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { text += "\\" }
      text.unicodeScalars.append(scalar)
    }
    return text + "\""
  }
}
