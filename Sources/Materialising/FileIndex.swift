import CMtor
public import Platform

/// Digests of files that need not be read again, as long as size, times and inode are the same.
///
/// git's racy rule: an entry is kept only if the file's change time lay before the moment when it
/// was looked at, by the clock that the kernel stamps files by; a later change then has a later
/// time.
public final class FileIndex {
  static let kind = "index"

  private struct Entry {
    var size: Int64
    var modified: Int64
    var changed: Int64
    var inode: UInt64
    var digest: Digest
    /// The permission bits; nil for a file that an earlier process has looked at.
    var mode: UInt32?
  }

  private var entries: [RelativePath: Entry] = [:]

  init() {}

  /// The digest of the file whose status is this; nil where it must be read.
  public func digest(of path: RelativePath, status: FileStatus) -> Digest? {
    guard let entry = entries[path], entry.size == status.size,
      entry.modified == status.modified, entry.changed == status.changed,
      entry.inode == status.inode
    else { return nil }
    return entry.digest
  }

  /// The moment to pass to `remember`: to be taken before the status.
  public static var now: Int64 { mtor_file_clock() }

  /// Waits, a second at most, until what is written has another whole second than `time`
  /// (nanoseconds since 1970); not at all where it is another one already.
  ///
  /// By its source's size and whole second Python knows whether what it has compiled is still good
  /// (PEP 552 describes that header); other tools keep whole seconds too. A signal ends the wait.
  public static func awaitSecond(after time: Int64) {
    let second: Int64 = 1_000_000_000
    // By the clock that files are stamped by: it goes in ticks, behind the other one.
    while now / second == time / second, Interruption.count == 0 {
      poll(nil, 0, Int32((second - now % second) / 1_000_000) + 1)
    }
  }

  /// Keeps a digest; `before` is the moment before the status was asked for.
  func remember(_ digest: Digest, of path: RelativePath, status: FileStatus, before: Int64) {
    guard Self.isSettled(status, before: before) else {
      entries[path] = nil
      return
    }
    entries[path] = Entry(
      size: status.size, modified: status.modified, changed: status.changed,
      inode: status.inode, digest: digest, mode: status.mode)
  }

  /// What was kept of a regular file by this process; nil where it must be looked at.
  func seen(_ path: RelativePath) -> (status: UpToDateRecord.Seen, digest: Digest)? {
    guard let entry = entries[path], let mode = entry.mode else { return nil }
    let seen = UpToDateRecord.Seen(
      mode: mode, size: entry.size, modified: entry.modified, changed: entry.changed,
      inode: entry.inode, isRacy: false)
    return (seen, entry.digest)
  }

  /// True if a later change of the file shows in its times; `before` is a moment (`now`) from before
  /// its status was asked for. Where times are whole seconds, they may be all that a file system
  /// keeps: then two of them must have passed.
  public static func isSettled(_ status: FileStatus, before: Int64) -> Bool {
    let second: Int64 = 1_000_000_000
    let isCoarse = status.changed % second == 0 && status.modified % second == 0
    let latest = max(status.changed, status.modified)
    return isCoarse ? latest < before - 2 * second : latest < before
  }

  /// Makes room for so many more.
  func reserve(_ count: Int) { entries.reserveCapacity(entries.count + count) }

  func forget(_ path: RelativePath) { entries[path] = nil }
  func clear() { entries = [:] }

  func encoded() -> [UInt8] {
    var bytes = SealedFile.heading(Self.kind)
    bytes.reserveCapacity(entries.count * 180)
    for (path, entry) in entries {
      entry.digest.appendHex(to: &bytes)
      bytes += " \(entry.size) \(entry.modified) \(entry.changed) \(entry.inode) ".utf8
      bytes += path.text.utf8
      bytes.append(0x0A)
    }
    return bytes
  }

  /// Takes what it can read; the seal has vouched for the rest.
  func decode(_ body: ArraySlice<UInt8>) {
    var body = body
    while !body.isEmpty {
      var line = JournalLines.nextLine(&body)
      guard let digits = JournalLines.field(&line), let digest = Digest(hexDigits: digits),
        let size = JournalLines.number(&line), let modified = JournalLines.number(&line),
        let changed = JournalLines.number(&line), let inode = JournalLines.number(&line)
      else { continue }
      let path = RelativePath(trusted: String(decoding: line, as: UTF8.self))
      entries[path] = Entry(
        size: Int64(clamping: size), modified: Int64(clamping: modified),
        changed: Int64(clamping: changed), inode: inode, digest: digest)
    }
  }
}
