import Glibc
import Platform

/// Who holds a lock, from /proc/locks.
enum LockHolder {
  /// Such as `process 4711 (mtor apply x.yaml)`; says so where it cannot be told.
  static func name(of folder: FileStatus) -> String {
    guard let process = process(holding: folder) else {
      return "its process cannot be told from here; wait until it has ended"
    }
    let command = text(of: "/proc/\(process)/cmdline").map { bytes in
      bytes.split(separator: 0).map { Printable.escaped(String(decoding: $0, as: UTF8.self)) }
        .joined(separator: " ")
    }
    let short = command.map { $0.count > 80 ? $0.prefix(77) + "..." : $0[...] }
    return "process \(process)" + (short.map { " (\($0))" } ?? "")
  }

  /// Lines such as `1: FLOCK  ADVISORY  WRITE 4711 fe:00:1234 0 EOF`, the device in hexadecimal.
  private static func process(holding folder: FileStatus) -> Int? {
    guard let bytes = text(of: "/proc/locks") else { return nil }
    for line in bytes.split(separator: 0x0A) {
      let words = line.split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
      guard words.count >= 6, words[1] == "FLOCK", let process = Int(words[4]), process > 0,
        let inode = words[5].split(separator: ":").last.flatMap({ UInt64($0) })
      else { continue }
      // The device is not compared: /proc/locks and stat(2) name it differently on some file
      // systems (btrfs, overlayfs), and this is only a name for a message.
      if inode == folder.inode { return process }
    }
    return nil
  }

  private static func text(of path: String) -> [UInt8]? {
    do throws(SystemError) {
      return try Descriptor.open(path, O_RDONLY).readAll(limit: 1 << 22, path: path)
    } catch {
      // No /proc, or a process that has just ended: the message does without.
      return nil
    }
  }
}
