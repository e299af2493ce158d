import Glibc
import Platform
import Subprocess

/// The git repository that a root stands in, asked only through the git executable.
///
/// Every call runs with hooks, file system monitors, external diffs, prompts and optional locks
/// off, and without the GIT_* variables of a hook that mtor may have been called from. Paths go
/// in literally and come out relative to the root.
final class GitRepository {
  /// The root of the tree, absolute.
  let root: String
  /// The top of the work tree, absolute.
  let top: String
  /// The root below the top, empty or ending with a slash.
  let prefix: String
  /// The repository's own folder, absolute.
  let folder: String

  private let executable: GitExecutable

  /// Finds the repository that holds a root; nil where no folder above it has a `.git`.
  ///
  /// Looks at the file system first, so that a tree without git never starts a process.
  static func find(
    around root: String, runner: CommandRunner
  ) throws(GitFailure) -> GitRepository? {
    guard hasGitAbove(root) else { return nil }
    let executable = GitExecutable(runner: runner)
    let answer = try executable.run(
      [
        "rev-parse", "--is-inside-work-tree", "--show-toplevel", "--show-prefix",
        "--absolute-git-dir",
      ], in: root)
    let lines = String(decoding: answer, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    guard lines.count >= 4, lines[0] == "true" else { return nil }
    return GitRepository(
      root: root, top: String(lines[1]), prefix: String(lines[2]), folder: String(lines[3]),
      executable: executable)
  }

  private init(
    root: String, top: String, prefix: String, folder: String, executable: GitExecutable
  ) {
    self.root = root
    self.top = top
    self.prefix = prefix
    self.folder = folder
    self.executable = executable
  }

  private static func hasGitAbove(_ root: String) -> Bool {
    var folder = root
    while true {
      var status = stat()
      if lstat(folder == "/" ? "/.git" : folder + "/.git", &status) == 0 { return true }
      guard folder != "/", let slash = folder.lastIndex(of: "/") else { return false }
      folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
    }
  }

  /// Runs git in the root and gives its whole standard output; throws where it fails.
  func ask(
    _ arguments: [String], input: [UInt8]? = nil, environment: [String: String] = [:]
  ) throws(GitFailure) -> [UInt8] {
    try executable.run(arguments, in: root, input: input, environment: environment)
  }

  /// Like `ask`, but gives nil where git exits with 1, its "no".
  func askWhether(_ arguments: [String]) throws(GitFailure) -> [UInt8]? {
    try executable.run(arguments, in: root, allowing: 1)
  }

  /// The same, with the person's own hooks and prompts: for `git commit` alone.
  func commit(
    _ arguments: [String], environment: [String: String], hooks: Bool
  ) throws(GitFailure) -> [UInt8] {
    try executable.run(arguments, in: root, environment: environment, hooks: hooks)
  }

  /// The commit that HEAD names; nil on an unborn branch.
  func head() throws(GitFailure) -> String? {
    try askWhether(["rev-parse", "--quiet", "--verify", "HEAD^{commit}"]).map(Self.line)
  }

  /// True for a clone whose history was cut off.
  func isShallow() throws(GitFailure) -> Bool {
    Self.line(try ask(["rev-parse", "--is-shallow-repository"])) == "true"
  }

  /// The index's entries for some paths and what is below them, and the submodules that hold them.
  func index(of paths: [RelativePath]) throws(GitFailure) -> GitIndex {
    let specs = GitPathspecs(paths, below: prefix)
    let answer = try ask(
      ["ls-files", "-s", "-v", "-z", "--"] + specs.arguments,
      environment: GitPathspecs.environment)
    return try GitIndex(listing: answer, below: prefix)
  }

  /// Those of the paths whose index entry differs from HEAD.
  func staged(among paths: [RelativePath]) throws(GitFailure) -> Set<RelativePath> {
    var arguments = [
      "diff-index", "--cached", "--name-only", "--no-renames", "--relative", "-z", "HEAD",
    ]
    if let named = Self.arguments(paths) { arguments += ["--"] + named }
    return Self.paths(try ask(arguments))
  }

  /// Those of the paths whose file differs from a commit.
  func differing(
    from commit: String, among paths: [RelativePath]
  ) throws(GitFailure) -> Set<RelativePath> {
    var arguments = [
      "diff", "--no-ext-diff", "--no-textconv", "--no-renames", "--relative", "--name-only", "-z",
      commit,
    ]
    if let named = Self.arguments(paths) { arguments += ["--"] + named }
    return Self.paths(try ask(arguments))
  }

  /// The files that git tracks and that differ from the index or from HEAD.
  func changedTrackedFiles() throws(GitFailure) -> Set<String> {
    let answer = try ask([
      "status", "--porcelain=v1", "--untracked-files=no", "--ignore-submodules=all",
      "--no-renames", "-z",
    ])
    // `XY PATH` each, relative to the top of the work tree.
    return Set(Self.records(answer).map { String($0.dropFirst(3)) })
  }

  /// The files below the root that git tracks, as it names them.
  func trackedFiles() throws(GitFailure) -> [String] {
    Self.records(try ask(["ls-files", "-z", "--cached"]))
  }

  /// A path that differs between two commits, as the newer one has it.
  struct TreeChange {
    /// 000000 for one that is new.
    var oldMode: String
    /// 0 for one that is gone.
    var mode: String
    var object: String
    /// Below the top of the work tree.
    var path: RelativePath
    var isRemoval: Bool { mode == "0" }
  }

  /// The id of the tree that has nothing in it.
  func emptyTree() throws(GitFailure) -> String {
    Self.line(try ask(["hash-object", "-t", "tree", "--stdin"], input: []))
  }

  /// What differs between two commits or trees; all of the newer commit, where the older is nil.
  func treeChanges(from old: String?, to new: String) throws(GitFailure) -> [TreeChange] {
    // `:OLDMODE NEWMODE OLDID NEWID STATUS<nul>PATH<nul>` each.
    let arguments = ["diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames"]
    let records = Self.records(
      try ask(arguments + (old.map { [$0, new] } ?? ["--root", "--no-commit-id", new])))
    var changes: [TreeChange] = []
    for index in stride(from: 0, to: records.count - 1, by: 2) {
      let fields = records[index].split(separator: " ")
      guard fields.count == 5 else { throw GitFailure(listing: records[index].utf8) }
      let mode = fields[4] == "D" ? "0" : String(fields[1])
      changes.append(
        TreeChange(
          oldMode: String(fields[0].dropFirst()), mode: mode, object: String(fields[3]),
          path: RelativePath(listed: records[index + 1])))
    }
    return changes
  }

  /// The id under which git would store these bytes at a path, its line ends converted.
  func storedObject(of bytes: [UInt8], at path: RelativePath) throws(GitFailure) -> String {
    Self.line(try ask(["hash-object", "--stdin", "--path=\(path.text)"], input: bytes))
  }

  /// True if the index has CRLF in the text of a path's file.
  func storesCRLF(at path: RelativePath) throws(GitFailure) -> Bool {
    // `i/crlf w/lf attr/text=auto<tab>PATH`, with padding.
    let answer = try ask(["ls-files", "--eol", "-z", "--", path.text])
    return answer.starts(with: "i/crlf".utf8) || answer.starts(with: "i/mixed".utf8)
  }

  /// What the attributes say of paths: those of the work tree, or of another folder in its place.
  func attributes(
    of paths: [RelativePath], inWorkTree other: String? = nil
  ) throws(GitFailure) -> GitAttributes {
    let arguments = ["check-attr", "-z", "--stdin"] + GitAttributes.names
    // git reads the attributes of a folder anew whenever the folder changes from path to path, and
    // writes each line at once unless it is told not to.
    var environment = ["GIT_FLUSH": "0"]
    if let other {
      environment["GIT_DIR"] = folder
      environment["GIT_WORK_TREE"] = other
    }
    return GitAttributes(
      answer: try executable.run(
        arguments, in: other.map { $0 + "/" + prefix } ?? root,
        input: Self.nulEnded(paths.sorted()), environment: environment))
  }

  /// The settings that convert line ends or narrow the work tree, by lower-case name.
  func conversionSettings() throws(GitFailure) -> [String: String] {
    let pattern = "^core\\.(autocrlf|eol|sparsecheckout|sparsecheckoutcone)$"
    guard let answer = try askWhether(["config", "-z", "--get-regexp", pattern]) else { return [:] }
    var settings: [String: String] = [:]
    for record in Self.records(answer) {
      let parts = record.split(separator: "\n", maxSplits: 1)
      // A key without a value is git's short form of true.
      settings[parts[0].lowercased()] = parts.count == 2 ? parts[1].lowercased() : "true"
    }
    return settings
  }

  /// Paths as git reads them with `-z`.
  static func nulEnded(_ paths: [RelativePath]) -> [UInt8] {
    var bytes: [UInt8] = []
    for path in paths {
      bytes += path.text.utf8
      bytes.append(0)
    }
    return bytes
  }

  /// NUL-ended records as texts.
  static func records(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// NUL-ended records as paths, which are told apart by their bytes.
  static func paths(_ bytes: [UInt8]) -> Set<RelativePath> {
    Set(records(bytes).map { RelativePath(listed: $0) })
  }

  /// The first line of an answer.
  static func line(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
  }

  /// Paths as arguments, unless they are more than a command line should carry.
  private static func arguments(_ paths: [RelativePath]) -> [String]? {
    paths.reduce(0) { $0 + $1.text.utf8.count + 1 } < 100_000 ? paths.map(\.text) : nil
  }
}
