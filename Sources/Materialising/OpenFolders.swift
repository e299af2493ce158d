import Glibc
import Platform

/// The folder of the tree that is being worked in, opened once for consecutive operations.
///
/// What was opened is a folder beneath the root, reached through no link. That it is still the
/// one of that name is not taken for granted: `displaced` looks again when all is done.
final class OpenFolders {
  private let tree: RootTree
  private var current: RelativePath?
  private var descriptor: Descriptor?
  private var seen: [RelativePath: UInt64] = [:]

  init(_ tree: RootTree) { self.tree = tree }

  /// The folder's descriptor (nil: the root's), valid until the next call.
  func open(_ path: RelativePath?) throws(SystemError) -> Int32 {
    guard let path else { return tree.descriptor }
    if path == current, let raw { return raw }
    forget()
    let opened = try tree.openFolder(path)
    let raw = opened.raw
    seen[path] = try FileStatus.of(descriptor: raw, path: path.text).inode
    descriptor = consume opened
    current = path
    return raw
  }

  private var raw: Int32? {
    switch descriptor {
    case .some(let descriptor): descriptor.raw
    case .none: nil
    }
  }

  /// Closes what is open.
  func forget() {
    current = nil
    descriptor = nil
  }

  /// To be called for a folder that is to go: it need not be at its path afterwards.
  func leave(_ path: RelativePath) { seen[path] = nil }

  /// A folder that was worked in and is not at its path any more; nil where all are.
  func displaced() throws(SystemError) -> RelativePath? {
    for (path, inode) in seen {
      let now: UInt64
      do throws(SystemError) {
        let folder = try tree.openFolder(path)
        now = try FileStatus.of(descriptor: folder.raw).inode
      } catch {
        if error.isAboutPath { return path }
        throw error
      }
      if now != inode { return path }
    }
    return nil
  }
}
