import Glibc
import Manifests
import Platform

/// The result of work elsewhere as it travels: what a commit has beyond another, as `git bundle`
/// writes it. What stands in it is somebody else's word.
struct GitBundle {
  /// The one commit that it brings.
  let commit: String
  /// What has to be there already.
  let needs: [String]
  /// The objects.
  let pack: ArraySlice<UInt8>

  /// Why bytes are no such bundle; one sentence.
  struct Fault: Error {
    let message: String
  }

  init(_ bytes: [UInt8]) throws(Fault) {
    var rest = bytes[...]
    guard let first = Self.line(&rest) else { throw Fault(message: "it is no bundle") }
    let isThird = first == "# v3 git bundle"
    guard isThird || first == "# v2 git bundle" else { throw Fault(message: "it is no bundle") }
    var needs: [String] = []
    var tips: [String] = []
    while let line = Self.line(&rest), !line.isEmpty {
      if isThird, line == "@object-format=sha1" || line == "@object-format=sha256" { continue }
      let isNeed = line.hasPrefix("-")
      let id = String(line.drop { $0 == "-" }.prefix { $0 != " " })
      guard GitMirror.isCommit(id) else { throw Fault(message: "its head is not understood") }
      if isNeed { needs.append(id) } else { tips.append(id) }
    }
    guard tips.count == 1 else {
      throw Fault(message: "it holds \(tips.count) branches, and not one")
    }
    guard rest.starts(with: Array("PACK".utf8)) else { throw Fault(message: "it holds no objects") }
    commit = tips[0]
    self.needs = needs
    pack = rest
  }

  /// The next line; nil where none has an end within what a head may be.
  private static func line(_ bytes: inout ArraySlice<UInt8>) -> String? {
    guard let end = bytes.prefix(1 << 20).firstIndex(of: 0x0A) else { return nil }
    defer { bytes = bytes[(end + 1)...] }
    return String(decoding: bytes[bytes.startIndex..<end], as: UTF8.self)
  }
}

extension GitMirror {
  /// What a branch has beyond a commit, as a bundle; nil where that is more than `limit` bytes.
  ///
  /// `file` is where it is written for a moment.
  public func bundle(
    _ branch: String, since base: String, limit: Int, at file: String,
    look: @escaping () -> Bool
  ) throws(GitFailure) -> [UInt8]? {
    guard BranchName.fault(branch) == nil, Self.isCommit(base) else {
      throw GitFailure("there is no such branch to take along")
    }
    defer { unlink(file) }
    _ = try git.run(
      ["bundle", "create", "--quiet", file, "refs/heads/\(branch)", "^\(base)"], in: folder,
      look: look)
    do throws(SystemError) {
      let descriptor = try Descriptor.open(file, O_RDONLY | O_NOFOLLOW)
      var status = stat()
      if fstat(descriptor.raw, &status) != 0 { throw SystemError("fstat", file) }
      if status.st_size > limit { return nil }
      return try descriptor.readAll(limit: limit, path: file)
    } catch { throw GitFailure("the result cannot be taken along: \(error)") }
  }
}
