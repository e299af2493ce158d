import Glibc
public import Platform

/// What a command's result rests on, as one digest: where it is equal and the command passed
/// before, it need not run again.
///
/// It covers the command's text, shell and input, the environment that it sees, its network and its
/// time, what its result is held against, the identity of the programs that its text names, and the
/// files that it declares as inputs.
public enum InputDigest {
  /// Computes the digest of a command, before any sandbox is put around it.
  ///
  /// `inputs` are the files, sorted, of the tree that the command sees. Every file is read.
  /// `conditions` say, in words of the caller's, what a pass is and under which rules it was made.
  public static func of(
    _ command: Command, conditions: [String] = [], inputs: [RelativePath], in tree: RootTree
  ) throws(SystemError) -> Digest {
    var hash = Hasher256()
    for argument in command.program.arguments { add("argument", argument, to: &hash) }
    add("directory", command.directory, to: &hash)
    hash.update(Array("input \(command.input.count):".utf8))
    hash.update(command.input)
    add("network", String(command.confinement.hasNetwork), to: &hash)
    add("time", command.timeout.map { String($0) } ?? "", to: &hash)
    for condition in conditions { add("condition", condition, to: &hash) }
    for (name, value) in command.environment.sorted(by: { $0.key < $1.key })
    where !isVolatile(name) {
      add("variable", name, value, to: &hash)
    }
    for program in programs(of: command) { add("program", program, to: &hash) }
    try add(inputs, in: tree, to: &hash)
    return hash.finish()
  }

  /// The digest of files alone, sorted, with their modes.
  public static func of(
    _ files: [RelativePath], in tree: RootTree
  ) throws(SystemError) -> Digest {
    var hash = Hasher256()
    try add(files, in: tree, to: &hash)
    return hash.finish()
  }

  private static func add(_ parts: String..., to hash: inout Hasher256) {
    for part in parts {
      // With its length, so that two different lists never look alike.
      hash.update(Array("\(part.utf8.count):\(part)".utf8))
    }
  }

  private static func add(
    _ files: [RelativePath], in tree: RootTree, to hash: inout Hasher256
  ) throws(SystemError) {
    for path in files {
      guard let status = try tree.status(of: path) else { continue }
      add("file", path.text, String(status.mode, radix: 8), status.kind.rawValue, to: &hash)
      switch status.kind {
      case .regular: add(try tree.digest(of: path, status: status).hex, to: &hash)
      case .symlink:
        add(try tree.linkTarget(of: path), to: &hash)
        if let digest = try digest(behind: "\(tree.path)/\(path.text)") {
          add(digest.hex, to: &hash)
        }
      case .directory, .special: break
      }
    }
  }

  /// Of the file that a link leads to, wherever that is: a command reads it as if it stood there.
  private static func digest(behind link: String) throws(SystemError) -> Digest? {
    var status = stat()
    guard stat(link, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    let file = try Descriptor.open(link, O_RDONLY)
    return try Digest.ofFile(file.raw, path: link)
  }

  /// Variables that say where and when somebody sits, not what a program does.
  private static func isVolatile(_ name: String) -> Bool {
    let names: Set<String> = [
      "_", "PWD", "OLDPWD", "SHLVL", "TERM", "COLUMNS", "LINES", "WINDOWID", "DISPLAY", "TMUX",
      "TMUX_PANE", "STY", "COLORTERM", "MTOR_SHADOW", "INVOCATION_ID", "JOURNAL_STREAM",
    ]
    let prefixes = ["SSH_", "XDG_SESSION", "DBUS_", "WAYLAND_", "TERM_", "VTE_", "GNOME_"]
    return names.contains(name) || prefixes.contains { name.hasPrefix($0) }
  }

  /// Every word of the text that is a program in PATH, with what tells one build of it from
  /// another. A word that only looks like one costs a run too many, never one too few.
  private static func programs(of command: Command) -> [String] {
    let path = command.environment["PATH"] ?? CommandEnvironment.fallbackPath
    let words = command.program.arguments.flatMap { argument in
      argument.split { " \t\n;|&()<>\"'`$".contains($0) }.map(String.init)
    }
    return Set(words).sorted().compactMap { word in
      let found =
        word.hasPrefix("/") ? word : word.contains("/") ? nil : Job.lookUp(word, path: path)
      guard let found else { return nil }
      var status = stat()
      guard stat(found, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        access(found, X_OK) == 0
      else { return nil }
      let file = FileStatus(status)
      return "\(found) \(file.size) \(file.modified) \(file.inode)"
    }
  }
}
