import Glibc

/// Files of the benchmark's own folder; a failure to write one ends the row.
enum Files {
  static func write(_ bytes: [UInt8], to path: String) throws(BenchFailure) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { close(descriptor) }
    var from = 0
    while from < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + from, bytes.count - from)
      }
      guard count > 0 else { throw failure("write", path) }
      from += count
    }
  }

  static func write(_ text: String, to path: String) throws(BenchFailure) {
    try write(Array(text.utf8), to: path)
  }

  static func read(_ path: String) throws(BenchFailure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &piece, piece.count)
      guard count >= 0 else { throw failure("read", path) }
      if count == 0 { return bytes }
      bytes += piece[..<count]
    }
  }

  static func size(of path: String) throws(BenchFailure) -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else { throw failure("stat", path) }
    return Int(status.st_size)
  }

  static func makeFolder(_ path: String) throws(BenchFailure) {
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure("mkdir", path) }
  }

  /// Writes to standard error, which is for people; a failure to is nobody's concern.
  static func say(_ text: String) {
    _ = Array(text.utf8).withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
  }

  private static func failure(_ call: String, _ path: String) -> BenchFailure {
    BenchFailure("\(call) \(path): \(String(cString: strerror(errno)))")
  }
}
