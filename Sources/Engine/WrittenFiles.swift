import Glibc
import Platform

/// The files that a command line names to be written, and what must not be lost by that.
public struct WrittenFiles: Sendable {
  /// A file with the flag that names it.
  public struct File: Sendable {
    public let flag: String
    public let path: String

    public init(flag: String, path: String) {
      self.flag = flag
      self.path = path
    }
  }

  public let files: [File]

  public init(_ files: [File] = []) { self.files = files }

  /// Throws where two flags name one file, and where one of them names what begins as a manifest.
  public func check() throws(RunFailure) {
    var known: [FilePlace: File] = [:]
    for file in files {
      guard let place = FilePlace(file.path) else { continue }
      if let other = known.updateValue(file, forKey: place) {
        throw refusal(
          "\(other.flag) and \(file.flag) name one file, '\(Printable.escaped(file.path))'")
      }
      if Self.beginsAsManifest(file.path) {
        throw refusal(
          "\(file.flag) would replace '\(Printable.escaped(file.path))', which is a manifest")
      }
    }
  }

  /// Throws where one of them is a file that is to stay; `what` says which, such as `the manifest`.
  public func refuse(over path: String, _ what: String) throws(RunFailure) {
    if files.isEmpty { return }
    try places().refuse(over: path, what)
  }

  /// The same for many.
  public func refuse(over paths: [String], _ what: String) throws(RunFailure) {
    if files.isEmpty { return }
    let places = self.places()
    for path in paths { try places.refuse(over: path, what) }
  }

  /// Where they are, looked up once for many questions.
  func places() -> Places {
    var all: [(file: File, place: FilePlace, real: String)] = []
    for file in files {
      guard let place = FilePlace(file.path) else { continue }
      all.append((file, place, Self.real(file.path) ?? file.path))
    }
    return Places(all: all)
  }

  struct Places {
    fileprivate let all: [(file: File, place: FilePlace, real: String)]

    func refuse(over path: String, _ what: String) throws(RunFailure) {
      if all.isEmpty { return }
      guard let place = FilePlace(path) else { return }
      if let hit = all.first(where: { $0.place == place }) {
        throw refusal(
          "\(hit.file.flag) would replace '\(Printable.escaped(hit.file.path))', which is \(what)")
      }
    }

    /// Throws where a pattern of paths below `root` matches one of them.
    func refuse(matching pattern: String, below root: String, _ what: String) throws(RunFailure) {
      // One that is no pattern is told as such later.
      let parsed = Result { () throws(Glob.Fault) in try Glob(pattern) }
      guard case .success(let glob) = parsed else { return }
      for (file, _, real) in all where real.utf8.starts(with: "\(root)/".utf8) {
        let below = String(decoding: real.utf8.dropFirst(root.utf8.count + 1), as: UTF8.self)
        if glob.matches(below) {
          throw refusal(
            "\(file.flag) would write '\(Printable.escaped(file.path))', which is \(what)")
        }
      }
    }

    /// Throws where one of them lies in a folder that a run declares as a whole.
    func refuse(inside folder: String, _ what: String) throws(RunFailure) {
      if let hit = all.first(where: { $0.real.utf8.starts(with: "\(folder)/".utf8) }) {
        throw refusal(
          "\(hit.file.flag) would write '\(Printable.escaped(hit.file.path))', which is \(what)")
      }
    }
  }

  /// The path without links, also of a file that is not there yet.
  private static func real(_ path: String) -> String? {
    if let whole = resolved(path) { return whole }
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let folder = slash.map { String(decoding: path.utf8[...$0], as: UTF8.self) } ?? "."
    let name = slash.map { String(decoding: path.utf8[$0...].dropFirst(), as: UTF8.self) } ?? path
    return resolved(folder).map { $0 + "/" + name }
  }

  private static func resolved(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  /// True for a file that begins as a manifest in either notation: no report does, and such a file
  /// is somebody's work.
  private static func beginsAsManifest(_ path: String) -> Bool {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count: Int
    do {
      let file = try Descriptor.open(path, O_RDONLY | O_NONBLOCK)
      count = read(file.raw, &bytes, bytes.count)
    } catch {
      // One that is not there, or not to be read: what may be written to it is said elsewhere.
      return false
    }
    guard count > 0 else { return false }
    for line in bytes[..<count].split(separator: UInt8(ascii: "\n")) {
      if line.starts(with: "mtor:".utf8) { return true }
      guard mayStandAbove(line) else { return false }
    }
    return false
  }

  /// True for what may stand before a manifest's first key: comments, front matter, other keys.
  private static func mayStandAbove(_ line: ArraySlice<UInt8>) -> Bool {
    guard let first = line.first else { return true }
    if "# \r".utf8.contains(first) || line.starts(with: "---".utf8) { return true }
    let key = line.prefix { isOfKey($0) }
    return !key.isEmpty && line.dropFirst(key.count).first == UInt8(ascii: ":")
  }

  private static func isOfKey(_ byte: UInt8) -> Bool {
    UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || byte == UInt8(ascii: "_")
  }
}

private func refusal(_ message: String) -> RunFailure {
  .usage(message: message, hint: "nothing was done; name another file")
}
