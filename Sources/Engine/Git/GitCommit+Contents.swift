import Glibc
import Platform
import YAMLTree

/// What a commit would take from what was tested, looked for in its tree before it is made.
extension GitCommit {
  /// Throws where a submodule would go, or where git stored other bytes of a declared file than it
  /// would give back.
  ///
  /// What a plan can know of this is a conflict before the first byte; a command may have written
  /// into a submodule since, or an attribute.
  func refuseLoss(
    in changes: [GitRepository.TreeChange], declared: Set<RelativePath>
  ) throws(GitFailure) {
    let submodule = changes.first { $0.oldMode == "160000" && $0.mode != "160000" }
    if let submodule {
      let name = Printable.escaped(submodule.path.text)
      throw GitFailure(
        "the commit was not made: the submodule '\(name)' would go, since something was written in it",
        hint: "commit that in the submodule")
    }
    var converted: [(path: RelativePath, bytes: [UInt8])] = []
    for change in changes where change.mode.hasPrefix("100") {
      guard change.path.text.utf8.starts(with: repository.prefix.utf8) else { continue }
      let name = change.path.text.utf8.dropFirst(repository.prefix.utf8.count)
      let path = RelativePath(listed: String(decoding: name, as: UTF8.self))
      guard declared.contains(path) else { continue }
      let bytes = try bytes(of: path)
      if GitObject.id(of: bytes, like: change.object) != change.object {
        converted.append((path, bytes))
      }
    }
    if !converted.isEmpty { try refuseLoss(of: converted) }
  }

  private func refuseLoss(
    of converted: [(path: RelativePath, bytes: [UInt8])]
  ) throws(GitFailure) {
    let attributes = try repository.attributes(of: converted.map(\.path))
    let lineEnds = GitAttributes.LineEnds(settings: try repository.conversionSettings())
    for (path, bytes) in converted {
      let why = try attributes.obstacle(for: path, bytes: bytes, lineEnds: lineEnds) {
        () throws(GitFailure) in try repository.storesCRLF(at: path)
      }
      // Line ends that git gives back are kept.
      guard let why else { continue }
      throw GitFailure(
        "the commit was not made: '\(Printable.escaped(path.text))' \(why)",
        hint: "look at .gitattributes; --force commits it nevertheless")
    }
  }

  private func bytes(of path: RelativePath) throws(GitFailure) -> [UInt8] {
    let file = repository.root + "/" + path.text
    do {
      return try Descriptor.open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        .readAll(limit: .max, path: path.text)
    } catch {
      throw GitFailure("the commit cannot be prepared: \(error)")
    }
  }
}
