import Glibc
public import Platform
public import YAMLTree

/// The folders of a tree in which its notes lie, read and written without following any link.
public struct NoteFolder {
  /// A note with the file it stands in.
  public struct Entry: Sendable {
    public var path: RelativePath
    public var file: CoachingNoteFile
    public var note: CoachingNote { file.note }
  }

  /// What the folders hold: the notes by id, and what is wrong with the files that hold none.
  public struct Contents: Sendable {
    public var entries: [Entry] = []
    public var faults: [Diagnostic] = []
  }

  /// More files than these are not read: nobody has reviewed them.
  static let fileLimit = 500

  private let tree: RootTree
  private let folders: [RelativePath]

  /// `folders` are those of the configuration; a text that is no path of a tree is left out, which
  /// its reader has refused before.
  public init(tree: RootTree, folders: [String]) {
    self.tree = tree
    self.folders = Self.paths(folders)
  }

  /// The folders of a configuration as paths of a tree.
  public static func paths(_ folders: [String]) -> [RelativePath] {
    folders.compactMap { text in
      guard case .success(let path) = Result(catching: { try RelativePath(text) }) else {
        return nil
      }
      return path
    }
  }

  /// Reads every note. A file that cannot be read or breaks a rule is a fault and no note; nothing
  /// is thrown, since no note is worth a run.
  public func read() -> Contents {
    var contents = Contents()
    var count = 0
    for folder in folders {
      for path in names(in: folder, &contents) {
        count += 1
        if count > Self.fileLimit {
          contents.faults.append(
            Self.fault(folder, "more than \(Self.fileLimit) files; the rest is not read"))
          break
        }
        read(path, &contents)
      }
    }
    contents.entries.sort { $0.note.id.utf8.lexicographicallyPrecedes($1.note.id.utf8) }
    return contents
  }

  private func names(in folder: RelativePath, _ contents: inout Contents) -> [RelativePath] {
    do {
      guard try tree.status(of: folder) != nil else { return [] }
      let names = try tree.names(in: folder).filter {
        ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) && !$0.hasPrefix(".")
      }
      return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.compactMap { name in
        if case .success(let path) = Result(catching: { try folder.appending(name) }) {
          return path
        }
        contents.faults.append(
          Self.fault(folder, "'\(YAMLTree.Excerpt.short(name))' has a name that no note has"))
        return nil
      }
    } catch {
      contents.faults.append(Self.fault(folder, "cannot be read: \(error)", "the folder of notes"))
      return []
    }
  }

  private func read(_ path: RelativePath, _ contents: inout Contents) {
    let bytes: [UInt8]
    do {
      bytes = try tree.bytes(of: path, limit: CoachingNoteReader.limit)
    } catch {
      contents.faults.append(
        Self.fault(
          path, error.code == EFBIG ? "is too large for a note" : "cannot be read: \(error)"))
      return
    }
    do throws(DiagnosticList) {
      let file = try CoachingNoteReader.read(SourceText(name: path.text, bytes: bytes))
      if let other = contents.entries.first(where: { $0.note.id == file.note.id }) {
        contents.faults.append(
          Self.fault(path, "has the id '\(file.note.id)', which \(other.path) has too"))
        return
      }
      contents.entries.append(Entry(path: path, file: file))
      contents.faults += file.warnings
    } catch {
      contents.faults += error.all
    }
  }

  private static func fault(
    _ path: RelativePath, _ what: String, _ subject: String = "the note"
  ) -> Diagnostic {
    Diagnostic(
      .error, "coaching-file", "\(subject) \(what)", file: path.text,
      hint: "correct it, or remove the file")
  }

  // MARK: Writing

  /// Where a new note goes.
  public func path(of id: String) throws -> RelativePath {
    guard let folder = folders.first else {
      throw SystemError("open", ".mtor/coaching", code: ENOENT)
    }
    return try folder.appending(id + ".yaml")
  }

  /// Writes a file whole or not at all; one that is new only where nothing stands.
  public func write(
    _ bytes: [UInt8], to path: RelativePath, replacing: Bool
  ) throws(SystemError) {
    for folder in path.ancestors.reversed() { try make(folder) }
    let folder = try tree.openFolder(path.parent)
    let name = String(path.name)
    let new = ".\(name).new-\(getpid())"
    let raw = openat(folder.raw, new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
    if raw < 0 { throw SystemError("openat", path.text) }
    let file = Descriptor(owning: raw)
    do throws(SystemError) {
      try file.writeAll(bytes, path: path.text)
      if fsync(file.raw) != 0 { throw SystemError("fsync", path.text) }
      if replacing {
        if renameat(folder.raw, new, folder.raw, name) != 0 {
          throw SystemError("renameat", path.text)
        }
        return
      }
      // Unlike a rename, a link never takes another file's place.
      if linkat(folder.raw, new, folder.raw, name, 0) != 0 {
        throw SystemError("linkat", path.text)
      }
      unlinkat(folder.raw, new, 0)
    } catch {
      unlinkat(folder.raw, new, 0)
      throw error
    }
  }

  private func make(_ folder: RelativePath) throws(SystemError) {
    if let status = try tree.status(of: folder) {
      if status.kind != .directory { throw SystemError("mkdirat", folder.text, code: ENOTDIR) }
      return
    }
    let parent = try tree.openFolder(folder.parent)
    if mkdirat(parent.raw, String(folder.name), 0o777) != 0 && errno != EEXIST {
      throw SystemError("mkdirat", folder.text)
    }
  }
}
