import Platform
import Subprocess
import Synchronization

/// What a `run` command answers for besides its inputs: what its step's `outputs` name, and the step's
/// own files, of which it may make something else.
struct StepProducts {
  /// The globs of `outputs`.
  var outputs: [String] = []
  /// The files that the step declares.
  var own: [RelativePath] = []

  /// What stands of it.
  struct State: Sendable {
    fileprivate var outputs: [RelativePath: Digest]?
    fileprivate var own: [RelativePath: Digest] = [:]

    /// True if nothing of what stands here is missing in the other, or is something else there.
    func stands(in other: State) -> Bool {
      own == other.own && (outputs ?? [:]).allSatisfy { other.outputs?[$0.key] == $0.value }
    }

    /// True where the step's own files are others than in the other state.
    func differsInOwnFiles(from other: State) -> Bool { own != other.own }

    /// In words that are kept with a pass; empty where there is nothing to answer for.
    func text(withOwnFiles: Bool) -> String {
      let own = withOwnFiles ? "+" + Self.digest(of: own) : ""
      return (outputs.map(Self.digest) ?? "") + own
    }

    private static func digest(of files: [RelativePath: Digest]) -> String {
      var hasher = Hasher256()
      for (path, digest) in files.sorted(by: { $0.key < $1.key }) {
        hasher.update(Array("\(digest.hex) \(path.text.utf8.count):\(path.text)".utf8))
      }
      return hasher.finish().hex
    }
  }

  /// Looks at all of it; every file is read.
  func state(in root: RootTree) throws -> State {
    var state = State()
    if !outputs.isEmpty {
      var globs: [Glob] = []
      for text in outputs { globs.append(try Glob(text)) }
      state.outputs = try Self.digests(of: OutputFiles.look(for: globs, in: root).files, in: root)
    }
    state.own = try Self.digests(of: own, in: root)
    return state
  }

  private static func digests(
    of paths: [RelativePath], in root: RootTree
  ) throws(SystemError) -> [RelativePath: Digest] {
    var found: [RelativePath: Digest] = [:]
    for path in paths {
      // Something else may be in its folder's place.
      guard try root.reachableStatus(of: path) != nil else { continue }
      found[path] = try InputDigest.of([path], in: root)
    }
    return found
  }
}

/// A pass of a command that may be remembered.
struct NotedPass: Sendable {
  /// Of all that its result rests on.
  var inputs: Digest
  /// What stood when it had ended.
  var made: StepProducts.State
  /// True if it made something else of its step's own files.
  var changesOwnFiles: Bool

  var products: String { made.text(withOwnFiles: changesOwnFiles) }
}

/// The passes of a step's commands, in their order.
final class NotedPasses: Sendable {
  private let passes = Mutex<[NotedPass]>([])

  var all: [NotedPass] { passes.withLock { $0 } }

  func add(_ pass: NotedPass) { passes.withLock { $0.append(pass) } }
}
