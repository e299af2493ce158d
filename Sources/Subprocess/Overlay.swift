import CMtor
import Glibc
import Platform

/// The overlays of a shadow: a host in a mount namespace of its own in which they stand over their
/// folders.
final class Overlay {
  let host: Host
  private let root: String
  private let storage: String
  /// What the host is told, as `mtor_shadow` says.
  private let bytes: [UInt8]

  /// Starts a host for a description; `enter` is what mounts.
  init(
    _ description: Shadow.Description, _ storage: ShadowStorage, inMemory: Bool,
    _ supervisor: String
  ) throws(SystemError) {
    host = try Host(supervisor)
    root = description.root
    self.storage = storage.path
    let folders = [description.root] + description.besides
    // As many as bubblewrap mounts, and for its reason.
    let pinned = Array(description.pinned.prefix(Bubblewrap.mountLimit))
    let held = Bubblewrap.folders(above: pinned, in: description.root)
    var head = mtor_shadow()
    head.magic = MTOR_JOB_MAGIC
    head.overlay_count = UInt32(folders.count)
    head.cover_count = UInt32(description.covered.count)
    head.hold_count = UInt32(held.count)
    head.pin_count = UInt32(pinned.count)
    head.sealed = description.isSealed ? 1 : 0
    head.in_memory = inMemory ? 1 : 0
    head.renewable = description.isRenewable ? 1 : 0
    var bytes = withUnsafeBytes(of: head) { Array($0) }
    bytes.appendWithNUL(storage.path)
    for (index, folder) in folders.enumerated() {
      bytes.appendWithNUL(folder)
      for part in ["upper", "work"] {
        let path = "\(storage.path)/\(part)\(index)"
        if !inMemory { try storage.makeFolder("\(part)\(index)") }
        bytes.appendWithNUL(path)
      }
    }
    for path in description.covered + held + pinned { bytes.appendWithNUL(path) }
    self.bytes = bytes
  }

  /// Mounts the overlays; `again`: in place of those that stand.
  func enter(
    again: Bool
  ) throws(SystemError) -> (view: Shadow.View, inUserNamespace: Bool) {
    var result = mtor_shadow_result()
    let code = bytes.withUnsafeBytes { bytes in
      mtor_host_enter_shadow(host.socket, bytes.baseAddress!, bytes.count, again, &result)
    }
    if code < 0 { throw SystemError("shadow", root, code: -code) }
    guard result.step == MTOR_SHADOW_READY.rawValue else {
      throw SystemError(Self.name(ofStep: result.step), root, code: result.code)
    }
    let tree = try RootTree(owning: Descriptor(owning: result.merged), path: root)
    let upper = try RootTree(owning: Descriptor(owning: result.upper), path: storage)
    return (Shadow.View(tree: tree, upper: upper), result.in_user_namespace != 0)
  }

  private static func name(ofStep step: Int32) -> String {
    switch mtor_shadow_step(UInt32(bitPattern: step)) {
    case MTOR_SHADOW_NAMESPACE: "unshare"
    case MTOR_SHADOW_OPEN: "open"
    default: "mount"
    }
  }
}
