public import Manifests
import Platform
public import Subprocess
public import YAMLTree

/// Makes a manifest of a git commit: applied to the commit's parent, it gives the commit's tree.
public struct CommitImport {
  /// Why there is no manifest.
  public enum Failure: Error, Sendable {
    /// Git does not know the revision, or cannot be asked.
    case git(message: String, hint: String?)
    /// What the commit holds and a manifest cannot say, everything by name.
    case invalid(DiagnosticList)
  }

  private let repository: GitRepository
  private let revision: String
  private let limits: Limits
  private var refusals: [Diagnostic] = []
  private var entries: [FileEntry] = []
  private var remarks: [Imported.Remark] = []

  /// Imports `COMMIT` (against its first parent) or a range `FROM..TO` (one tree against the
  /// other) of the repository around a folder.
  public static func read(
    _ revision: String, around folder: String?, limits: Limits = Limits(),
    runner: CommandRunner = CommandRunner()
  ) throws(Failure) -> Imported {
    let repository: GitRepository?
    do throws(GitFailure) {
      repository = try root(folder).flatMap { root throws(GitFailure) in
        try GitRepository.find(around: root, runner: runner)
      }
    } catch {
      throw .git(message: error.message, hint: error.hint)
    }
    guard let repository else {
      throw .git(message: "there is no git repository here", hint: "name one: -C DIR")
    }
    var reading = CommitImport(repository: repository, revision: revision, limits: limits)
    return try reading.imported()
  }

  private static func root(_ folder: String?) -> String? {
    do { return try RootFolder.resolve(folder, making: false) } catch { return nil }
  }

  private init(repository: GitRepository, revision: String, limits: Limits) {
    self.repository = repository
    self.revision = revision
    self.limits = limits
  }

  private mutating func imported() throws(Failure) -> Imported {
    let manifest: Manifest
    do throws(GitFailure) {
      let (from, to) = try trees()
      try readChanges(from, to)
      manifest = try described(to)
    } catch {
      throw .git(message: error.message, hint: error.hint)
    }
    guard refusals.isEmpty else { throw .invalid(DiagnosticList(refusals)) }
    guard !entries.isEmpty else {
      throw .invalid(
        DiagnosticList([
          Diagnostic(.error, "import-empty", "the commit changes no file", file: revision)
        ]))
    }
    return Imported(manifest: manifest, remarks: remarks)
  }

  // MARK: Git's answers

  private func commit(_ name: String) throws(GitFailure) -> String? {
    try repository.askWhether([
      "rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}",
    ]).map(GitRepository.line)
  }

  private func known(_ name: String) throws(GitFailure) -> String {
    if let id = try commit(name.isEmpty ? "HEAD" : name) { return id }
    throw GitFailure(
      "there is no commit '\(Printable.escaped(name))'", hint: "'git log --oneline' lists them")
  }

  /// What is compared: two commits, or the empty tree and a first commit.
  private func trees() throws(GitFailure) -> (from: String, to: String) {
    if let dots = revision.firstRange(of: "..") {
      guard !revision[dots.upperBound...].hasPrefix(".") else {
        throw GitFailure("'\(Printable.escaped(revision))' is no range", hint: "write FROM..TO")
      }
      return (
        try known(String(revision[..<dots.lowerBound])),
        try known(String(revision[dots.upperBound...]))
      )
    }
    let to = try known(revision)
    if let parent = try commit(to + "^1") { return (parent, to) }
    return (try repository.emptyTree(), to)
  }

  /// One record of `diff-tree`.
  private struct Change {
    let oldMode: String
    let mode: String
    let oldBlob: String
    let blob: String
    let path: String
  }

