import CMtor
import Glibc

/// An open file descriptor that closes itself when its owner goes.
///
/// All of them are close-on-exec: a command inherits nothing but what it is given.
public struct Descriptor: ~Copyable, Sendable {
  /// The number, valid as long as this value lives; borrowed, never to be closed by the caller.
  public let raw: Int32

  /// Takes ownership of an open descriptor.
  public init(owning raw: Int32) { self.raw = raw }

  /// A second descriptor of the same open file, by fcntl(2).
  public init(duplicating other: Int32) throws(SystemError) {
    let raw = fcntl(other, F_DUPFD_CLOEXEC, 0)
    if raw < 0 { throw SystemError("fcntl") }
    self.raw = raw
  }

  // close(2) is never retried: after EINTR the descriptor is gone on Linux.
  deinit { close(raw) }

  /// Opens a path of the machine (not of the tree) by open(2), retried on EINTR.
  public static func open(
    _ path: String, _ flags: Int32, mode: UInt32 = 0
  ) throws(SystemError) -> Descriptor {
    while true {
      let raw = Glibc.open(path, flags | O_CLOEXEC, mode)
      if raw >= 0 { return Descriptor(owning: raw) }
      if errno != EINTR { throw SystemError("open", path) }
    }
  }

  /// Writes all bytes by write(2), through short writes and EINTR.
  public borrowing func writeAll(
    _ bytes: UnsafeRawBufferPointer, path: String? = nil
  ) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let count = write(raw, bytes.baseAddress! + done, bytes.count - done)
      if count > 0 {
        done += count
      } else if count == 0 {
        throw SystemError("write", path, code: EIO)
      } else if errno != EINTR {
        throw SystemError("write", path)
      }
    }
  }

  /// Writes all bytes by write(2).
  public borrowing func writeAll(_ bytes: [UInt8], path: String? = nil) throws(SystemError) {
    let buffer = bytes.span
    var done = 0
    while done < bytes.count {
      let count = buffer.withUnsafeBytes { write(raw, $0.baseAddress! + done, $0.count - done) }
      if count > 0 {
        done += count
      } else if count == 0 {
        throw SystemError("write", path, code: EIO)
      } else if errno != EINTR {
        throw SystemError("write", path)
      }
    }
  }

  /// Reads to the end of the file, or throws EFBIG where there are more than `limit` bytes.
  ///
  /// A read error is never taken for the end. `sizeHint` is the size of a regular file as fstat(2) told
  /// it, or 0: where one read asks for more and gets just as many bytes, that was all.
  public borrowing func readAll(
    limit: Int = .max, sizeHint: Int = 0, path: String? = nil
  ) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    var room = max(min(sizeHint, limit), 4096) &+ 1
    while true {
      let start = bytes.count
      var failure: Int32 = 0
      var count = 0
      let chunk = [UInt8](unsafeUninitializedCapacity: room) { buffer, initialised in
        repeat { count = read(raw, buffer.baseAddress!, room) } while count < 0 && errno == EINTR
        failure = count < 0 ? errno : 0
        initialised = max(count, 0)
      }
      if failure != 0 { throw SystemError("read", path, code: failure) }
      if count == 0 { return bytes }
      if start == 0 { bytes = chunk } else { bytes += chunk }
      if bytes.count > limit { throw SystemError("read", path, code: EFBIG) }
      if start == 0 && count == sizeHint && count < room { return bytes }
      // The usual file ends with the next read; a longer one grows geometrically.
      room = count < room ? 4096 : max(65_536, bytes.count)
    }
  }
}
