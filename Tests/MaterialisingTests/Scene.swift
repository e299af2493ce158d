import Glibc
import Manifests
import Materialising
import Planning
import Platform
import YAMLTree

/// A root with files in a fresh folder, its state, and short words for what tests do with them.
final class Scene {
  let folder = TemporaryFolder()
  let home = TemporaryFolder()
  var root: String { folder.file("root") }

  init() { mkdir(folder.file("root"), 0o755) }

  // MARK: The tree

  func path(_ name: String) -> String { root + "/" + name }

  func write(_ name: String, _ text: String, mode: mode_t = 0o644, time: Int = 0) {
    makeFolders(name)
    unlink(path(name))
    let raw = open(path(name), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    let bytes = Array(text.utf8)
    precondition(raw >= 0 && Glibc.write(raw, bytes, bytes.count) == bytes.count, name)
    fchmod(raw, mode)
    if time != 0 {
      let moment = timespec(tv_sec: time, tv_nsec: 123_456_789)
      futimens(raw, [moment, moment])
    }
    close(raw)
  }

  func makeFolders(_ name: String) {
    var made = root
    for part in name.split(separator: "/").dropLast() {
      made += "/" + part
      mkdir(made, 0o755)
    }
  }

  func text(_ name: String) -> String? {
    let raw = open(path(name), O_RDONLY | O_NOFOLLOW)
    if raw < 0 { return nil }
    let file = Descriptor(owning: raw)
    return try? String(decoding: file.readAll(), as: UTF8.self)
  }

  func status(_ name: String) -> stat {
    var status = stat()
    lstat(path(name), &status)
    return status
  }

  func mode(_ name: String) -> mode_t { status(name).st_mode & 0o7777 }

  func target(_ name: String) -> String? {
    try? RootTree.linkTarget(of: path(name), in: AT_FDCWD)
  }

  /// Every path but state, with kind, mode, time of old files, and content: the whole tree.
  func picture() -> [String] { Self.picture(of: root) }

  static func picture(of root: String) -> [String] {
    var lines: [String] = []
    func walk(_ folder: String, _ prefix: String) {
      let opened = open(folder, O_RDONLY | O_DIRECTORY)
      guard opened >= 0, let names = try? FolderListing.names(of: Descriptor(owning: opened))
      else { return }
      for name in names where !(prefix.isEmpty && (name == ".mtor" || name == ".git")) {
        var status = stat()
        lstat(folder + "/" + name, &status)
        let what = prefix + name
        let mode = String(status.st_mode, radix: 8)
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
          lines.append("\(what)/ \(mode)")
          walk(folder + "/" + name, what + "/")
        case S_IFLNK:
          let target = try? RootTree.linkTarget(of: folder + "/" + name, in: AT_FDCWD)
          lines.append("\(what) -> \(target ?? "?")")
        default:
          let raw = open(folder + "/" + name, O_RDONLY)
          let bytes = raw < 0 ? nil : try? Descriptor(owning: raw).readAll()
          let old = status.st_mtim.tv_sec < 1_700_000_000 ? "\(status.st_mtim.tv_sec)" : "now"
          lines.append(
            "\(what) \(mode) \(old) \(String(decoding: bytes ?? [], as: UTF8.self).debugDescription)"
          )
        }
      }
    }
    walk(root, "")
    return lines
  }

  // MARK: Steps

  static func text(_ content: String, mode: UInt32? = nil, executable: Bool? = nil) -> FileState {
    .regular(
      RegularFile(
        digest: Digest(of: content.utf8), size: content.utf8.count, mode: mode,
        isExecutable: executable, content: Text(content)))
  }