  private mutating func readChanges(_ from: String, _ to: String) throws(GitFailure) {
    let answer = try repository.ask([
      "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-ext-diff", "--full-index",
      "--no-abbrev", from, to,
    ])
    let records = answer.split(separator: 0, omittingEmptySubsequences: true)
    var changes: [Change] = []
    for index in stride(from: 0, to: records.count - 1, by: 2) {
      let fields = String(decoding: records[index].dropFirst(), as: UTF8.self).split(
        separator: " ")
      guard fields.count == 5 else { throw GitFailure("git's list of changes cannot be read") }
      guard let path = String(validating: Array(records[index + 1]), as: UTF8.self) else {
        refuse("a name that is not UTF-8", String(decoding: records[index + 1], as: UTF8.self))
        continue
      }
      // Git names all of the commit from the top of its work tree, wherever it is asked.
      guard path.utf8.starts(with: repository.prefix.utf8) else {
        let folder = Printable.escaped(String(repository.prefix.dropLast()))
        refuse("a path outside of the folder '\(folder)'", path)
        continue
      }
      changes.append(
        Change(
          oldMode: String(fields[0]), mode: String(fields[1]), oldBlob: String(fields[2]),
          blob: String(fields[3]),
          path: String(decoding: path.utf8.dropFirst(repository.prefix.utf8.count), as: UTF8.self)))
    }
    let blobs = try contents(of: changes)
    for change in changes { add(change, blobs) }
  }

  /// The bytes of every blob that is new, but of those that are too large for a manifest.
  private mutating func contents(of changes: [Change]) throws(GitFailure) -> [String: [UInt8]] {
    let wanted = changes.filter { Self.isFile($0.mode) || $0.mode == Self.link }
    guard !wanted.isEmpty else { return [:] }
    func list(_ changes: [Change]) -> [UInt8] {
      // Of a link that becomes a file, the old target is said too.
      let links = changes.filter { $0.oldMode == Self.link && $0.mode != Self.link }
      let ids = Set(changes.map(\.blob) + links.map(\.oldBlob))
      return Array(ids.sorted().joined(separator: "\n").utf8) + [0x0A]
    }
    let check = try repository.ask(["cat-file", "--batch-check"], input: list(wanted))
    var small: Set<String> = []
    for line in check.split(separator: 0x0A) {
      let fields = String(decoding: line, as: UTF8.self).split(separator: " ")
      guard fields.count == 3, let size = Int(fields[2]) else {
        throw GitFailure("git lacks the object \(fields.first ?? "")")
      }
      if size <= limits.file { small.insert(String(fields[0])) }
    }
    for change in wanted where !small.contains(change.blob) {
      refuse("a file of more than \(Limits.words(limits.file))", change.path)
    }
    let kept = wanted.filter { small.contains($0.blob) }
    guard !kept.isEmpty else { return [:] }
    return try Self.blobs(repository.ask(["cat-file", "--batch"], input: list(kept)))
  }

  /// `ID blob SIZE`, the bytes and a newline, for each.
  private static func blobs(_ answer: [UInt8]) throws(GitFailure) -> [String: [UInt8]] {
    var result: [String: [UInt8]] = [:]
    var position = 0
    while position < answer.count {
      guard let end = answer[position...].firstIndex(of: 0x0A) else { break }
      let fields = String(decoding: answer[position..<end], as: UTF8.self).split(separator: " ")
      guard fields.count == 3, let size = Int(fields[2]), end + 1 + size <= answer.count else {
        throw GitFailure("git's answer cannot be read")
      }
      result[String(fields[0])] = Array(answer[end + 1..<end + 1 + size])
      position = end + 1 + size + 1
    }
    return result
  }

  // MARK: Entries

  private static let link = "120000", submodule = "160000", nothing = "000000"

  private static func isFile(_ mode: String) -> Bool { mode == "100644" || mode == "100755" }

  private mutating func refuse(_ what: String, _ path: String) {
    refusals.append(
      Diagnostic(
        .error, "import-cannot",
        "\(what), '\(Printable.escaped(path))', cannot be said in a manifest", file: revision))
  }

