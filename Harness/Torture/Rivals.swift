import CFault
import Glibc

/// Eight runs at once on one tree, half of them by an inner root: each wins or is told to wait,
/// and the files are all of one winner.
struct Rivals {
  static let rivals = 8, rounds = 40

  let subject: Subject

  func run(share: Share) -> Tally {
    var tally = Tally("rivals")
    let scene = subject.scene
    scene.build()
    mkdir(scene.root + "/d", 0o755)
    for round in 1...Self.rounds {
      let processes = (1...Self.rivals).map { rival in
        Spawn(subject.rivalArguments(rival), environment: subject.environment)
      }
      let codes = processes.map { $0?.wait() ?? -1 }
      for code in codes { tally.count(code == 0 ? "won" : code == 8 ? "told to wait" : "STRANGE") }
      let contents = Set(
        (1...5).map { number in
          TreeScene.text(of: scene.root + "/d/\(number)") ?? "absent"
        })
      if contents.count == 1 && codes.contains(0) && codes.allSatisfy({ $0 == 0 || $0 == 8 }) {
        continue
      }
      tally.fail(
        "round \(round): exit codes \(codes), contents \(contents.sorted())", [],
        repeating: subject.repeating("rivals"))
    }
    tally.report(to: share)
    return tally
  }
}

/// A folder of the tree becomes a link to the outside and back, as fast as can be, while runs
/// land and are undone: nothing outside is ever written.
struct Swaps {
  static let rounds = 150

  let subject: Subject

  func run(share: Share) -> Tally {
    var tally = Tally("a folder swapped for a link")
    let scene = subject.scene
    let outside = scene.work + ".outside"
    mkdir(outside, 0o755)
    defer { scene.remove(outside) }
    scene.build()
    for name in ["x.c", "gone.c"] {
      let raw = open(outside + "/" + name, O_WRONLY | O_CREAT, 0o644)
      close(raw)
    }
    let before = TreeScene.picture(of: outside)
    guard
      let racer = Spawn([executablePath(), "swap", scene.root + "/src", outside])
    else { stop("cannot start the racer") }
    for round in 1...Self.rounds {
      let command: Subject.Command = round % 2 == 1 ? .apply : .undo
      let code = subject.run(command).exit_code
      tally.count("exit \(code)")
      if TreeScene.picture(of: outside) != before || ![0, 1, 4, 7].contains(code) {
        tally.fail(
          "round \(round), \(command.rawValue), exit \(code)",
          TreeScene.picture(of: outside) + [subject.lastMessages()],
          repeating: subject.repeating("swaps"))
      }
    }
    kill(racer.process, SIGKILL)
    _ = racer.wait()
    tally.report(to: share)
    return tally
  }

  /// The racer itself; ends with its parent.
  static func race(_ folder: String, _ outside: String) -> Never {
    let aside = folder + ".aside"
    while getppid() != 1 {
      if rename(folder, aside) == 0 {
        symlink(outside, folder)
        unlink(folder)
      }
      rename(aside, folder)
    }
    exit(0)
  }
}
