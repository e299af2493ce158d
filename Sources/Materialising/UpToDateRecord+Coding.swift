import Platform

/// The record as bytes: numbers of eight bytes, the lowest first; texts and lists after their
/// count; digests as they are.
extension UpToDateRecord {
  static let kind = "up-to-date"

  func encoded() -> [UInt8] {
    var bytes = SealedFile.heading(Self.kind)
    bytes.reserveCapacity(bytes.count + steps.reduce(0) { $0 + $1.files.count } * 120 + 4096)
    func put(_ number: some FixedWidthInteger) {
      withUnsafeBytes(of: UInt64(truncatingIfNeeded: number).littleEndian) { bytes += $0 }
    }
    func put(_ text: String) {
      put(text.utf8.count)
      bytes += text.utf8
    }
    identity.append(to: &bytes)
    put(manifestName)
    manifestDigest.append(to: &bytes)
    put(folders.count)
    for folder in folders { put(folder) }
    put(steps.count)
    for step in steps {
      put(step.id)
      put(step.files.count)
      for file in step.files {
        put(file.folder)
        put(file.name)
        file.digest.append(to: &bytes)
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
    let record = body.withUnsafeBytes { bytes -> UpToDateRecord? in
      var reader = Reader(bytes: bytes)
      return reader.record()
    }
    guard let record else { return nil }
    self = record
  }

  private struct Reader {
    let bytes: UnsafeRawBufferPointer
    var place = 0

    private var left: Int { bytes.count - place }

    mutating func record() -> UpToDateRecord? {
      guard let identity = digest(), let name = text(), let digest = digest(),
        let folderCount = count()
      else { return nil }
      var folders: [String] = []
      for _ in 0..<folderCount {
        guard let path = text() else { return nil }
        folders.append(path)
      }
      guard let stepCount = count() else { return nil }
      var steps: [Step] = []
      for _ in 0..<stepCount {
        guard let id = text(), let fileCount = count() else { return nil }
        var files: [File] = []
        files.reserveCapacity(min(fileCount, left / File.leastBytes))
        for _ in 0..<fileCount {
          guard let file = file(), folders.indices.contains(file.folder) else { return nil }
          files.append(file)
        }
        steps.append(Step(id: id, files: files))
      }
      guard left == 0 else { return nil }
      return UpToDateRecord(
        identity: identity, manifestName: name, manifestDigest: digest, folders: folders,
        steps: steps)
    }

    mutating func number() -> UInt64? {
      guard left >= 8 else { return nil }
      defer { place += 8 }
      return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    /// A number of things of at least one byte each, so that no count can ask for more memory
    /// than the file has.
    mutating func count() -> Int? {
      guard let number = number(), number <= UInt64(left) else { return nil }
      return Int(number)
    }

    mutating func text() -> String? {
      guard let count = count() else { return nil }
      defer { place += count }
      let part = UnsafeRawBufferPointer(rebasing: bytes[place..<place + count])
      return String(validating: part.bindMemory(to: UInt8.self), as: UTF8.self)
    }

    mutating func digest() -> Digest? {
      guard left >= Digest.byteCount else { return nil }
      defer { place += Digest.byteCount }
      return Digest(bytes: bytes, at: place)
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

extension UpToDateRecord.File {
  /// Eight numbers and a digest.
  fileprivate static let leastBytes = 8 * 8 + Digest.byteCount
}
