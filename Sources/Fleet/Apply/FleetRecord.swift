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
  /// The same in a queue of many machines, of which several may have a fleet of this name.
  let sharedBatch: String
  private(set) var manifest = ""
  /// True where the queue holds a budget for the fleet.
  var isLimited = false
  /// True where the queue of many machines may have tasks of the fleet that have not ended.
  var isAway = false
  /// True from the beginning of an apply to its end: what it had not come to may not be known here.
  var isUnderWay = false
  /// By address, in the order of the fleet's file.
  private(set) var order: [String] = []
  /// What stands in the order.
  private var known: Set<String> = []
  private var entries: [String: FleetEntry] = [:]
  private let lock: Descriptor?
  /// How often the record was written as a whole: the number of its journal.
  private var generation = 0
  /// True where this process has written it, so that the journal ends with a whole line.
  private var isOwn = false

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
      let machine = try MachineMark.read(in: folder)
      sharedBatch = "fleet-\(FleetMember.digits(of: "\(machine) \(path)"))"
      if isChanging {
        let held = try Descriptor.open(self.folder + "/lock", O_RDWR | O_CREAT, mode: 0o600)
        try Self.lock(held.raw, self.folder + "/lock")
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

  /// Takes the record's lock, or throws EWOULDBLOCK: another process has it.
  private static func lock(_ raw: Int32, _ path: String) throws(SystemError) {
    var patience = 20
    while flock(raw, LOCK_EX | LOCK_NB) < 0 {
      if errno == EINTR { continue }
      // A process that is being started holds copies of all descriptors until its exec, so a lock may
      // outlive its owner for a moment.
      if errno != EWOULDBLOCK || patience == 0 { throw SystemError("flock", path) }
      patience -= 1
      usleep(10_000)
    }
  }

  private var path: String { folder + "/record.json" }

  /// What has changed since the record was written as a whole, an entry a line.
  private func journal(_ number: Int) -> String { "\(folder)/record.\(number).log" }

  private func load() throws(RunFailure) {
    var last = -1
    // Whoever writes it may write it anew between the two looks.
    for _ in 0..<5 {
      order = []
      known = []
      entries = [:]
      guard let json = try read() else { return }
      generation = json["generation"]?.integer ?? 0
      manifest = json["manifest"]?.string ?? ""
      isLimited = json["limited"]?.bool ?? false
      isAway = json["away"]?.bool ?? false
      isUnderWay = json["under_way"]?.bool ?? false
      guard let list = json["repositories"]?.array else { throw damaged }
      for item in list { try add(item) }
      try replay()
      if generation == last || lock != nil { return }
      last = generation
    }
  }

  private func read() throws(RunFailure) -> JSON? {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try Descriptor.open(path, O_RDONLY).readAll(limit: 1 << 30, path: path)
    } catch {
      if error.code == ENOENT { return nil }
      throw .system(message: "the fleet's record cannot be read: \(error)", hint: nil)
    }
    do { return try JSON(parsing: String(decoding: bytes, as: UTF8.self)) } catch { throw damaged }
  }

  private var damaged: RunFailure {
    .system(
      message: "the fleet's record \(Printable.escaped(path)) is damaged",
      hint: "set it aside: what was done is done again, at no cost where nothing differs")
  }

  private func add(_ json: JSON) throws(RunFailure) {
    guard let entry = FleetEntry(json) else { throw damaged }
    self[entry.row.address] = entry
  }

  private func replay() throws(RunFailure) {
    let path = journal(generation)
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try Descriptor.open(path, O_RDONLY).readAll(limit: 1 << 30, path: path)
    } catch {
      if error.code == ENOENT { return }
      throw .system(message: "the fleet's record cannot be read: \(error)", hint: nil)
    }
    // A line without its end is all that a kill leaves of one: it was not told to anybody yet.
    let whole = bytes.lastIndex(of: 0x0A).map { bytes[...$0] } ?? []
    for line in whole.split(separator: 0x0A) {
      let json: JSON
      do { json = try JSON(parsing: String(decoding: line, as: UTF8.self)) } catch {
        throw damaged
      }
      try add(json)
    }
  }

  /// Begins with the repositories of the file as it is now; what is known of them stays.
  func begin(_ addresses: [String], manifest: String) {
    self.manifest = manifest
    // What was pushed is kept even where the file does not name the repository any more: undo
    // has to find it.
    let named = Set(addresses)
    let others = order.filter { !named.contains($0) }
    let left = others.filter { entries[$0]?.hasPushed == true }
    for address in others where entries[address]?.hasPushed != true { entries[address] = nil }
    order = addresses + left
    known = Set(order)
  }

  subscript(address: String) -> FleetEntry? {
    get { entries[address] }
    set {
      if entries[address] == nil, newValue != nil, !known.contains(address) {
        order.append(address)
        known.insert(address)
      }
      entries[address] = newValue
    }
  }

  var all: [FleetEntry] { order.compactMap { entries[$0] } }

  /// Writes the record as a whole.
  func save() throws(RunFailure) {
    let old = generation
    generation += 1
    // One of that number may be left of a record that was removed.
    unlink(journal(generation))
    let json: JSON = [
      "generation": .integer(generation), "manifest": .string(manifest),
      "limited": .bool(isLimited), "away": .bool(isAway), "under_way": .bool(isUnderWay),
      "repositories": .array(all.map(\.json)),
    ]
    do throws(SystemError) {
      try ReplacedFile.write(json.bytes(.compact), to: path, mode: 0o600)
    } catch {
      generation = old
      throw Self.unwritten(error)
    }
    isOwn = true
    // Its name is known no more: what cannot be removed harms nobody.
    unlink(journal(old))
  }

  /// Keeps an entry by one line of the journal: a record of many is not written for each of them.
  func keep(_ entry: FleetEntry) throws(RunFailure) {
    self[entry.row.address] = entry
    try keep([entry.row.address])
  }

  /// Keeps the entries of some addresses as they are now.
  func keep(_ addresses: [String]) throws(RunFailure) {
    if !isOwn { return try save() }
    var lines: [UInt8] = []
    for address in addresses {
      if let entry = entries[address] { lines += entry.json.bytes(.compact) + [0x0A] }
    }
    let path = journal(generation)
    do throws(SystemError) {
      let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
      try file.writeAll(lines, path: path)
      if fdatasync(file.raw) != 0 { throw SystemError("fdatasync", path) }
    } catch {
      // It may end in half a line, behind which none may stand.
      isOwn = false
      throw Self.unwritten(error)
    }
  }

  private static func unwritten(_ error: SystemError) -> RunFailure {
    .system(
      message: "the fleet's record cannot be written: \(error)",
      hint: error.code == ENOSPC ? "make room on the disk and try again" : nil)
  }

  /// Forgets everything.
  func remove() throws(RunFailure) {
    if unlink(path) != 0 && errno != ENOENT {
      throw .system(
        message: "the fleet's record cannot be removed: \(SystemError("unlink"))", hint: nil)
    }
    unlink(journal(generation))
    order = []
    known = []
    entries = [:]
    isLimited = false
    isAway = false
    isUnderWay = false
  }

  // MARK: Changes

  /// Keeps the text of a change under its digest.
  func keep(change: [UInt8]) throws(RunFailure) -> Digest {
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
    let rows = all.map(\.shownRow)
    let digests = Set(rows.compactMap(\.change))
    return Matrix(
      kind: .apply, manifest: manifest, file: file, rows: rows,
      changes: Dictionary(uniqueKeysWithValues: digests.map { ($0, change($0)) }))
  }
}
