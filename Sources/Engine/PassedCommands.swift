import Glibc
import Platform

/// The commands that have passed, known by what their results rest on: one file each, below the
/// user's state folder, shared by all trees. It holds the digest of what the command made, where its
/// step names that.
///
/// There are at most `limit` in each of 256 folders; those that were asked for longest ago go
/// first.
struct PassedCommands: Sendable {
  private let folder: String
  private let limit: Int

  init(stateHome: String, limit: Int = 64) {
    folder = stateHome + "/mtor/passed"
    self.limit = limit
  }

  /// What the command made when it passed; nil where no pass is remembered.
  func products(of digest: Digest) -> String? {
    let file = path(digest)
    // What cannot be read is not remembered: it costs a run too many, never one too few.
    let held = Result { () throws(SystemError) in
      try Descriptor.open(file, O_RDONLY | O_NOFOLLOW).readAll()
    }
    guard case .success(let bytes) = held else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Remembers that a pass was of use; false where it has just been let go.
  func touch(_ digest: Digest) -> Bool {
    // That its time cannot be set costs at most a run too many.
    utimensat(AT_FDCWD, path(digest), nil, 0) == 0 || errno != ENOENT
  }

  /// That something cannot be remembered costs time later, and nothing else.
  func add(_ digest: Digest, making products: String) {
    let file = path(digest)
    var slash = file.startIndex
    // Every folder on the way, the outermost first; those that stand are left.
    while let next = file[file.index(after: slash)...].firstIndex(of: "/") {
      mkdir(String(file[..<next]), 0o700)
      slash = next
    }
    let raw = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
    if raw >= 0 {
      let count = products.utf8.count
      let isWritten = count == 0 || write(raw, products, count) == count
      close(raw)
      if !isWritten { unlink(file) }
    }
    prune(String(file[..<slash]))
  }

  /// Removes the oldest of a folder that holds too many, a quarter of them at once.
  private func prune(_ folder: String) {
    let present = Result { () throws(SystemError) in
      try FolderListing.names(
        of: Descriptor.open(folder, O_RDONLY | O_DIRECTORY), path: folder)
    }
    // What cannot be listed now is pruned another time.
    guard case .success(let names) = present, names.count > limit else { return }
    var aged = names.map { name -> (time: Int64, path: String) in
      let path = folder + "/" + name
      var status = stat()
      guard lstat(path, &status) == 0 else { return (.min, path) }
      return (Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec), path)
    }
    aged.sort { $0.time < $1.time }
    for entry in aged.prefix(names.count - limit * 3 / 4) { unlink(entry.path) }
  }

  private func path(_ digest: Digest) -> String {
    let hex = digest.hex
    return "\(folder)/\(hex.prefix(2))/\(hex.dropFirst(2))"
  }
}
