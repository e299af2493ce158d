import Glibc

/// A fresh folder that goes, with all below it, when its owner does.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/mtor-test-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
  }

  deinit { Self.removeAll(path) }

  func file(_ name: String) -> String { path + "/" + name }

  func write(_ text: String, to name: String, mode: mode_t = 0o644) {
    let raw = open(file(name), O_WRONLY | O_CREAT | O_TRUNC, mode)
    let bytes = Array(text.utf8)
    precondition(raw >= 0 && Glibc.write(raw, bytes, bytes.count) == bytes.count)
    close(raw)
  }

  private static func removeAll(_ path: String) {
    guard let stream = opendir(path) else {
      unlink(path)
      return
    }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name == "." || name == ".." { continue }
      let child = path + "/" + name
      if entry.pointee.d_type == UInt8(DT_DIR) { removeAll(child) } else { unlink(child) }
    }
    closedir(stream)
    rmdir(path)
  }
}
