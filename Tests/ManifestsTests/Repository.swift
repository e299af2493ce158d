import Glibc
import Testing

/// The repository's own files, as tests read them.
enum Repository {
  static let folder: String = {
    // This file is Tests/ManifestsTests/Repository.swift.
    #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
  }()

  static func read(_ path: String) throws -> [UInt8] {
    guard let file = fopen(folder + "/" + path, "rb") else {
      throw Unreadable(path: path, code: errno)
    }
    defer { fclose(file) }
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
      result += buffer[..<count]
    }
    return result
  }

  /// The names of a folder's files with an ending, sorted.
  static func files(in path: String, ending: String) throws -> [String] {
    guard let folder = opendir(folder + "/" + path) else {
      throw Unreadable(path: path, code: errno)
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(ending) { names.append(name) }
    }
    return names.sorted()
  }

  struct Unreadable: Error {
    let path: String
    let code: Int32
  }

  /// Expects a file to hold exactly a text that the code makes; with `MTOR_TEST_UPDATE` set it is
  /// written instead.
  static func expect(_ path: String, toBe text: String) throws {
    let wanted = Array(text.utf8)
    if getenv("MTOR_TEST_UPDATE") != nil {
      guard let file = fopen(folder + "/" + path, "wb") else {
        throw Unreadable(path: path, code: errno)
      }
      fwrite(wanted, 1, wanted.count, file)
      fclose(file)
    }
    let found = try read(path)
    #expect(
      found == wanted,
      "\(path) is not what the code makes: MTOR_TEST_UPDATE=1 swift test --filter GeneratedFiles")
  }
}
