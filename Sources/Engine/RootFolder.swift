import Glibc
import Platform

/// The root that a command works on.
public enum RootFolder {
  /// The absolute path of the root, made where it is missing and its parent exists.
  ///
  /// Without an explicit root it is the top of the git tree around the current folder, else the
  /// current folder; never the manifest's.
  ///
  /// - Parameter making: false for commands that only look: a missing root is then an error too,
  ///   except that `plan` shows an empty tree by `nil`.
  public static func resolve(_ given: String?, making: Bool) throws(RunFailure) -> String? {
    guard let given else { return try defaultRoot() }
    guard !given.isEmpty else {
      throw .usage(message: "the root is empty", hint: "write --root DIR")
    }
    if let path = try absolute(given) {
      var status = stat()
      guard stat(path, &status) == 0 else { throw failure("stat", given) }
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw .system(
          message: "the root '\(Printable.escaped(given))' is not a folder",
          hint: "name the folder that is to be worked on")
      }
      return path
    }
    guard errno == ENOENT else { throw failure("realpath", given) }
    try GitGround.refuse(try parent(of: given), for: given)
    guard making else { return nil }
    guard mkdir(given, 0o777) == 0 else { throw failure("mkdir", given) }
    guard let path = try absolute(given) else { throw failure("realpath", given) }
    return path
  }

  /// The root that a command looks at is not there.
  public static func missing(_ given: String?) -> RunFailure {
    .system(
      message: "the root '\(Printable.escaped(given ?? "."))' is not there",
      hint: "name the folder that is to be worked on, by --root DIR")
  }

  private static func defaultRoot() throws(RunFailure) -> String {
    guard let current = try absolute(".") else { throw failure("realpath", ".") }
    var folder = current
    while true {
      var status = stat()
      if lstat(folder == "/" ? "/.git" : folder + "/.git", &status) == 0 { return folder }
      guard folder != "/", let slash = folder.lastIndex(of: "/") else { return current }
      folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
    }
  }

  /// The absolute path of the folder that a root is to be made in.
  static func parent(of given: String) throws(RunFailure) -> String {
    if let path = try absolute(folder(of: given)) { return path }
    guard errno == ENOENT else { throw failure("realpath", folder(of: given)) }
    throw .system(
      message: "the root '\(Printable.escaped(given))' is not there, nor is its parent",
      hint: "make the parent folder first, or correct --root")
  }

  /// The folder that a path's last part lies in.
  private static func folder(of path: String) -> String {
    var bytes = Array(path.utf8)
    while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == 0 ? "/" : String(decoding: bytes[..<slash], as: UTF8.self)
  }

  private static func absolute(_ path: String) throws(RunFailure) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    let raw = RawPath(copying: resolved)
    if let text = raw.text { return text }
    throw .system(
      message: "the root cannot be used: the path '\(raw.shown)' is no UTF-8",
      hint: "give the folder another name")
  }

  private static func failure(_ call: String, _ path: String) -> RunFailure {
    let error = SystemError(call, path)
    let hint =
      switch error.code {
      case EACCES, EPERM: "give yourself the permission, or choose another --root"
      case ENOSPC: "make room on the disk and try again"
      default: String?.none
      }
    return .system(message: "the root cannot be used: \(error)", hint: hint)
  }
}
