import Glibc

/// The names in an open folder.
public enum FolderListing {
  /// All names but `.` and `..`, sorted by bytes.
  ///
  /// A name that is no UTF-8 comes with U+FFFD in it; nothing is found under that: `entries` has
  /// it as it is. The descriptor must be readable (not `O_PATH`) and is closed.
  public static func names(
    of folder: consuming Descriptor, path: String? = nil
  ) throws(SystemError) -> [String] {
    var names = try read(folder, path) { String(cString: $0) }
    names.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return names
  }

  /// The same names byte for byte.
  public static func entries(
    of folder: consuming Descriptor, path: String? = nil
  ) throws(SystemError) -> [RawPath] {
    try read(folder, path) { RawPath(copying: $0) }.sorted()
  }

  private static func read<Name>(
    _ folder: consuming Descriptor, _ path: String?, _ name: (UnsafePointer<CChar>) -> Name
  ) throws(SystemError) -> [Name] {
    // The stream owns the descriptor it is given, so it gets one of its own.
    let copy = fcntl(folder.raw, F_DUPFD_CLOEXEC, 0)
    if copy < 0 { throw SystemError("fcntl", path) }
    guard let stream = fdopendir(copy) else {
      let failure = SystemError("fdopendir", path)
      close(copy)
      throw failure
    }
    defer { closedir(stream) }
    var names: [Name] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        if errno != 0 { throw SystemError("readdir", path) }
        break
      }
      withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
          if strcmp($0, ".") != 0 && strcmp($0, "..") != 0 { names.append(name($0)) }
        }
      }
    }
    return names
  }
}
