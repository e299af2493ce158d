import CMtor
import Glibc
import Platform

/// The three moves between the tree and a transaction's store.
///
/// Where a file system has no RENAME_NOREPLACE or RENAME_EXCHANGE (some network ones), links and
/// plain renames stand in; `isWeak` then says that a change in between could go unseen.
final class Renaming {
  /// The store's descriptor.
  private let store: Int32
  private(set) var isWeak = false

  init(store: Int32) { self.store = store }

  /// The name beside a slot where the old file waits when there is no exchange.
  static func spare(_ slot: Int) -> String { "\(slot).old" }

  /// From the slot to a name where nothing may stand (EEXIST).
  func place(_ slot: Int, _ folder: Int32, _ name: String, path: String) throws(SystemError) {
    try move(store, String(slot), folder, name, path: path)
  }

  /// From the tree into the empty slot.
  func takeAside(_ slot: Int, _ folder: Int32, _ name: String, path: String) throws(SystemError) {
    try move(folder, name, store, String(slot), path: path)
  }

  /// The slot's file and the tree's change places.
  func exchange(_ slot: Int, _ folder: Int32, _ name: String, path: String) throws(SystemError) {
    let code = mtor_rename_exchange(store, String(slot), folder, name)
    if code == 0 { return }
    guard Self.isUnsupported(code) else {
      throw SystemError("renameat2", path, code: -code)
    }
    isWeak = true
    // A crash after any of the three is seen by `settle`.
    let spare = Self.spare(slot)
    try call("linkat", path) { linkat(folder, name, store, spare, 0) }
    try call("renameat", path) { renameat(store, String(slot), folder, name) }
    try call("renameat", path) { renameat(store, spare, store, String(slot)) }
  }

  /// Ends an exchange without RENAME_EXCHANGE that was cut off: afterwards the slot holds the new
  /// file and the tree the old one, or the other way round, as with the real call.
  func settle(_ slot: Int) throws(SystemError) {
    let spare = Self.spare(slot)
    guard try FileStatus.of(spare, in: store) != nil else { return }
    if try FileStatus.of(String(slot), in: store) == nil {
      try call("renameat", spare) { renameat(store, spare, store, String(slot)) }
    } else {
      try call("unlinkat", spare) { unlinkat(store, spare, 0) }
    }
  }

  private func move(
    _ from: Int32, _ name: String, _ to: Int32, _ newName: String, path: String
  ) throws(SystemError) {
    let code = mtor_rename_new(from, name, to, newName)
    if code == 0 { return }
    guard Self.isUnsupported(code) else {
      throw SystemError("renameat2", path, code: -code)
    }
    isWeak = true
    if try FileStatus.of(name, in: from, path: path)?.kind == .directory {
      // A folder cannot be linked; rename(2) takes the place of an empty folder only.
      if try FileStatus.of(newName, in: to, path: path) != nil {
        throw SystemError("renameat", path, code: EEXIST)
      }
      try call("renameat", path) { renameat(from, name, to, newName) }
    } else {
      // link(2) refuses a name that is taken. A crash before the unlink leaves both names, which
      // recovery takes for one file.
      try call("linkat", path) { linkat(from, name, to, newName, 0) }
      try call("unlinkat", path) { unlinkat(from, name, 0) }
    }
  }

  private static func isUnsupported(_ code: Int32) -> Bool {
    code == -EINVAL || code == -ENOSYS || code == -EOPNOTSUPP
  }

  private func call(
    _ name: String, _ path: String, _ body: () -> Int32
  ) throws(SystemError) {
    while body() < 0 {
      if errno != EINTR { throw SystemError(name, path) }
    }
  }
}
