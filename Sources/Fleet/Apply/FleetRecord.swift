import Engine
import Glibc
import Platform

/// What is known of a fleet, kept in a file that is whole after every change: whoever is killed
/// goes on from there.
final class FleetRecord {
  /// The folder of this fleet's own, absolute.
  let folder: String
  /// The batch of its tasks.
  let batch: String
  private(set) var manifest = ""
  /// By address, in the order of the fleet's file.
  private(set) var order: [String] = []
  private var entries: [String: FleetEntry] = [:]
  private let lock: Descriptor?

  /// Opens the record of a fleet's file.
  ///
  /// - Parameter isChanging: true to be the only one that changes it; another one is `busy`.
  init(of file: String, in folder: String, isChanging: Bool) throws(RunFailure) {
    let real = realpath(file, nil)
    defer { free(real) }
    let path = real.map { String(cString: $0) } ?? file
    let digits = FleetMember.digits(of: path)
    batch = "fleet-\(digits)"
    self.folder = "\(folder)/records/\(digits)"
    do throws(SystemError) {
      try GitMirror.makeFolder(self.folder + "/changes")
      if isChanging {
        let held = try Descriptor.open(self.folder + "/lock", O_RDWR | O_CREAT, mode: 0o600)
        if flock(held.raw, LOCK_EX | LOCK_NB) != 0 {
          throw SystemError("flock", self.folder + "/lock")
        }
        lock = consume held
      } else {
        lock = nil
      }
    } catch {
      if error.code == EWOULDBLOCK {
        throw .busy(
          message: "another mtor works on this fleet", hint: "mtor fleet status shows how far it is"
        )
      }
      throw .system(message: "the fleet's record cannot be used: \(error)", hint: nil)
    }
    try load()
  }

  private var path: String { folder + "/record.json" }

  private func load() throws(RunFailure) {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try Descriptor.open(path, O_RDONLY).readAll(limit: 1 << 30, path: path)
    } catch {
      if error.code == ENOENT { return }
      throw .system(message: "the fleet's record cannot be read: \(error)", hint: nil)
    }
    let damaged = RunFailure.system(
      message: "the fleet's record \(Printable.escaped(path)) is damaged",
      hint: "set it aside: what was done is done again, at no cost where nothing differs")
    let json: JSON
    do { json = try JSON(parsing: String(decoding: bytes, as: UTF8.self)) } catch { throw damaged }
    guard let list = json["repositories"]?.array else { throw damaged }
    manifest = json["manifest"]?.string ?? ""
    for item in list {
      guard let entry = FleetEntry(item) else { throw damaged }
      order.append(entry.row.address)
      entries[entry.row.address] = entry
    }
  }

  /// Begins with the repositories of the file as it is now; what is known of them stays.
  func begin(_ addresses: [String], manifest: String) {
    self.manifest = manifest
    // What was pushed is kept even where the file does not name the repository any more: undo
    // has to find it.
    let known = Set(addresses)
    let left = order.filter { !known.contains($0) && entries[$0]?.pushed != nil }
    for address in order where !known.contains(address) && !left.contains(address) {
      entries[address] = nil
    }
    order = addresses + left
  }

  subscript(address: String) -> FleetEntry? {
    get { entries[address] }
    set { entries[address] = newValue }
  }

  var all: [FleetEntry] { order.compactMap { entries[$0] } }

  func save() throws(RunFailure) {
    let json: JSON = [
      "manifest": .string(manifest), "repositories": .array(all.map(\.json)),
    ]
    do throws(SystemError) {
      try ReplacedFile.write(json.bytes(.compact), to: path, mode: 0o600)
    } catch {
      throw .system(
        message: "the fleet's record cannot be written: \(error)",
        hint: error.code == ENOSPC ? "make room on the disk and try again" : nil)
    }
  }

  /// Forgets everything.
  func remove() throws(RunFailure) {
    if unlink(path) != 0 && errno != ENOENT {
      throw .system(
        message: "the fleet's record cannot be removed: \(SystemError("unlink"))", hint: nil)
    }
    order = []
    entries = [:]
  }

  // MARK: Changes

  /// Keeps the text of a change under its digest.
  func keep(_ change: [UInt8]) throws(RunFailure) -> Digest {
    let digest = Digest(of: change)
    let path = "\(folder)/changes/\(digest.hex).diff"
    if access(path, F_OK) == 0 { return digest }
    do throws(SystemError) { try ReplacedFile.write(change, to: path, mode: 0o600) } catch {
      throw .system(message: "a change cannot be kept: \(error)", hint: nil)
    }
    return digest
  }

  private func change(_ digest: Digest) -> String {
    let path = "\(folder)/changes/\(digest.hex).diff"
    do {
      let bytes = try Descriptor.open(path, O_RDONLY).readAll(limit: 64 << 20, path: path)
      return Printable.output(bytes)
    } catch {
      return "(the change cannot be shown: \(error))\n"
    }
  }

  /// The matrix of what is known.
  func matrix(of file: String) -> Matrix {
    let rows = all.map(\.row)
    let digests = Set(rows.compactMap(\.change))
    return Matrix(
      kind: .apply, manifest: manifest, file: file, rows: rows,
      changes: Dictionary(uniqueKeysWithValues: digests.map { ($0, change($0)) }))
  }
}