  /// What stands at a path, as a planner sees it.
  func present(_ name: String) -> FileState {
    let tree = try? RootTree(path: root)
    guard let tree, let path = try? RelativePath(name), let status = try? tree.status(of: path)
    else { return .absent }
    switch status.kind {
    case .symlink: return .symlink(target: (try? tree.linkTarget(of: path)) ?? "")
    case .regular:
      let digest = (try? tree.digest(of: path, status: status)) ?? Digest(of: [])
      return .regular(RegularFile(digest: digest, size: Int(status.size), mode: status.mode))
    default: return .absent
    }
  }

  func file(
    _ name: String, _ action: PlannedFile.Action, _ after: FileState, from: String? = nil
  ) throws -> PlannedFile {
    var file = PlannedFile(
      path: try RelativePath(name), action: action, before: present(name), after: after,
      mark: Mark(line: 1, column: 1))
    file.movedFrom = try from.map { try RelativePath($0) }
    return file
  }

  func create(_ name: String, _ text: String, executable: Bool? = nil) throws -> PlannedFile {
    try declared(file(name, .created, Self.text(text, executable: executable)))
  }

  /// A file whose bytes an entry declares.
  private func declared(_ file: PlannedFile) -> PlannedFile {
    var file = file
    file.declared = file.after.digest
    return file
  }

  func replace(_ name: String, _ text: String) throws -> PlannedFile {
    try declared(file(name, .replaced, Self.text(text)))
  }

  func delete(_ name: String) throws -> PlannedFile { try file(name, .deleted, .absent) }

  func step(
    _ id: String, _ files: [PlannedFile], emptied: [String] = []
  ) throws -> PlannedStep {
    var step = PlannedStep(id: id, decision: .perform, mark: Mark(line: 1, column: 1))
    step.files = files
    step.emptiedFolders = try emptied.map { try RelativePath($0) }
    return step
  }

  // MARK: mtor

  func state() throws -> StateFolder {
    try StateFolder.open(root: RootTree(path: root), stateHome: home.path)
  }

  /// Does something under the lock, recovered.
  @discardableResult
  func materialise<Result>(_ body: (Materialiser) throws -> Result) throws -> Result {
    let tree = try RootTree(path: root)
    let state = try StateFolder.open(root: tree, stateHome: home.path)
    let materialiser = try Materialiser(tree: tree, state: state, durability: .kill)
    _ = try materialiser.recover()
    let result = try body(materialiser)
    try materialiser.finish()
    return result
  }

  @discardableResult
  func land(
    _ step: PlannedStep, run: String = "run-1", manifest: String = "m"
  ) throws -> [Materialiser.LandedFile] {
    try materialise { try $0.land(step, run: run, manifest: manifest) }
  }

  /// The tree of the story that most tests tell: one of each kind of operation.
  func furnish() {
    write("a.txt", "old a\n", time: 1_000_000_001)
    write("bin/run.sh", "#!/bin/sh\necho old\n", mode: 0o755, time: 1_100_000_000)
    write("src/x.c", "int x;\n", mode: 0o640, time: 1_200_000_000)
    write("src/gone.c", "gone\n", mode: 0o600, time: 1_300_000_000)
    write("only/child", "child\n", time: 1_350_000_000)
    write("keep.md", "untouched\n", mode: 0o444, time: 1_400_000_000)
    write("name.py", "name\n", time: 1_500_000_000)
    symlink("a.txt", path("link"))
  }

  func everything() throws -> PlannedStep {
    try step(
      "all",
      [
        replace("a.txt", "new a\n"),
        file("bin/run.sh", .mode, Self.text("#!/bin/sh\necho old\n", mode: 0o700)),
        file("src/x.c", .edited, Self.text("int y;\n")),
        delete("src/gone.c"),
        delete("only/child"),
        create("new/deep/one", "1\n", executable: true),
        create("new/deep/two", ""),
        create("new/three", "3"),
        create("top", "top\n"),
        delete("name.py"),
        file("names.py", .moved, Self.text("name\n"), from: "name.py"),
        file("link", .replaced, .symlink(target: "keep.md")),
        file("another", .created, .symlink(target: "new/three")),
      ], emptied: ["only"])
  }
}
