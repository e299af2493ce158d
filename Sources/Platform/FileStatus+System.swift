public import Glibc

extension FileStatus {
  /// What stat(2) and its relatives filled in.
  public init(_ status: stat) {
    let kind: Kind
    switch status.st_mode & S_IFMT {
    case S_IFREG: kind = .regular
    case S_IFDIR: kind = .directory
    case S_IFLNK: kind = .symlink
    default: kind = .special
    }
    self.init(
      kind: kind, mode: status.st_mode & 0o7777, size: Int64(status.st_size),
      modified: Self.nanoseconds(status.st_mtim), changed: Self.nanoseconds(status.st_ctim),
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino),
      links: UInt64(status.st_nlink), user: status.st_uid, group: status.st_gid)
  }

  /// What stands at a name of an open folder, by fstatat(2), links not followed; nil for ENOENT.
  public static func of(
    _ name: String, in directory: Int32, path: String? = nil
  ) throws(SystemError) -> FileStatus? {
    try look(at: name, in: directory, path ?? name)
  }

  /// The same of a name that need not be text.
  public static func of(
    _ name: RawPath, in directory: Int32, path: RawPath? = nil
  ) throws(SystemError) -> FileStatus? {
    try look(at: name.cString, in: directory, (path ?? name).shown)
  }

  private static func look(
    at name: UnsafePointer<CChar>, in directory: Int32, _ path: @autoclosure () -> String
  ) throws(SystemError) -> FileStatus? {
    var status = stat()
    while true {
      if fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return FileStatus(status) }
      let code = errno
      if code == ENOENT { return nil }
      if code != EINTR { throw SystemError("fstatat", path(), code: code) }
    }
  }

  /// What an open descriptor refers to, by fstat(2).
  public static func of(
    descriptor: Int32, path: String? = nil
  ) throws(SystemError) -> FileStatus {
    var status = stat()
    while fstat(descriptor, &status) < 0 {
      if errno != EINTR { throw SystemError("fstat", path) }
    }
    return FileStatus(status)
  }

  private static func nanoseconds(_ time: timespec) -> Int64 {
    // A time beyond the year 2262 wraps; it is only ever compared with itself.
    Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }
}
