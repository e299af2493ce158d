import Glibc
public import Platform

/// The private folder that holds what a shadow changes, locked for as long as its owner lives.
public final class ShadowStorage {
  public let path: String
  private let place: String
  private let lock: Descriptor
  private static let folderName = "shadows"
  private static let besideName = ".mtor-shadow"
  private static var temporary: String { "/tmp/mtor-\(geteuid())" }

  /// The places, apart from mtor's own state, in which the shadows of a tree may be kept: beside
  /// it, and among temporary files.
  public static func places(of root: String) -> (beside: String, temporary: String) {
    let parent = root.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    return (parent + "/" + besideName, temporary)
  }

  /// Makes one in `PLACE/shadows`.
  init(in place: String) throws(SystemError) {
    let shadows = place + "/" + Self.folderName
    try Self.makeFolders(shadows)
    self.place = place
    // In a place that all may write somebody else could have made it.
    guard let status = try FileStatus.of(shadows, in: AT_FDCWD), status.kind == .directory,
      status.user == geteuid()
    else { throw SystemError("mkdir", shadows, code: EPERM) }
    path = try Self.makeUnique(in: shadows)
    lock = try Descriptor.open(path + "/lock", O_RDWR | O_CREAT, mode: 0o600)
    if flock(lock.raw, LOCK_EX | LOCK_NB) < 0 { throw SystemError("flock", path) }
  }

  /// Makes a folder of a name that nobody has, mode 0700.
  private static func makeUnique(in shadows: String) throws(SystemError) -> String {
    for _ in 0..<10 {
      // mkdtemp needs six X at the end.
      var template = Array((shadows + "/XXXXXXXX").utf8CString)
      if mkdtemp(&template) != nil {
        return template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
      }
      // Another shadow was the last one here and has just tidied up.
      guard errno == ENOENT else { break }
      try makeFolders(shadows)
    }
    throw SystemError("mkdtemp", shadows)
  }

  func makeFolder(_ name: String) throws(SystemError) {
    if mkdir("\(path)/\(name)", 0o755) < 0 { throw SystemError("mkdir", "\(path)/\(name)") }
  }

  func removeFolder(_ name: String) throws(SystemError) {
    try FolderRemoval.remove("\(path)/\(name)")
  }

  /// Removes the folder and all in it, and a place that was made for it alone.
  func remove() throws(SystemError) {
    try FolderRemoval.remove(path)
    Self.tidy(place)
  }

  /// Removes a place that was made for shadows alone once nothing lies in it any more.
  private static func tidy(_ place: String) {
    guard place.hasSuffix("/" + besideName) || place == temporary else { return }
    if rmdir(place + "/" + folderName) == 0 { rmdir(place) }
  }

  /// Removes the shadows in `PLACE/shadows` whose owners are no more (a crash, a kill -9), and
  /// returns how many there were. Shadows in use are left alone.
  public static func removeAbandoned(in place: String) throws(SystemError) -> Int {
    let shadows = place + "/" + folderName
    let folder: Descriptor
    do { folder = try Descriptor.open(shadows, O_RDONLY | O_DIRECTORY) } catch {
      if error.code == ENOENT { return 0 }
      throw error
    }
    let owner = try FileStatus.of(descriptor: folder.raw, path: shadows).user
    // Not ours: another user's to clean.
    guard owner == geteuid() else { return 0 }
    var removed = 0
    defer { tidy(place) }
    for name in try FolderListing.names(of: folder, path: shadows) {
      if try removeIfAbandoned("\(shadows)/\(name)") { removed += 1 }
    }
    return removed
  }

  private static func removeIfAbandoned(_ path: String) throws(SystemError) -> Bool {
    let lock: Descriptor
    do { lock = try Descriptor.open(path + "/lock", O_RDWR | O_NOFOLLOW) } catch {
      // Without its lock it is just being made, or was removed but for the folder itself.
      return false
    }
    if flock(lock.raw, LOCK_EX | LOCK_NB) < 0 {
      if errno == EWOULDBLOCK { return false }
      throw SystemError("flock", path)
    }
    try FolderRemoval.remove(path)
    return true
  }

  private static func makeFolders(_ path: String) throws(SystemError) {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
      throw SystemError("mkdir", path)
    }
    try makeFolders(String(path[..<slash]))
    if mkdir(path, 0o700) < 0 && errno != EEXIST { throw SystemError("mkdir", path) }
  }
}