  private mutating func add(_ change: Change, _ blobs: [String: [UInt8]]) {
    let mark = Mark(line: 1, column: 1)
    do throws(PathFault) {
      _ = try RelativePath(change.path)
    } catch {
      refuse("a path that no manifest may have (\(error.message))", change.path)
      return
    }
    if change.oldMode == Self.submodule, change.mode != Self.submodule {
      return refuse(
        change.mode == Self.nothing
          ? "a submodule that goes" : "a submodule that becomes something else", change.path)
    }
    switch change.mode {
    case Self.nothing:
      entries.append(FileEntry(path: change.path, action: .delete, mark: mark, actionMark: mark))
    case Self.link:
      guard let blob = blobs[change.blob] else { return }
      addLink(change, blob, mark)
    case let mode where Self.isFile(mode):
      guard let blob = blobs[change.blob] else { return }
      addFile(change, blob, mark, replacing: blobs[change.oldBlob])
    case Self.submodule: refuse("a submodule", change.path)
    default: refuse("a file of the mode \(change.mode)", change.path)
    }
  }

  private mutating func addLink(_ change: Change, _ blob: [UInt8], _ mark: Mark) {
    guard let target = String(validating: blob, as: UTF8.self) else {
      return refuse("a link whose target is not UTF-8", change.path)
    }
    if let fault = SymlinkTarget.fault(target, at: change.path) {
      return refuse("a link (\(fault.message))", change.path)
    }
    entries.append(
      FileEntry(path: change.path, action: .symlink(target: target), mark: mark, actionMark: mark))
  }

  private mutating func addFile(
    _ change: Change, _ blob: [UInt8], _ mark: Mark, replacing old: [UInt8]?
  ) {
    let isSame = change.blob == change.oldBlob && Self.isFile(change.oldMode)
    var entry = FileEntry(
      path: change.path, action: .attributes, mark: mark, actionMark: mark)
    if change.mode == "100755" {
      entry.isExecutable = true
    } else if change.oldMode == "100755" {
      entry.isExecutable = false
    }
    if change.oldMode == Self.link, let old {
      entry.before = .symlink(target: String(decoding: old, as: UTF8.self))
    }
    if !isSame {
      // Lines that all end in CR LF read better as what they are; base64 has no lines.
      let isCRLF =
        ContentLints.hasOnlyCRLF(blob)
        && blob.count(where: { $0 == 0x0D }) == blob.count(where: { $0 == 0x0A })
        && !ContentLints.isBinary(blob)
      entry.endOfLine = isCRLF ? .crlf : nil
      entry.action = .content(Text(isCRLF ? blob.filter { $0 != 0x0D } : blob))
      excuse(&entry, blob)
    }
    entries.append(entry)
  }

  /// What a commit holds is meant, even where it looks like what a model leaves out.
  private mutating func excuse(_ entry: inout FileEntry, _ blob: [UInt8]) {
    for what in ContentLints.excuse(&entry, blob) {
      remarks.append(
        .init("\(Printable.escaped(entry.path)) has lines that look like \(what); they are meant"))
    }
  }

  // MARK: The manifest

  private func described(_ commit: String) throws(GitFailure) -> Manifest {
    let message = try repository.ask(["show", "-s", "--format=%B", "--no-show-signature", commit])
    let lines = String(decoding: message, as: UTF8.self).split(separator: "\n")
    let subject =
      lines.first.map {
        String(
          $0.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.map(Character.init))
      } ?? ""
    let source = SourceText(name: revision, bytes: [])
    var manifest = Manifest(
      source: source, digest: Digest(of: source.bytes),
      name: Importer.name(from: subject.isEmpty ? "commit-" + commit.prefix(12) : subject))
    manifest.isWhole = true
    if !subject.isEmpty { manifest.description = Printable.escaped(subject) }
    var step = Step(id: "import", mark: Mark(line: 1, column: 1))
    step.intent = "What git commit \(commit) changes."
    step.files = entries
    manifest.steps = [step]
    return manifest
  }
}
