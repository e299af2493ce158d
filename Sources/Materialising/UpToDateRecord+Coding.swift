import Platform

/// The record as bytes: numbers of eight bytes, the lowest first; texts and lists after their
/// count.
extension UpToDateRecord {
  static let kind = "up-to-date"

  func encoded() -> [UInt8] {
    var bytes = SealedFile.heading(Self.kind)
    bytes.reserveCapacity(bytes.count + steps.reduce(0) { $0 + $1.files.count } * 160 + 4096)
    func put(_ number: some FixedWidthInteger) {
      withUnsafeBytes(of: UInt64(truncatingIfNeeded: number).littleEndian) { bytes += $0 }
    }
    func put(_ text: String) {
      put(text.utf8.count)
      bytes += text.utf8
    }
    identity.appendHex(to: &bytes)
    put(manifestName)
    manifestDigest.appendHex(to: &bytes)
    put(folders.count)
    for folder in folders { put(folder) }
    put(steps.count)
    for step in steps {
      put(step.id)
      put(step.files.count)
      for file in step.files {
        put(file.folder)
        put(file.name)
        file.digest.appendHex(to: &bytes)
        put(file.seen.mode)
        put(file.seen.size)
        put(file.seen.modified)
        put(file.seen.changed)
        put(file.seen.inode)
        put(file.seen.isRacy ? 1 : 0)
      }
    }
    return bytes
  }

  /// Reads the body of a sealed file; nil for anything that `encoded` does not write.
  init?(decoding body: ArraySlice<UInt8>) {
    var reader = Reader(rest: body)
    guard let identity = reader.digest(), let name = reader.text(), let digest = reader.digest(),
      let folders = reader.count()
    else { return nil }
    (self.identity, manifestName, manifestDigest) = (identity, name, digest)
    var paths: [String] = []
    for _ in 0..<folders {
      guard let path = reader.text() else { return nil }
      paths.append(path)
    }
    guard let stepCount = reader.count() else { return nil }
    var steps: [Step] = []
    for _ in 0..<stepCount {
      guard let id = reader.text(), let count = reader.count() else { return nil }
      var files: [File] = []
      files.reserveCapacity(count)
      for _ in 0..<count {
        guard let file = reader.file(), paths.indices.contains(file.folder) else { return nil }
        files.append(file)
      }
      steps.append(Step(id: id, files: files))
    }
    guard reader.rest.isEmpty else { return nil }
    (self.folders, self.steps) = (paths, steps)
  }

  private struct Reader {
    var rest: ArraySlice<UInt8>

    mutating func number() -> UInt64? {
      guard rest.count >= 8 else { return nil }
      let number = rest.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
      rest = rest.dropFirst(8)
      return UInt64(littleEndian: number)
    }

    /// A number of things of at least one byte each, so that no count can ask for more memory
    /// than the file has.
    mutating func count() -> Int? {
      guard let number = number(), number <= UInt64(rest.count) else { return nil }
      return Int(number)
    }

    mutating func text() -> String? {
      guard let count = count() else { return nil }
      defer { rest = rest.dropFirst(count) }
      return String(validating: rest.prefix(count), as: UTF8.self)
    }

    mutating func digest() -> Digest? {
      guard rest.count >= 64 else { return nil }
      defer { rest = rest.dropFirst(64) }
      return Digest(hexDigits: rest.prefix(64))
    }

    mutating func file() -> File? {
      guard let folder = number().flatMap({ Int(exactly: $0) }), let name = text(),
        let digest = digest(), let mode = number().flatMap({ UInt32(exactly: $0) }),
        let size = number(), let modified = number(), let changed = number(),
        let inode = number(), let racy = number(), racy <= 1
      else { return nil }
      let seen = Seen(
        mode: mode, size: Int64(bitPattern: size), modified: Int64(bitPattern: modified),
        changed: Int64(bitPattern: changed), inode: inode, isRacy: racy == 1)
      return File(folder: folder, name: name, digest: digest, seen: seen)
    }
  }
}
