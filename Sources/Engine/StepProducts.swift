import Platform
import Subprocess

/// What a step's `run` commands answer for besides their inputs: what the step's `outputs` name, and
/// its own files, of which they may make something else.
///
/// What stands of it is looked at as late, as seldom and as little as the commands allow: where all of
/// them have passed before, no file of the step's own need be looked at.
final class StepProducts {
  /// What stood of it at one moment.
  struct State {
    /// Nil where the step names none.
    fileprivate(set) var outputs: [RelativePath: Digest]?
    /// Nil while nobody has looked.
    fileprivate(set) var own: [RelativePath: Digest]?

    /// True if nothing of what stands here is missing in the other, or is something else there.
    fileprivate func stands(in other: State) -> Bool {
      own == other.own && (outputs ?? [:]).allSatisfy { other.outputs?[$0.key] == $0.value }
    }

    /// In words that are kept with a pass; empty where there is nothing to answer for.
    fileprivate func text(withOwnFiles: Bool) -> String {
      let own = withOwnFiles ? StepProducts.ownMark + Self.digest(of: own ?? [:]) : ""
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

  /// A pass of a command that is remembered.
  private struct Pass {
    /// Of all that its result rests on.
    var inputs: Digest
    /// What stood when it had ended.
    var made: State
    /// True if it made something else of its step's own files.
    var changesOwnFiles: Bool
  }

  /// Begins the words for the step's own files, where a command has changed them.
  private static let ownMark = "+"

  private let outputs: [Glob]
  private let own: [RelativePath]
  private let tree: any FileTree
  private let root: RootTree

  /// What stands now; nil where nobody has looked since a command ran.
  private var present: State?
  private var passes: [Pass] = []
  private var hasChanged = false

  /// The globs of `outputs` and the files that the step declares, below `root`; `tree` is the same
  /// tree, and may know the digests of files that it need not read.
  init(outputs: [String], own: [RelativePath], tree: any FileTree, root: RootTree) throws {
    var globs: [Glob] = []
    for text in outputs { globs.append(try Glob(text)) }
    self.outputs = globs
    self.own = own
    self.tree = tree
    self.root = root
  }

  /// True if what was remembered of a command's pass, the one with these inputs, still stands.
  func stand(as text: String, inputs: Digest) throws -> Bool {
    let changesOwnFiles = text.contains(Self.ownMark)
    let present = try look(withOwnFiles: changesOwnFiles)
    guard present.text(withOwnFiles: changesOwnFiles) == text else { return false }
    passes.append(Pass(inputs: inputs, made: present, changesOwnFiles: changesOwnFiles))
    return true
  }

  /// To be called before a command runs, which may change everything; with `isNoted` its pass is to
  /// be remembered, for which `note` wants what is returned.
  @discardableResult
  func willChange(isNoted: Bool = false) throws -> State? {
    hasChanged = true
    let isUnsettled = passes.contains { $0.made.own == nil }
    defer { present = nil }
    return isNoted || isUnsettled ? try look(withOwnFiles: true) : nil
  }

  /// What is to be remembered of the pass of a command that has just run.
  func note(_ inputs: Digest, after before: State) throws -> String {
    let made = try look(withOwnFiles: true)
    let pass = Pass(inputs: inputs, made: made, changesOwnFiles: made.own != before.own)
    passes.append(pass)
    return made.text(withOwnFiles: pass.changesOwnFiles)
  }

  /// The passes that stand for what all commands of the step have left, and that, as far as no
  /// command has changed what another had made: else the first would run again for what the second
  /// added.
  func together() throws -> [(inputs: Digest, text: String)] {
    guard hasChanged, passes.count > 1 else { return [] }
    if passes.contains(where: { $0.made.own == nil }) { _ = try look(withOwnFiles: true) }
    guard let last = passes.last?.made else { return [] }
    return passes.dropLast().filter { $0.made.stands(in: last) }
      .map { ($0.inputs, last.text(withOwnFiles: $0.changesOwnFiles)) }
  }

  // MARK: Looking

  private func look(withOwnFiles: Bool) throws -> State {
    var state = try present ?? State(outputs: outputStates())
    if withOwnFiles && state.own == nil {
      let own = try ownStates()
      state.own = own
      // What passed since the last look left them as they are.
      for index in passes.indices where passes[index].made.own == nil {
        passes[index].made.own = own
      }
    }
    present = state
    return state
  }

  private func outputStates() throws -> [RelativePath: Digest]? {
    if outputs.isEmpty { return nil }
    var found: [RelativePath: Digest] = [:]
    for path in try OutputFiles.look(for: outputs, in: root).files {
      // Something else may be in its folder's place.
      guard try root.reachableStatus(of: path) != nil else { continue }
      found[path] = try InputDigest.of([path], in: root)
    }
    return found
  }

  private func ownStates() throws -> [RelativePath: Digest] {
    var found: [RelativePath: Digest] = [:]
    for path in own {
      guard let status = try tree.reachableStatus(of: path) else { continue }
      found[path] =
        status.kind == .regular
        ? Digest(of: Array("\(status.mode) \(try tree.digest(of: path, status: status).hex)".utf8))
        : try InputDigest.of([path], in: root)
    }
    return found
  }
}
