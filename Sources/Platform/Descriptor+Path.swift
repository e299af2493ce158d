import Glibc

extension Descriptor {
  /// The absolute path of an open file or folder as the kernel knows it (`/proc/self/fd`), for
  /// messages; nil where there is no /proc or no name.
  public static func path(of raw: Int32) -> String? {
    guard
      let text = try? RootTree.linkTarget(of: "/proc/self/fd/\(raw)", in: AT_FDCWD),
      text.utf8.first == UInt8(ascii: "/")
    else { return nil }
    return text
  }
}
