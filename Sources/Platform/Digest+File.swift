import Glibc

extension Digest {
  /// The digest of an open file from its position to its end, read in pieces.
  ///
  /// `size` is that of a regular file at its beginning, as fstat(2) told it, in bytes: a read that asks
  /// for more and gets just as many has met the end, and none that tells so need follow.
  public static func ofFile(
    _ descriptor: Int32, size: Int64? = nil, path: String? = nil
  ) throws(SystemError) -> Digest {
    var hash = Hasher256()
    let room = 1 << 17
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = read(descriptor, buffer.baseAddress!, room)
      if count > 0 {
        hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        if count < room, let size, Int64(count) == size { return hash.finish() }
      } else if count == 0 {
        return hash.finish()
      } else if errno != EINTR {
        throw SystemError("read", path)
      }
    }
  }
}
