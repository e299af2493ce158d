import Manifests
import Planning
import Platform
import Testing
import YAMLTree

@Suite struct PropertyTests {
  private static let names = ["a", "b", "c/a", "c/b", "c/d/e", "f/g", "h", "i/j/k", "l", "m"]

  /// A manifest of some steps over some paths, each removed, moved or linked at most once.
  private func manifest(_ random: inout SeededGenerator, _ files: [String: String]) -> String {
    var free = Self.names.shuffled(using: &random)
    var text = "steps:\n"
    for step in 0..<Int.random(in: 1...3, using: &random) {
      var entries: [String] = []
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        guard let path = free.popLast() else { break }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: entries.append("{path: \(path), delete: true}")
        case 1: entries.append("{path: \(path), symlink: nowhere}")
        case 2 where !free.isEmpty:
          let source = free.removeLast()
          guard files[source] != nil, files[path] == nil else { continue }
          entries.append("{path: \(path), move_from: \(source)}")
        case 3 where files[path] != nil:
          entries.append("{path: \(path), edit: [{append: \"new\\n\"}, {prepend: \"top\\n\"}]}")
        case 4: entries.append("{path: \(path), content: \"x\", executable: true}")
        default: entries.append("{path: \(path), content: \"text of \(path)\\n\"}")
        }
      }
      text += "  - id: s\(step)\n"
      text +=
        entries.isEmpty
        ? "    run: [\"true\"]\n"
        : "    files:\n" + entries.map { "      - \($0)\n" }.joined()
    }
    return text
  }

  @Test(arguments: [51, 52, 53, 54]) func planningAgainAfterApplyingChangesNothing(
    seed: UInt64
  ) throws {
    var random = SeededGenerator(seed: seed)
    var planned = 0
    for _ in 0..<60 {
      var files: [String: String] = [:]
      for name in Self.names where Bool.random(using: &random) { files[name] = "old \(name)\n" }
      var planning = try Planning(files)
      let text = manifest(&random, files)
      let plan = try planning.plan(text)
      guard plan.conflicts.isEmpty else { continue }
      planned += 1
      try planning.apply(plan)
      let again = try planning.plan(text)
      #expect(again.conflicts.isEmpty, "seed \(seed)\n\(text)")
      #expect(
        again.steps.allSatisfy { $0.files.allSatisfy { $0.action == .unchanged } },
        "seed \(seed)\n\(text)\(again.lines)")
    }
    #expect(planned > 10)
  }
}
