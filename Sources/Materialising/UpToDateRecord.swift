public import Platform

/// What a run without commands left behind: every file that its manifests declare, as it stood
/// when the run had ended.
///
/// As long as each of them still stands so, the same manifests have nothing to do, which is known
/// by one look at each file and without reading the manifests. It is a shortcut and never the only
/// witness: where it is missing, damaged or no longer true, the run reads and plans as ever.
public struct UpToDateRecord: Sendable {
  /// A declared file.
  public struct File: Sendable, Hashable {
    /// Its folder's place in `folders`.
    public let folder: Int
    /// The last component of its path.
    public let name: String
    public let digest: Digest
    let seen: Seen
  }

  /// The part of a file's status that changes when the file does; all zero where it was too fresh
  /// for that (git's racy rule), so that it is read.
  struct Seen: Sendable, Hashable {
    var mode: UInt32 = 0
    var size: Int64 = 0
    var modified: Int64 = 0
    var changed: Int64 = 0
    var inode: UInt64 = 0
    var isRacy = true
  }

  public struct Step: Sendable, Hashable {
    public let id: String
    public let files: [File]
  }

  /// What the run rested on besides these files; another run is known by another one.
  public let identity: Digest
  public let manifestName: String
  public let manifestDigest: Digest
  /// Paths relative to the root; empty for the root itself.
  public let folders: [String]
  public let steps: [Step]

  /// A file's path relative to the root.
  public func path(of file: File) -> String {
    let folder = folders[file.folder]
    return folder.isEmpty ? file.name : folder + "/" + file.name
  }

  /// True if every file stands as it did; a file that cannot be looked at does not.
  ///
  /// Each folder is resolved once, beneath the root and through no link; `readsAll` also reads
  /// and compares every content.
  public func stands(in tree: RootTree, readsAll: Bool) -> Bool {
    var byFolder = [[File]](repeating: [], count: folders.count)
    for step in steps {
      for file in step.files { byFolder[file.folder].append(file) }
    }
    do {
      for (folder, files) in zip(folders, byFolder) where !files.isEmpty {
        let parent = folder.isEmpty ? nil : try RelativePath(folder)
        let descriptor = try tree.openFolder(parent)
        for file in files {
          let stands =
            readsAll || file.seen.isRacy
            ? try file.holds(in: descriptor.raw) : try file.isSeen(in: descriptor.raw)
          if !stands { return false }
        }
      }
      return true
    } catch {
      // Why it cannot be looked at, the run says that plans it.
      return false
    }
  }
}

extension UpToDateRecord.File {
  /// True if the file looks as it did.
  fileprivate func isSeen(in folder: Int32) throws(SystemError) -> Bool {
    guard let status = try FileStatus.of(name, in: folder), status.kind == .regular else {
      return false
    }
    return seen.fits(status)
  }

  /// True if the file also has the bytes that it had.
  fileprivate func holds(in folder: Int32) throws(SystemError) -> Bool {
    let file = try Inspector.open(name, in: folder, path: name)
    let status = try FileStatus.of(descriptor: file.raw, path: name)
    guard status.kind == .regular, status.mode == seen.mode,
      seen.isRacy || seen.fits(status)
    else { return false }
    return try Digest.ofFile(file.raw, size: status.size, path: name) == digest
  }
}

extension UpToDateRecord.Seen {
  init(_ status: FileStatus, isRacy: Bool) {
    mode = status.mode
    if isRacy { return }
    (size, modified, changed) = (status.size, status.modified, status.changed)
    inode = status.inode
    self.isRacy = false
  }

  func fits(_ status: FileStatus) -> Bool {
    changed == status.changed && modified == status.modified && size == status.size
      && inode == status.inode && mode == status.mode
  }
}
