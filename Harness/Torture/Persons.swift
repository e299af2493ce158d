import CFault
import Glibc

/// A person changes the tree while an apply stands before each of its calls: nothing of theirs
/// may be lost, and exit 0 must not hide it.
struct Persons {
  /// What a person does, and where.
  struct Change: Sendable {
    var name: String
    var path: String
    /// True if it could be done at that moment.
    var act: @Sendable (TreeScene) -> Bool
  }

  static let mark = "A PERSON WAS HERE\n"

  static let changes = [
    Change(name: "writes", path: "a.txt") { scene in
      put(open(scene.root + "/a.txt", O_WRONLY | O_APPEND))
    },
    Change(name: "replaces", path: "src/x.c") { scene in
      put(open(scene.root + "/src/x.tmp", O_WRONLY | O_CREAT, 0o644))
        && rename(scene.root + "/src/x.tmp", scene.root + "/src/x.c") == 0
    },
    Change(name: "creates", path: "top") { scene in
      put(open(scene.root + "/top", O_WRONLY | O_CREAT | O_EXCL, 0o644))
    },
    Change(name: "fills a folder", path: "new/theirs") { scene in
      mkdir(scene.root + "/new", 0o755)
      return put(open(scene.root + "/new/theirs", O_WRONLY | O_CREAT | O_EXCL, 0o644))
    },
    Change(name: "fills an emptied folder", path: "only/theirs") { scene in
      put(open(scene.root + "/only/theirs", O_WRONLY | O_CREAT | O_EXCL, 0o644))
    },
    Change(name: "brings back", path: "src/gone.c") { scene in
      unlink(scene.root + "/src/gone.c")
      return put(open(scene.root + "/src/gone.c", O_WRONLY | O_CREAT | O_EXCL, 0o644))
    },
    Change(name: "deletes", path: "empty") { scene in
      unlink(scene.root + "/empty") == 0
    },
    Change(name: "renames", path: "a.txt") { scene in
      rename(scene.root + "/a.txt", scene.root + "/a.moved") == 0
    },
    Change(name: "moves a folder", path: "src") { scene in
      rename(scene.root + "/src", scene.root + "/src.moved") == 0
    },
  ]

  private static func put(_ raw: Int32) -> Bool {
    if raw < 0 { return false }
    let bytes = Array(mark.utf8)
    defer { close(raw) }
    return Glibc.write(raw, bytes, bytes.count) == bytes.count
  }

  let faults: SingleFaults
  private var subject: Subject { faults.subject }

  init(subject: Subject) { faults = SingleFaults(subject: subject, command: .apply) }

  func run(share: Share, title: String) -> Tally {
    var tally = Tally("a person's change before \(title)")
    let numbers = faults.numbers()
    for (index, _) in Self.changes.enumerated() {
      for number in numbers where share.takes(number) { one(index, number, &tally) }
    }
    tally.report(to: share)
    return tally
  }

  private final class Hook {
    let act: () -> Bool
    var wasDone = false
    init(_ act: @escaping () -> Bool) { self.act = act }
  }

  func one(_ index: Int, _ number: Int, _ tally: inout Tally) {
    let change = Self.changes[index]
    faults.prepare()
    let scene = subject.scene
    // The person's own tree: what their change alone makes of the files at that moment.
    let hook = Hook { change.act(scene) }
    var fault = fault()
    fault.mode = FAULT_HOOK
    fault.number = number
    fault.context = Unmanaged.passUnretained(hook).toOpaque()
    fault.hook = { context in
      guard let context else { return }
      let hook = Unmanaged<Hook>.fromOpaque(context).takeUnretainedValue()
      hook.wasDone = hook.act()
    }
    let result = withExtendedLifetime(hook) { subject.run(.apply, fault) }
    let messages = subject.lastMessages()
    let recovery = subject.run(.recover)
    tally.count("exit \(result.exit_code)")
    var wrong: [String] = []
    if ![0, 4].contains(result.exit_code) { wrong.append("exit \(result.exit_code)") }
    if recovery.exit_code != 0 { wrong.append("recover ends with \(recovery.exit_code)") }
    if hook.wasDone { wrong += lost(change, exit: result.exit_code) }
    if wrong.isEmpty { return }
    tally.fail(
      "a person \(change.name) (\(change.path)) before call \(number) "
        + "(\(SingleFaults.text(result.call)) \(SingleFaults.text(result.path)), exit "
        + "\(result.exit_code)): " + wrong.joined(separator: "; "),
      [messages] + scene.picture(),
      repeating: subject.repeating("person \(index) \(number)"))
  }

  /// What is missing: the person's bytes, and every old file that nobody declared gone.
  private func lost(_ change: Change, exit: Int32) -> [String] {
    var wrong: [String] = []
    let writes = !["deletes", "renames", "moves a folder"].contains(change.name)
    let places = Self.files(below: subject.scene.root, containing: Self.mark)
    if writes && places.isEmpty { wrong.append("the person's bytes are nowhere") }
    // Refused: theirs must be in the tree itself, not in a store.
    if exit != 0 && !places.isEmpty && !places.contains(where: { !$0.contains("/.mtor/") }) {
      wrong.append("the person's bytes are only in \(places[0])")
    }
    let tree = subject.scene.picture()
    // Everything that the change did not touch is all old or all new.
    let touched = ["a.txt", "a.moved", "src", "top", "new", "only", "empty"]
    func rest(_ lines: [String]) -> [String] {
      lines.filter { line in
        !touched.contains {
          line.hasPrefix($0 + "/") || line.hasPrefix($0 + " ")
            || line.hasPrefix($0 + ".")
        }
      }
    }
    let others = rest(tree)
    if others != rest(faults.old) && others != rest(faults.new) {
      wrong.append("the other files are neither old nor new")
    }
    return wrong
  }

  static func files(below folder: String, containing mark: String) -> [String] {
    var found: [String] = []
    for name in TreeScene.names(in: folder) {
      let path = folder + "/" + name
      var status = stat()
      lstat(path, &status)
      switch status.st_mode & S_IFMT {
      case S_IFDIR: found += files(below: path, containing: mark)
      case S_IFREG:
        guard let file = fopen(path, "r") else { continue }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        if String(decoding: bytes[..<count], as: UTF8.self).contains(mark) { found.append(path) }
      default: continue
      }
    }
    return found
  }
}
