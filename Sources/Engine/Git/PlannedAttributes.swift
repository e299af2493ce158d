import Glibc
import Planning
import Platform
import YAMLTree

/// What git's attributes will say of a plan's files once its own `.gitattributes` stand.
///
/// While a step is planned git can be asked only about those of the tree. One that the plan writes
/// holds for its other files all the same, whichever comes first.
struct PlannedAttributes {
  let repository: GitRepository
  let root: RootTree

  private static let name = ".gitattributes"

  /// A file that is to be written, by the last word of the plans on it.
  private struct Written {
    var plan: Int
    var step: String
    var file: PlannedFile
  }

  /// Plans with a conflict for each file of which git would not give the bytes back.
  static func judging(
    _ plans: [Plan], on root: RootTree, repository: () throws -> GitRepository?
  ) throws -> [Plan] {
    // A plan that changes none never asks.
    let declares = plans.contains { plan in
      plan.steps.contains {
        $0.files.contains { $0.path.name == name && ($0.isWritten || $0.isTakenAway) }
      }
    }
    guard declares else { return plans }
    var files: [RelativePath: Written] = [:]
    var gone: Set<RelativePath> = []
    for (index, plan) in plans.enumerated() {
      for step in plan.steps where step.decision != .skip {
        for file in step.files {
          if file.isWritten {
            files[file.path] = Written(plan: index, step: step.id, file: file)
            gone.remove(file.path)
          } else if file.isTakenAway {
            files[file.path] = nil
            gone.insert(file.path)
          }
        }
      }
    }
    guard !files.isEmpty, let repository = try repository() else { return plans }
    let attributes = PlannedAttributes(repository: repository, root: root)
    return try attributes.judged(plans, files, without: gone)
  }

  private func judged(
    _ plans: [Plan], _ files: [RelativePath: Written], without gone: Set<RelativePath>
  ) throws -> [Plan] {
    let paths = files.keys.sorted()
    let attributes = try attributes(of: paths, with: files, without: gone)
    let lineEnds = GitAttributes.LineEnds(settings: try repository.conversionSettings())
    var plans = plans
    for path in paths {
      guard let written = files[path], case .regular(let file) = written.file.after,
        let content = file.content,
        !plans[written.plan].conflicts.contains(where: { $0.path == path.text })
      else { continue }
      let why = try attributes.obstacle(
        for: path, bytes: content.decoded(), lineEnds: lineEnds
      ) { () throws(GitFailure) in try repository.storesCRLF(at: path) }
      guard let why else { continue }
      plans[written.plan].conflicts.append(
        Conflict(
          path: path.text, rule: "conflict-git", message: "'\(path)' \(why)",
          hint: "--force writes it nevertheless", step: written.step, mark: written.file.mark))
    }
    return plans
  }

  /// Git reads attributes from its work tree: here from one that has nothing else in it.
  private func attributes(
    of paths: [RelativePath], with files: [RelativePath: Written], without gone: Set<RelativePath>
  ) throws -> GitAttributes {
    let stage = try AttributeStage()
    defer { stage.remove() }
    // From the top of the work tree down; what is above the root is only in the tree.
    var above = ""
    for name in repository.prefix.split(separator: "/") {
      try stage.copy(from: repository.top + "/" + above + Self.name, to: above + Self.name)
      above += name + "/"
    }
    try stage.makeFolders(above)
    let folders = Set(paths.flatMap(\.ancestors)).map { $0.text + "/" } + [""]
    for folder in folders.sorted() {
      let path = RelativePath(listed: folder + Self.name)
      // Where there is none, git would look into its index.
      if let planned = files[path] {
        try stage.write(try bytes(of: planned.file) ?? [], to: above + path.text)
      } else if gone.contains(path) {
        try stage.write([], to: above + path.text)
      } else {
        try stage.copy(from: repository.root + "/" + path.text, to: above + path.text)
      }
    }
    return try repository.attributes(of: paths, inWorkTree: stage.path)
  }

  /// The bytes that a planned file will have; nil where they are not known.
  private func bytes(of file: PlannedFile) throws -> [UInt8]? {
    guard case .regular(let after) = file.after else { return nil }
    if let content = after.content { return content.decoded() }
    guard let source = file.movedFrom ?? (file.action == .mode ? file.path : nil),
      try root.reachableStatus(of: source)?.kind == .regular
    else { return nil }
    return try root.bytes(of: source, limit: AttributeStage.limit)
  }
}

/// A folder among temporary files that is a work tree for one question.
private final class AttributeStage {
  /// Git itself reads no larger one.
  static let limit = 100 << 20

  let path: String
  private var made: Set<String> = [""]
  private var files: [String] = []

  init() throws(SystemError) {
    let place = getenv("TMPDIR").map { String(cString: $0) } ?? ""
    var template = Array(((place.isEmpty ? "/tmp" : place) + "/mtor-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp", place) }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  /// Copies a file of the machine if one stands there; git follows no link to its attributes.
  func copy(from source: String, to name: String) throws(SystemError) {
    let bytes: [UInt8]
    do throws(SystemError) {
      let file = try Descriptor.open(source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      guard try FileStatus.of(descriptor: file.raw, path: source).kind == .regular else { return }
      bytes = try file.readAll(limit: Self.limit, path: source)
    } catch {
      if error.isAboutPath { return }
      throw error
    }
    try write(bytes, to: name)
  }

  func write(_ bytes: [UInt8], to name: String) throws(SystemError) {
    let slash = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
    try makeFolders(String(name[..<slash]))
    let file = path + "/" + name
    files.append(file)
    try Descriptor.open(file, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
      .writeAll(bytes, path: file)
  }

  /// Makes `a/b/`.
  func makeFolders(_ folder: String) throws(SystemError) {
    var whole = ""
    for name in folder.split(separator: "/") {
      whole += name + "/"
      guard made.insert(whole).inserted else { continue }
      if mkdir(path + "/" + whole, 0o700) < 0 { throw SystemError("mkdir", path + "/" + whole) }
    }
  }

  /// What cannot be removed is the machine's to tidy, like all temporary files.
  func remove() {
    for file in files { unlink(file) }
    for folder in made.sorted().reversed() { rmdir(path + "/" + folder) }
  }
}

extension PlannedFile {
  /// True if the plan gives the path bytes.
  fileprivate var isWritten: Bool {
    guard case .regular = after else { return false }
    switch action {
    case .created, .replaced, .edited, .moved, .mode: return true
    case .unchanged, .deleted, .skipped, .unknown: return false
    }
  }

  /// True if the plan leaves nothing at the path.
  fileprivate var isTakenAway: Bool { action == .deleted }
}
