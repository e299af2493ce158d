import Glibc
import Platform

/// The commands that have passed, known by what their results rest on: one empty file each, below
/// the user's state folder, shared by all trees.
struct PassedCommands: Sendable {
  private let folder: String

  init(stateHome: String) {
    folder = stateHome + "/mtor/passed"
  }

  func contains(_ digest: Digest) -> Bool { access(path(digest), F_OK) == 0 }

  /// That something cannot be remembered costs time later, and nothing else.
  func add(_ digest: Digest) {
    let file = path(digest)
    var slash = file.startIndex
    // Every folder on the way, the outermost first; those that stand are left.
    while let next = file[file.index(after: slash)...].firstIndex(of: "/") {
      mkdir(String(file[..<next]), 0o700)
      slash = next
    }
    let raw = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    if raw >= 0 { close(raw) }
  }

  private func path(_ digest: Digest) -> String {
    let hex = digest.hex
    return "\(folder)/\(hex.prefix(2))/\(hex.dropFirst(2))"
  }
}
