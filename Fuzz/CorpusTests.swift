import Platform
import Testing

private let corpus = #filePath.replacing("CorpusTests.swift", with: "corpus/")

/// Every input that fuzzing has kept, run once more; scripts/fuzz makes new ones.
@Suite struct CorpusTests {
  /// A broken promise traps, so each target has a process of its own.
  @Test(arguments: FuzzTarget.allCases)
  func everyKeptInputKeepsThePromises(target: FuzzTarget) async throws {
    let ended = await #expect(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) { [target] in
      let inputs = try RootTree(path: corpus + target.rawValue)
      let names = try inputs.names(in: nil)
      precondition(!names.isEmpty, "no inputs of \(target)")
      for name in names {
        target.run(try inputs.bytes(of: RelativePath(name), limit: 1 << 20))
      }
    }
    let said = String(decoding: ended?.standardErrorContent ?? [], as: UTF8.self)
    #expect(!said.contains("Fatal error"), "\(said)")
  }
}
