import CFault
import Glibc

/// The program under test with its three commands.
struct Subject {
  enum Command: String, CaseIterable { case apply, recover, undo }

  /// Nil: the room Materialising alone, by this very executable.
  var mtor: String?
  var scene: TreeScene
  /// True: as on a file system without RENAME_EXCHANGE and RENAME_NOREPLACE.
  var refusesExchange = false
  /// Holds the manifests and the messages of the last run; beside the scene, not part of it.
  let folder: String
  private var messages: String { folder + "/messages" }

  init(mtor: String?, scene: TreeScene) {
    self.mtor = mtor
    self.scene = scene
    folder = "/tmp/mtor-torture-\(getpid())"
    mkdir(folder, 0o700)
    put(Self.manifest, "apply.yaml")
    for rival in 1...Rivals.rivals { put(Self.rivalManifest(rival), "rival\(rival).yaml") }
  }

  private func put(_ text: String, _ name: String) {
    let raw = open(folder + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    let bytes = Array(text.utf8)
    if raw < 0 || write(raw, bytes, bytes.count) != bytes.count { stop("cannot write \(name)") }
    close(raw)
  }

  /// To be called at the end.
  func removeFolder() { scene.remove(folder) }

  private func arguments(_ command: Command) -> [String] {
    guard let mtor else {
      return [executablePath(), "drive", command.rawValue, scene.root, scene.home]
    }
    switch command {
    // The files are a person's: no git vouches for them.
    case .apply: return [mtor, "apply", folder + "/apply.yaml", "--root", scene.root, "--force"]
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
        fault_run(arguments, environment, errors, &fault, &result)
      }
    }
    if code < 0 { stop("cannot trace: \(String(cString: strerror(-code)))") }
    return result
  }

  /// What the last run wrote to standard error.
  func lastMessages() -> String {
    guard let file = fopen(messages, "r") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
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
