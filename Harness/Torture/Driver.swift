import Glibc
import Manifests
import Materialising
import Planning
import Platform
import YAMLTree

/// The room Materialising as a program of its own: what is tortured without the command line.
enum Driver {
  /// `apply ROOT HOME`, `undo ROOT HOME`, `recover ROOT HOME`; exit codes as mtor's. A fourth word
  /// is what is to be done wrong.
  static func run(_ arguments: [String]) -> Int32 {
    guard arguments.count >= 3 else { return 2 }
    let breakage = arguments.count == 4 ? Breakage(rawValue: arguments[3]) : nil
    switch (breakage, arguments[0]) {
    case (.direct, "apply"): return writeDirectly(arguments[1])
    case (.direct, _), (.forgetful, "recover"): return 0
    case (.stray, "recover"):
      let code = perform(arguments)
      close(open(arguments[1] + "/stray", O_WRONLY | O_CREAT, 0o644))
      return code
    case (.liar, _):
      _ = perform(arguments)
      return 0
    default: return perform(arguments)
    }
  }

  private static func perform(_ arguments: [String]) -> Int32 {
    do {
      try Interruption.watch()
      let tree = try RootTree(path: arguments[1])
      let state = try StateFolder.open(root: tree, stateHome: arguments[2])
      let materialiser = try Materialiser(tree: tree, state: state, durability: .full)
      for sentence in try materialiser.recover() { print(sentence) }
      switch arguments[0] {
      case "rival":
        let step = try rivalStep(on: tree, number: arguments.last ?? "")
        _ = try materialiser.land(step, run: "run-\(getpid())", manifest: "rivals")
      case "apply": _ = try materialiser.land(try step(on: tree), run: "run", manifest: "m")
      case "undo":
        if try materialiser.undo() == nil { return 1 }
      default: break
      }
      try materialiser.finish()
      return 0
    } catch let error as TreeError {
      print("\(error)")
      switch error {
      case .busy: return 8
      case .conflict: return 4
      case .state, .system: return 7
      case .interrupted: return 128 + (Interruption.signal ?? SIGINT)
      }
    } catch {
      print("\(error)")
      return 7
    }
  }

  /// The step that the manifest of `Subject` asks for.
  static func step(on tree: RootTree) throws -> PlannedStep {
    var step = PlannedStep(id: "all", decision: .perform, mark: Mark(line: 1, column: 1))
    func add(
      _ name: String, _ action: PlannedFile.Action, _ text: String?, mode: UInt32? = nil,
      from: String? = nil
    ) throws {
      let after = text.map { text in
        FileState.regular(
          RegularFile(
            digest: Digest(of: text.utf8), size: text.utf8.count, mode: mode, content: Text(text)))
      }
      try add(name, action, after ?? .absent, from: from)
    }
    func add(
      _ name: String, _ action: PlannedFile.Action, _ after: FileState, from: String? = nil
    ) throws {
      let path = try RelativePath(name)
      var file = PlannedFile(
        path: path, action: action, before: try before(path, on: tree), after: after,
        mark: step.mark)
      file.movedFrom = try from.map { try RelativePath($0) }
      step.files.append(file)
    }
    try add("a.txt", .replaced, String(repeating: "new a, longer\n", count: 10))
    try add("bin/run.sh", .mode, "#!/bin/sh\necho old\n", mode: 0o700)
    try add("src/x.c", .edited, String(repeating: "int y;\n", count: 3000))
    try add("src/gone.c", .deleted, nil)
    try add("only/child", .deleted, nil)
    try add("new/deep/one", .created, "1\n")
    try add("new/deep/two", .created, "")
    try add("empty", .replaced, "no more empty")
    try add("name.py", .deleted, nil)
    try add("names.py", .moved, "name\n", from: "name.py")
    try add("link", .replaced, .symlink(target: "keep.md"))
    try add("top", .created, "top\n")
    step.emptiedFolders = [try RelativePath("only")]
    return step
  }

  /// Five files that all hold the rival's number; in the root's `d`, or in a root that is `d`.
  private static func rivalStep(on tree: RootTree, number: String) throws -> PlannedStep {
    var step = PlannedStep(id: "rival", decision: .perform, mark: Mark(line: 1, column: 1))
    let prefix = (Int(number) ?? 0) % 2 == 0 ? "" : "d/"
    for name in 1...5 {
      let path = try RelativePath("\(prefix)\(name)")
      let text = Text(number)
      let after = RegularFile(
        digest: Digest(of: number.utf8), size: text.count, content: text)
      let before = try before(path, on: tree)
      let isNew = if case .absent = before { true } else { false }
      step.files.append(
        PlannedFile(
          path: path, action: isNew ? .created : .replaced, before: before,
          after: .regular(after), mark: step.mark))
    }
    return step
  }

  private static func before(_ path: RelativePath, on tree: RootTree) throws -> FileState {
    guard let status = try tree.status(of: path) else { return .absent }
    if status.kind == .symlink { return .symlink(target: try tree.linkTarget(of: path)) }
    do throws(SystemError) {
      return .regular(
        RegularFile(
          digest: try tree.digest(of: path, status: status), size: Int(status.size),
          mode: status.mode))
    } catch {
      if error.code == ENOENT { return .absent }
      throw error
    }
  }
}
