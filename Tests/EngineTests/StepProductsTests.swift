import Platform
import Subprocess
import TestSupport
import Testing

@testable import Engine

/// What a step's commands made is looked at as seldom as they allow.
@Suite struct StepProductsTests {
  private let folder = TemporaryFolder()
  private let inputs = (0..<4).map { Digest(of: [$0]) }

  /// Counts how often a file is read, or known.
  private final class CountingTree: FileTree {
    let tree: RootTree
    private(set) var reads = 0

    init(_ tree: RootTree) { self.tree = tree }

    func status(of path: RelativePath) throws(SystemError) -> FileStatus? {
      try tree.status(of: path)
    }

    func bytes(of path: RelativePath, limit: Int) throws(SystemError) -> [UInt8] {
      try tree.bytes(of: path, limit: limit)
    }

    func digest(
      of path: RelativePath, status: FileStatus
    ) throws(SystemError) -> Digest {
      reads += 1
      return try tree.digest(of: path, status: status)
    }

    func linkTarget(of path: RelativePath) throws(SystemError) -> String {
      try tree.linkTarget(of: path)
    }

    func names(in folder: RelativePath?) throws(SystemError) -> [String] {
      try tree.names(in: folder)
    }
  }

  private func make(_ outputs: [String] = []) throws -> (StepProducts, CountingTree) {
    let root = try RootTree(path: folder.path)
    let tree = CountingTree(root)
    let own = [try RelativePath("a"), try RelativePath("b")]
    return (try StepProducts(outputs: outputs, own: own, tree: tree, root: root), tree)
  }

  /// What is remembered of commands that each do one thing.
  private func remembered(_ commands: [() throws -> Void]) throws -> [String] {
    let (products, _) = try make(["out"])
    var texts: [Digest: String] = [:]
    for (index, command) in commands.enumerated() {
      let before = try #require(try products.willChange(isNoted: true))
      try command()
      texts[inputs[index]] = try products.note(inputs[index], after: before)
    }
    for (inputs, text) in try products.together() { texts[inputs] = text }
    return inputs.prefix(commands.count).map { texts[$0] ?? "" }
  }

  @Test func whereAllHavePassedNoOwnFileIsRead() throws {
    try folder.write("a", "1")
    try folder.write("b", "2")
    let texts = try remembered([{ try folder.write("out", "3") }, {}, {}])
    let (products, tree) = try make(["out"])
    for (index, text) in texts.enumerated() {
      #expect(try products.stand(as: text, inputs: inputs[index]))
    }
    #expect(tree.reads == 0)
    #expect(try products.together().isEmpty)
    try folder.write("out", "4")
    #expect(try !make(["out"]).0.stand(as: texts[0], inputs: inputs[0]))
  }

  @Test func ownFilesAreReadOnceWhereCommandsHadChangedThem() throws {
    try folder.write("a", "1")
    try folder.write("b", "2")
    let texts = try remembered([{ try folder.write("a", "x") }, { try folder.write("b", "y") }, {}])
    let (products, tree) = try make(["out"])
    // The first had not left 'b' as the second did: it alone is to run again.
    #expect(try !products.stand(as: texts[0], inputs: inputs[0]))
    #expect(try products.stand(as: texts[1], inputs: inputs[1]))
    #expect(try products.stand(as: texts[2], inputs: inputs[2]))
    #expect(tree.reads == 2)
  }

  @Test func aPassBeforeACommandThatRunsIsHeldAgainstWhatThatOneLeft() throws {
    try folder.write("a", "1")
    try folder.write("b", "2")
    let text = try remembered([{}])[0]
    for changesOwnFile in [true, false] {
      let (products, _) = try make(["out"])
      #expect(try products.stand(as: text, inputs: inputs[0]))
      let before = try #require(try products.willChange(isNoted: true))
      try folder.write(changesOwnFile ? "a" : "out", "new")
      let made = try products.note(inputs[1], after: before)
      let together = try products.together()
      if changesOwnFile {
        #expect(together.isEmpty)
      } else {
        #expect(together.map(\.inputs) == [inputs[0]])
        #expect(together.map(\.text) == [made])
      }
    }
  }
}
