import Glibc

extension Digest {
  /// The digest of an open file from its position to its end, read in pieces.
  public static func ofFile(
    _ descriptor: Int32, path: String? = nil
  ) throws(SystemError) -> Digest {
    var hash = Hasher256()
    let size = 1 << 17
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = read(descriptor, buffer.baseAddress!, size)
      if count > 0 {
        hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      } else if count == 0 {
        return hash.finish()
      } else if errno != EINTR {
        throw SystemError("read", path)
      }
    }
  }
}
