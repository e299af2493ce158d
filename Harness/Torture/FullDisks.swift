import CFault
import Glibc

/// Apply on a file system with only so much room left, at many levels: old or new, nothing else.
struct FullDisks {
  enum Kind: String, CaseIterable { case tmpfs, ext4 }

  static let levels = 50
  /// Bytes from one level to the next.
  static let pace = 4096

  let mtor: String?
  let work: String

  func run(_ kind: Kind, share: Share) -> Tally {
    var tally = Tally("full \(kind.rawValue), \(Self.levels) levels")
    let disk = work + "/disk"
    let image = work + "/image"
    mkdir(work, 0o755)
    mkdir(disk, 0o755)
    defer {
      _ = Spawn.succeeds(["umount", disk])
      rmdir(disk)
      unlink(image)
      rmdir(work)
    }
    guard mount(kind, disk, image) else {
      say("full \(kind.rawValue): skipped, no right to mount (needs root)")
      return tally
    }
    let scene = TreeScene(work: disk + "/w")
    let subject = Subject(mtor: mtor, scene: scene)
    let faults = SingleFaults(subject: subject, command: .apply)
    for level in 0..<Self.levels {
      scene.build()
      fill(disk, leaving: level * Self.pace)
      let result = subject.run(.apply)
      let between = scene.picture()
      let recovery = subject.run(.recover)
      let tree = scene.picture()
      unlink(disk + "/fill")
      let state = tree == faults.old ? "old" : tree == faults.new ? "new" : "TORN"
      tally.count(state)
      let isHonest = result.exit_code != 0 || between == faults.new
      if state == "TORN" || recovery.exit_code != 0 || !isHonest {
        tally.fail(
          "\(level * Self.pace) bytes free: \(state), apply ends with \(result.exit_code), "
            + "recover with \(recovery.exit_code)", [subject.lastMessages()],
          repeating: subject.repeating("full-\(kind.rawValue)"))
      }
    }
    scene.remove(scene.work)
    tally.report(to: share)
    return tally
  }

  private func mount(_ kind: Kind, _ disk: String, _ image: String) -> Bool {
    switch kind {
    case .tmpfs: return Spawn.succeeds(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk])
    case .ext4:
      return Spawn.succeeds(["truncate", "-s", "2M", image])
        && Spawn.succeeds(["mkfs.ext4", "-q", "-F", "-m", "0", image])
        && Spawn.succeeds(["mount", "-o", "loop", image, disk])
    }
  }

  /// Writes zeros until the disk is full, then gives so many bytes back.
  private func fill(_ disk: String, leaving bytes: Int) {
    let raw = open(disk + "/fill", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    if raw < 0 { return }
    defer { close(raw) }
    let zeros = [UInt8](repeating: 0, count: Self.pace)
    var size = 0
    while true {
      let count = write(raw, zeros, zeros.count)
      if count <= 0 { break }
      size += count
    }
    fsync(raw)
    ftruncate(raw, off_t(max(0, size - bytes)))
  }
}
