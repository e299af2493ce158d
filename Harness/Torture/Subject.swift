import CFault
import Glibc

/// The program under test with its three commands.
struct Subject {
  enum Command: String, CaseIterable {
    case apply, recover, undo
    /// Two steps with commands that must land together (`--on-failure undo`), and do.
    case unit
    /// The same with a test that fails, so that the run takes itself back.
    case failingUnit = "failing-unit"

    /// The tree that exit 0 must mean.
    var success: String? {
      switch self {
      case .apply, .unit: "new"
      case .recover, .undo: "old"
      case .failingUnit: nil
      }
    }

    /// The trees that may stand after recovery.
    var ends: [String] {
      switch self {
      case .apply, .undo, .unit: ["old", "new"]
      // The apply was not committed, the unit not whole.
      case .recover, .failingUnit: ["old"]
      }
    }
  }

  /// Nil: the room Materialising alone, by this very executable.
  var mtor: String?
  var scene: TreeScene
  /// True: as on a file system without RENAME_EXCHANGE and RENAME_NOREPLACE.
  var refusesExchange = false
  /// What this very executable does wrong on purpose.
  var breakage: Driver.Breakage?
  /// Holds the manifests and the messages of the last run; beside the scene, not part of it.
  let folder: String
  private var messages: String { folder + "/messages" }

  init(mtor: String?, scene: TreeScene) {
    self.mtor = mtor
    self.scene = scene
    folder = "/tmp/mtor-torture-\(getpid())"
    mkdir(folder, 0o700)
    put(Self.manifest, "apply.yaml")
    put(Self.unitManifest(lastTest: "true"), "unit.yaml")
    put(Self.unitManifest(lastTest: "false"), "failing-unit.yaml")
    for rival in 1...Rivals.rivals { put(Self.rivalManifest(rival), "rival\(rival).yaml") }
  }

  private func put(_ text: String, _ name: String) {
    TreeScene.put(Array(text.utf8), folder + "/" + name)
  }

  /// From now on the ledger has a run in it when a run begins.
  mutating func seedLedger() {
    scene.build()
    if run(.apply).exit_code != 0 { stop("apply fails without a fault: \(lastMessages())") }
    scene.ledger = SeededLedger(home: scene.home)
  }

  /// To be called at the end.
  func removeFolder() { scene.remove(folder) }

  private func arguments(_ command: Command) -> [String] {
    guard let mtor else {
      return [executablePath(), "drive", command.rawValue, scene.root, scene.home]
        + (breakage.map { [$0.rawValue] } ?? [])
    }
    switch command {
    // The files are a person's: no git vouches for them.
    case .apply: return [mtor, "apply", folder + "/apply.yaml", "--root", scene.root, "--force"]
    case .unit, .failingUnit:
      let manifest = "\(folder)/\(command.rawValue).yaml"
      return [mtor, "apply", manifest, "--root", scene.root, "--force", "--on-failure", "undo"]
    case .recover: return [mtor, "recover", "--root", scene.root]
    case .undo: return [mtor, "undo", "--root", scene.root]
    }
  }

  var environment: [String] {
    [
      "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=\(scene.home)", "XDG_STATE_HOME=\(scene.home)",
      "LC_ALL=C.UTF-8",
    ]
  }

  /// The command of one of several rivals: five files `d/1` … `d/5` with its number in them; the
  /// odd ones have the root, the even ones the folder `d`.
  func rivalArguments(_ rival: Int) -> [String] {
    let root = scene.root + (rival % 2 == 0 ? "/d" : "")
    guard let mtor else {
      return [executablePath(), "drive", "rival", root, scene.home, String(rival)]
    }
    // What another root's run left is not this root's own: only the lock is in question here.
    return [mtor, "apply", folder + "/rival\(rival).yaml", "--root", root, "--force"]
  }

  /// Runs a command under a fault.
  func run(_ command: Command, _ fault: fault = fault()) -> fault_result {
    let arguments = arguments(command)
    let errors = open(messages, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    if errors < 0 { stop("cannot write \(messages)") }
    defer { close(errors) }
    var fault = fault
    fault.refuses_rename_flags = refusesExchange ? 1 : 0
    var result = fault_result()
    let code = withCStrings(arguments) { arguments in
      withCStrings(environment) { environment in
        fault_run(
          arguments, environment, command == .failingUnit ? errors : -1, errors, &fault, &result)
      }
    }
    if code < 0 { stop("cannot trace: \(String(cString: strerror(-code)))") }
    return result
  }

  /// The command that does a run again.
  func repeating(_ words: String) -> String {
    "\(executablePath()) \(words)" + (mtor.map { " --mtor \($0)" } ?? "")
      + (scene.isRepository ? " --git" : "") + (scene.ledger == nil ? "" : " --ledger")
  }

  /// What the last run wrote to standard error, and a failing unit to standard output.
  func lastMessages() -> String {
    TreeScene.text(of: messages) ?? ""
  }

  private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(&pointers)
  }
}

func executablePath() -> String {
  var buffer = [CChar](repeating: 0, count: 4096)
  let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
  return String(decoding: buffer[..<max(count, 0)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
