import Glibc
public import Platform

/// A fresh folder of a test's own, removed with all below it when its owner goes.
public final class TemporaryFolder {
  public let path: String

  public init() {
    var template = Array("/tmp/mtor-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { preconditionFailure("mkdtemp: errno \(errno)") }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit { Self.removeAll(path) }

  /// The absolute path of something in the folder.
  public func file(_ name: String) -> String { path + "/" + name }

  /// Writes a text to a file, which is made anew; missing folders are made.
  public func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws(SystemError) {
    try write(name, Array(text.utf8), mode: mode)
  }

  /// Writes bytes to a file, which is made anew; missing folders are made.
  public func write(_ name: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(SystemError) {
    for (index, character) in name.enumerated() where character == "/" {
      mkdir(file(String(name.prefix(index))), 0o755)
    }
    let file = try Descriptor.open(file(name), O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
    try write(bytes, to: file)
    fchmod(file.raw, mode)
  }

  private func write(
    _ bytes: [UInt8], to file: borrowing Descriptor
  ) throws(SystemError) {
    let span = bytes.span
    let result = span.withUnsafeBytes { buffer in
      Result { () throws(SystemError) in try file.writeAll(buffer) }
    }
    try result.get()
  }

  /// The bytes of a file.
  public func bytes(_ name: String) throws(SystemError) -> [UInt8] {
    try Descriptor.open(file(name), O_RDONLY).readAll(path: name)
  }

  /// The text of a file.
  public func text(_ name: String) throws(SystemError) -> String {
    String(decoding: try bytes(name), as: UTF8.self)
  }

  /// The permission bits of a path, links not followed; nil where nothing stands.
  public func mode(_ name: String) -> UInt32? {
    var status = stat()
    return lstat(file(name), &status) == 0 ? status.st_mode & 0o7777 : nil
  }

  private static func removeAll(_ path: String) {
    guard unlink(path) != 0, let stream = opendir(path) else { return }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { removeAll(path + "/" + name) }
    }
    closedir(stream)
    rmdir(path)
  }
}
