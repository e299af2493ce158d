import Manifests
import Planning
import Platform
import Testing
import YAMLTree

/// An owner whose answers a test writes down, and that counts the questions about git.
final class ScriptedOwnership: Ownership {
  struct Key: Hashable {
    var path: String
    var declared: Digest
    var present: Digest
  }

  var claims: [String: Claim] = [:]
  var obstacles: [String: String] = [:]
  var differing: [String] = []
  var originals: [String: Original] = [:]
  var repairs: [Key: String] = [:]
  var results: Set<Key> = []
  /// What is said of a path without a claim of its own.
  var usual = Claim.committed
  private(set) var gitQuestions = 0

  func claim(on path: RelativePath, holding present: FileState) throws -> Claim {
    gitQuestions += 1
    return claims[path.text] ?? usual
  }

  func obstacle(toWriting wanted: FileState, at path: RelativePath) throws -> String? {
    gitQuestions += 1
    return obstacles[path.text]
  }

  func differences(since base: String, among paths: [RelativePath]) throws -> [RelativePath] {
    gitQuestions += 1
    return paths.filter { differing.contains($0.text) }
  }

  func original(
    of path: RelativePath, holding present: Digest, manifest: String
  ) throws -> Original {
    originals[path.text] ?? .unknown
  }

  func original(
    of path: RelativePath, movedFrom source: RelativePath, holding present: Digest,
    manifest: String
  ) throws -> Original {
    originals["\(source) -> \(path)"] ?? .unknown
  }

  func repair(of path: RelativePath, declared: Digest, present: Digest) throws -> String? {
    repairs[Key(path: path.text, declared: declared, present: present)]
  }

  func isResult(of path: RelativePath, declared: Digest, present: Digest) throws -> Bool {
    results.contains(Key(path: path.text, declared: declared, present: present))
  }
}

/// A tree, an owner and what they make of a manifest.
struct Planning {
  var tree = MemoryTree()
  var owner = ScriptedOwnership()
  var options = PlanOptions()

  init(_ files: [String: String] = [:]) throws {
    for (path, text) in files { tree.write(text, to: try RelativePath(path)) }
  }

  static func manifest(_ text: String) throws -> Manifest {
    let text = "mtor: 1\nname: test\n" + text + "...\n"
    return try ManifestReader.read(
      SourceText(name: "m.yaml", bytes: Array(text.utf8)), options: .init(lintsContents: false)
    ).manifest
  }

  func plan(_ text: String) throws -> Plan {
    try Planner.plan(try Self.manifest(text), on: tree, ownership: owner, options: options)
  }

  /// A plan of one step with these entries, written as a YAML list indented by six.
  func plan(files: String) throws -> Plan {
    try plan("steps:\n  - id: s\n    files:\n" + files)
  }

  /// What `plan` does, one line a file, conflict or fault.
  func lines(_ text: String) throws -> [String] {
    do {
      let plan = try plan(text)
      return plan.lines
    } catch let faults as DiagnosticList {
      return faults.all.map {
        "\($0.severity.rawValue) \($0.rule) \($0.mark?.line ?? 0): \($0.message)"
      }
    }
  }

  func lines(files: String) throws -> [String] {
    try lines("steps:\n  - id: s\n    files:\n" + files)
  }

  /// Makes the tree what the plan wants it to be.
  mutating func apply(_ plan: Plan) throws {
    for step in plan.steps {
      for file in step.files where file.action == .deleted { tree.remove(file.path) }
      for folder in step.emptiedFolders { tree.remove(folder) }
      for file in step.files where file.action != .deleted && file.action != .unchanged {
        switch file.after {
        case .absent: tree.remove(file.path)
        case .symlink(let target): tree.link(file.path, to: target)
        case .regular(let after):
          if file.action == .mode {
            let bytes = try tree.bytes(of: file.path, limit: .max)
            tree.write(bytes, to: file.path, mode: after.mode ?? 0)
            continue
          }
          let bytes = after.content?.decoded() ?? []
          #expect(Digest(of: bytes) == after.digest)
          let mode = after.mode ?? (after.isExecutable == true ? 0o755 : 0o644)
          tree.write(bytes, to: file.path, mode: mode)
        }
      }
    }
  }

  func text(_ path: String) throws -> String {
    String(decoding: try tree.bytes(of: RelativePath(path), limit: .max), as: UTF8.self)
  }
}

extension Plan {
  var lines: [String] {
    steps.flatMap { step in
      step.decision == .perform ? [] : ["step \(step.id) \(step.decision.rawValue)"]
    } + steps.flatMap { $0.files.map(\.line) }
      + conflicts.map { "conflict \($0.rule) \($0.path): \($0.message)" }
  }
}

extension PlannedFile {
  var line: String {
    var line = "\(action.rawValue) \(path)"
    if let movedFrom { line += " < \(movedFrom)" }
    if let repairedIn { line += " (repaired in \(repairedIn))" }
    return line
  }
}

extension FileState {
  var text: String? {
    guard case .regular(let file) = self else { return nil }
    return file.content?.string
  }
}
