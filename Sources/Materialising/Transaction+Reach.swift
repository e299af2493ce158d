import CMtor
import Glibc
import Planning
import Platform

/// What keeps a transaction from being taken back, found out before anything is touched.
extension Transaction {
  /// Where something cannot be put back, and why, as the end of a sentence.
  ///
  /// Looked at are rights, mounts and flags, which last; a disk may still fail in the middle.
  func obstructed() throws(SystemError) -> [(operation: Operation, why: String)] {
    var found: [(Operation, String)] = []
    var known: [RelativePath?: FolderReach] = [:]
    let room = try Self.place("", in: store.raw, "the undo store")
    for operation in operations where operation.kind != .note {
      let folder = operation.path.parent
      let reach: FolderReach
      if let seen = known[folder] {
        reach = seen
      } else {
        reach = try self.reach(of: folder, from: room)
        known[folder] = reach
      }
      switch reach {
      case .free(let place, let isTheirs):
        guard isTheirs, let why = try fault(of: operation, in: place) else { continue }
        found.append((operation, why))
      case .fault(let why): found.append((operation, why))
      }
    }
    return found
  }

  private enum FolderReach {
    /// Names in it can be changed; `isTheirs` where it is the folder itself, and not the nearest one
    /// above that is left of it.
    case free(mtor_place, isTheirs: Bool)
    case fault(String)
  }

  private func reach(
    of folder: RelativePath?, from room: mtor_place
  ) throws(SystemError) -> FolderReach {
    var nearest = folder
    var descriptor: Int32
    while true {
      do throws(SystemError) {
        descriptor = try folders.open(nearest)
        break
      } catch {
        if error.code == EACCES { return .fault("its folder may not be entered") }
        // Gone, or something else by now: what there is to say of that is said elsewhere.
        guard error.isAboutPath, let gone = nearest else { throw error }
        nearest = gone.parent
      }
    }
    let name = nearest.map { "'\($0)'" } ?? "the root"
    if faccessat(descriptor, ".", W_OK | X_OK, AT_EACCESS) < 0,
      [EACCES, EPERM, EROFS].contains(errno)
    {
      let reason = SystemError("faccessat", nearest?.text ?? ".").reason
      return .fault("\(name) may not be written to (\(reason))")
    }
    let place = try Self.place("", in: descriptor, nearest?.text ?? ".")
    if place.is_fixed { return .fault("\(name) is immutable (chattr)") }
    if place.device != room.device || place.mount != room.mount {
      return .fault("\(name) is another file system, or mounted there by itself")
    }
    return .free(place, isTheirs: nearest == folder)
  }

  /// Why the file itself cannot be moved.
  private func fault(
    of operation: Operation, in folder: mtor_place
  ) throws(SystemError) -> String? {
    let place: mtor_place
    do throws(SystemError) {
      let (descriptor, name) = try locate(operation)
      place = try Self.place(name, in: descriptor, operation.path.text)
    } catch {
      if error.isAboutPath { return nil }
      throw error
    }
    if place.is_fixed { return "it is immutable (chattr)" }
    return place.mount == folder.mount ? nil : "something is mounted on it"
  }

  private static func place(
    _ name: String, in folder: Int32, _ path: String
  ) throws(SystemError) -> mtor_place {
    var place = mtor_place()
    let code = mtor_place(folder, name, &place)
    if code < 0 { throw SystemError("statx", path, code: -code) }
    return place
  }
}
