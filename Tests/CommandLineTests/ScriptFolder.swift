import Glibc

/// A fresh folder with a private home, in which the commands of one script run.
///
/// Nothing of the test process changes: folder, environment and umask are the command's own.
final class ScriptFolder {
  struct Failure: Error, CustomStringConvertible { let description: String }

  let base: String
  /// Where the commands run.
  var root: String { base + "/tree" }
  var home: String { base + "/home" }

  init() throws {
    var template = Array("/tmp/mtor-script.XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Failure(description: "mkdtemp failed") }
    base = String(cString: made)
    for folder in [root, home, home + "/.config"] where mkdir(folder, 0o755) != 0 {
      throw Failure(description: "cannot make \(folder)")
    }
    try write(
      "[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n"
        + "[commit]\n\tgpgsign = false\n", to: home + "/.gitconfig")
  }

  deinit { _ = try? spawn(["/bin/rm", "-rf", base]) }

  /// Writes a file below the root, with the folders it needs.
  func writeFile(_ path: String, lines: [String]) throws {
    if let slash = path.lastIndex(of: "/") {
      _ = try spawn(["/bin/mkdir", "-p", root + "/" + path[..<slash]])
    }
    try write(lines.map { $0 + "\n" }.joined(), to: root + "/" + path)
  }

  /// Runs a line by `sh`; the output is as it came, not yet normalised.
  ///
  /// What hangs ends after ten minutes, which a machine that has much else to do does not reach.
  func run(_ line: String) throws -> (output: String, exit: Int) {
    let out = base + "/output"
    let status = try spawn([
      "/usr/bin/timeout", "-k", "5", "600", "/bin/sh", "-c",
      "umask 022; cd \"$1\" || exit 99; exec >\"$2\" 2>&1 </dev/null; eval \"$3\"", "sh", root, out,
      line,
    ])
    return (try read(out), status)
  }

  /// Every file below the root but git's and mtor's own, as `tree` shows it.
  func tree() throws -> [String] {
    let listing = try run(
      "find . '(' -name .git -o -path '*/.mtor/state' ')' -prune -o ! -type d -printf '%P %m %l\\n' | LC_ALL=C sort"
    )
    return listing.output.split(separator: "\n").map { line in
      let parts = line.split(separator: " ")
      if parts.count == 3 { return "\(parts[0]) -> \(parts[2])" }
      return parts.last == "644" ? String(parts[0]) : String(line).trimmed()
    }
  }

  /// What differs from run to run, replaced by words.
  func normalised(_ text: String) -> [String] {
    var text = text.replacing(root, with: "ROOT").replacing(home, with: "HOME")
    text = text.replacing(base, with: "BASE").replacing(Self.repository, with: "REPOSITORY")
    text = text.replacing(#/\b\d{8}-?T?\d{6}[0-9A-Za-z._-]*\b/#, with: "RUN")
    text = text.replacing(#/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?/#, with: "TIME")
    text = text.replacing(#/\b(\d+m )?\d+(\.\d+)? ?(ms|s|min)\b(?!')/#, with: "TIME")
    text = text.replacing(#/("peak_memory": ?)\d+/#) { "\($0.1)BYTES" }
    text = text.replacing(#/("(user_|system_|cpu_)?seconds": ?)[\d.e-]+/#) { "\($0.1)TIME" }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  private var environment: [String] {
    [
      "PATH=\(Self.executableFolder):\(Self.path)", "HOME=\(home)",
      "XDG_CONFIG_HOME=\(home)/.config", "XDG_STATE_HOME=\(home)/.local/state",
      "XDG_CACHE_HOME=\(home)/.cache", "LANG=C.UTF-8", "TZ=UTC", "TERM=dumb",
      "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_DATE=2001-02-03T04:05:06Z",
      "GIT_COMMITTER_DATE=2001-02-03T04:05:06Z", "REPOSITORY=\(Self.repository)",
    ]
  }

  /// The tests' own PATH: a script may run what the machine has.
  private static let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"

  /// Where the built `mtor` lies: beside the running tests.
  static let executableFolder: String = {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes {
      readlink("/proc/self/exe", $0.baseAddress!.assumingMemoryBound(to: CChar.self), 4095)
    }
    let path = String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
    return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }()

  /// The repository that these tests stand in.
  static let repository: String = {
    var parts = #filePath.split(separator: "/").dropLast(3)
    parts.insert("", at: parts.startIndex)
    return parts.joined(separator: "/")
  }()

  private func spawn(_ arguments: [String]) throws -> Int {
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) }
    words.append(nil)
    variables.append(nil)
    defer { for text in words + variables { free(text) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, arguments[0], nil, nil, words, variables)
    guard code == 0 else { throw Failure(description: "cannot start \(arguments[0])") }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 {
      guard errno == EINTR else { throw Failure(description: "waitpid failed") }
    }
    return status & 0x7F == 0 ? Int(status >> 8) & 0xFF : 128 + Int(status & 0x7F)
  }
}

/// The bytes of a file as text; what is no UTF-8 is replaced.
func read(_ path: String) throws -> String {
  guard let file = fopen(path, "re") else {
    throw ScriptFolder.Failure(description: "cannot read \(path)")
  }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = fread(&chunk, 1, chunk.count, file)
    if count == 0 { break }
    bytes += chunk.prefix(count)
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// Writes a whole file.
func write(_ text: String, to path: String) throws {
  guard let file = fopen(path, "we") else {
    throw ScriptFolder.Failure(description: "cannot write \(path)")
  }
  let count = fwrite(text, 1, text.utf8.count, file)
  guard fclose(file) == 0, count == text.utf8.count else {
    throw ScriptFolder.Failure(description: "cannot write \(path)")
  }
}

extension String {
  fileprivate func trimmed() -> String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
