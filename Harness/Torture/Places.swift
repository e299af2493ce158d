import CFault
import Glibc

/// Apply and undo, and kills at every move, where files behave in other ways: on overlayfs (a file
/// of the lower layer gets another inode when it is moved), and without RENAME_EXCHANGE.
struct Places {
  let mtor: String?
  let work: String

  func run(share: Share) -> [Tally] {
    var tallies: [Tally] = []
    mkdir(work, 0o755)
    defer { TreeScene(work: work).remove(work) }
    if let tally = onOverlay(share) { tallies.append(tally) }
    tallies.append(withoutExchange(share))
    return tallies
  }

  /// The old tree is the lower layer.
  private func onOverlay(_ share: Share) -> Tally? {
    var tally = Tally("overlayfs")
    let store = work + "/store"
    let merged = work + "/merged"
    mkdir(store, 0o755)
    mkdir(merged, 0o755)
    // The layers lie on a tmpfs of their own: overlayfs cannot lie on overlayfs.
    guard Spawn.succeeds(["mount", "-t", "tmpfs", "tmpfs", store]) else {
      say("overlayfs: skipped, no right to mount (needs root)")
      return nil
    }
    defer { _ = Spawn.succeeds(["umount", store]) }
    let lower = TreeScene(work: store + "/lower")
    let subject = Subject(mtor: mtor, scene: TreeScene(work: merged))
    torture(subject, &tally) {
      _ = Spawn.succeeds(["umount", merged])
      lower.build()
      for name in ["upper", "work"] {
        lower.remove(store + "/" + name)
        mkdir(store + "/" + name, 0o755)
      }
      let layers = "lowerdir=\(store)/lower,upperdir=\(store)/upper,workdir=\(store)/work"
      return Spawn.succeeds(["mount", "-t", "overlay", "-o", layers, "overlay", merged])
    }
    _ = Spawn.succeeds(["umount", merged])
    tally.report(to: share)
    return tally
  }

  /// Every renameat2 fails as on a file system that does not know its flags.
  private func withoutExchange(_ share: Share) -> Tally {
    var tally = Tally("without renameat2's flags")
    let scene = TreeScene(work: work + "/weak")
    var subject = Subject(mtor: mtor, scene: scene)
    subject.refusesExchange = true
    torture(subject, &tally) {
      scene.build()
      return true
    }
    scene.remove(scene.work)
    tally.report(to: share)
    return tally
  }

  /// Apply and undo whole; then apply killed before and after each call that moves or links.
  private func torture(_ subject: Subject, _ tally: inout Tally, build: () -> Bool) {
    let scene = subject.scene
    guard build() else {
      say("\(tally.name): skipped, it cannot be mounted here")
      return
    }
    let old = scene.picture()
    let log = CallLog.of(subject, .apply)
    let new = scene.picture()
    tally.count("applied")
    if subject.run(.undo).exit_code != 0 || scene.picture() != old {
      tally.fail(
        "\(tally.name): undo is not exact", SingleFaults.difference(scene.picture(), old, new),
        repeating: subject.repeating("places"))
    }
    let moving: Set = ["renameat2", "renameat", "linkat", "unlinkat"]
    for number in log.numbers(of: moving) {
      for kind in FaultKind.kills {
        if !build() { return }
        _ = subject.run(.apply, kind.fault(at: number))
        let recovery = subject.run(.recover)
        let tree = scene.picture()
        let state = tree == old ? "old" : tree == new ? "new" : "TORN"
        tally.count(state)
        if state != "TORN" && recovery.exit_code == 0 && scene.litter().isEmpty { continue }
        tally.fail(
          "\(tally.name), \(kind.name) at call \(number): \(state), recover ends with "
            + "\(recovery.exit_code), left: \(scene.litter())",
          SingleFaults.difference(tree, old, new) + [subject.lastMessages()],
          repeating: subject.repeating("places"))
      }
    }
  }
}
