import Platform
import Testing
import YAMLTree

@testable import Manifests

/// What a manifest says survives both notations, whatever it says.
@Suite struct NotationProperties {
  @Test(arguments: 0..<30)
  func writingAndReadingIsLossless(round: Int) throws {
    let seed = UInt64(round) &* 2_654_435_761 &+ 7
    var random = RandomManifest(seed)
    for _ in 0..<20 {
      let manifest = random.manifest()
      for notation in Notation.allCases {
        let bytes = manifest.written(in: notation)
        let text = String(decoding: bytes, as: UTF8.self)
        let source = SourceText(name: "m." + notation.rawValue, bytes: bytes)
        do {
          let options = ManifestReader.Options(lintsContents: false)
          let again = try ManifestReader.read(source, options: options).manifest
          #expect(again.canonicalDigest == manifest.canonicalDigest, "seed \(seed)\n\(text)")
          #expect(again.isWhole)
          #expect(again.written(in: notation) == bytes, "seed \(seed)\n\(text)")
          for (read, meant) in zip(again.steps.flatMap(\.files), manifest.steps.flatMap(\.files)) {
            guard case .content(let got) = read.action, case .content(let want) = meant.action
            else { continue }
            #expect(got.decoded() == want.decoded(), "seed \(seed)\n\(text)")
          }
        } catch {
          let said = error.all.map { DiagnosticPrinter().text($0) }.joined()
          Issue.record("seed \(seed)\n\(said)\n\(text)")
        }
      }
    }
  }
}

/// Manifests made at random, with what is hard to write.
struct RandomManifest {
  private var random: SplitMix
  private let mark = Mark(line: 1, column: 1)

  init(_ seed: UInt64) { random = SplitMix(state: seed) }

  private mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &random) < percent
  }

  private mutating func pick<Value>(_ values: [Value]) -> Value {
    values[Int.random(in: 0..<values.count, using: &random)]
  }

  private static let pieces = [
    "a", "word ", "\n", "\n", "\n\n", "\t", "  ", "#", "# x", ": ", "- ", "~~~~\n", "~~~~ x\n",
    "```\n", "---\n", "...\n", "<!-- end -->\n", "é", "😀", "'", "\"", "\\", "{{", "%", "<<<<<<<\n",
    "=======\n", "## h\n", "\u{FEFF}", "|", ">", "key: v\n", "   ",
  ]

  private mutating func text(_ extra: [String] = [], upTo count: Int = 20) -> String {
    let pieces = Self.pieces + extra
    return (0..<Int.random(in: 0...count, using: &random)).map { _ in pick(pieces) }.joined()
  }

  private mutating func content() -> [UInt8] {
    if chance(10) { return (0..<40).map { _ in UInt8.random(in: 0...255, using: &random) } }
    return Array(text(["\r\n", "\r", "\u{1B}", "\u{85}", "\u{2028}", "\u{7F}"]).utf8)
  }

  private mutating func line() -> String {
    let words = ["make", "test", "a b", "-n", "'q'", "\"d\"", "x: y", "# z", "$A", "=", "é", "no"]
    return (0..<Int.random(in: 1...4, using: &random)).map { _ in pick(words) }.joined(
      separator: " ")
  }

  private var count = 0

  private mutating func path() -> String {
    count += 1
    return pick(["a", "b c", "é", "-x", "x=y", "it's", "q\"r", "yes", "1.0"]) + "/f\(count)"
      + pick(["", ".py", ".md", " y.txt"])
  }

  mutating func manifest() -> Manifest {
    count = 0
    var manifest = Manifest(
      source: SourceText(name: "m", bytes: []), digest: Digest(of: []), name: "m")
    if chance(60) { manifest.description = prose() }
    if chance(30) { manifest.commit = Located(line() + (chance(50) ? "\n\nmore\n" : ""), at: mark) }
    if chance(30) { manifest.defaults.environment = ["A": line(), "B": ""] }
    if chance(40) { manifest.setup = [command(), command()] }
    for index in 0..<Int.random(in: 1...3, using: &random) {
      manifest.steps.append(step("\(pick(["s", "a-b", "A_b", "x.y"]))\(index)"))
    }
    if chance(40) { manifest.verify = [command()] }
    if chance(30) {
      manifest.repair.isOff = false
      manifest.repair.attempts = 3
      manifest.repair.usd = 0.05
      manifest.repair.seconds = 90.5
    }
    return manifest
  }

  private mutating func prose() -> String {
    chance(50) ? "Does a thing; " + line() : text(upTo: 8) + "x"
  }

  private mutating func step(_ id: String) -> Step {
    var step = Step(id: id, mark: mark)
    if chance(60) { step.intent = prose() }
    for _ in 0..<Int.random(in: 1...5, using: &random) { step.files.append(entry()) }
    if chance(60) { step.tests = [command(), command()] }
    if chance(30) { step.run = [command()] }
    step.isParallel = chance(20)
    if chance(20) { step.outputs = ["out/**"] }
    if chance(20) { step.condition = .contains(path: "a", text: line()) }
    return step
  }

  private mutating func entry() -> FileEntry {
    let path = path()
    let action: FileEntry.Action
    switch Int.random(in: 0..<10, using: &random) {
    case 0: action = .delete
    case 1: action = .move(from: self.path(), edits: [])
    case 2: action = .symlink(target: "f")
    case 3: action = .edit(edits())
    case 4:
      action = .patch(Text("@@ -1 +1 @@\n-a\n+b" + (chance(50) ? "\n" : "")))
    case 5: action = .edit([Edit(.append(Text(text(["\u{85}", "\r"]))), at: mark)])
    default: action = .content(Text(content()))
    }
    var entry = FileEntry(path: path, action: action, mark: mark, actionMark: mark)
    if case .content = action {
      if chance(20) { entry.isExecutable = chance(70) }
      if chance(10) { entry.elisionIsFine = true }
    }
    if chance(20) { entry.before = .digest(Digest(of: [1])) }
    if chance(10) { entry.isFrozen = true }
    if chance(10) { entry.condition = .missing(path: "z") }
    return entry
  }

  /// Blocks all of them, or items of a list.
  private mutating func edits() -> [Edit] {
    let blocks = [edit(isBlock: true), edit(isBlock: true)]
    return chance(40) && SearchReplace.written(blocks) != nil ? blocks : [edit(), edit()]
  }

  private mutating func edit(isBlock: Bool = false) -> Edit {
    let end = isBlock || chance(70) ? "\n" : ""
    let find = Text("find" + text(upTo: 4) + "x" + end)
    let replacement = Text(text(upTo: 4) + "y" + end)
    let (isOnce, isWord) = (isBlock || chance(80), chance(10))
    return Edit(
      .replace(
        find: find, with: replacement, count: isOnce ? .exactly(1) : .all,
        extent: isBlock ? .lines : isWord ? .words : .bytes), at: mark)
  }

  private mutating func command() -> CommandSpec {
    var command = CommandSpec(run: line() + (chance(20) ? "\n  \(line())" : ""), mark: mark)
    if chance(20) { command.shell = .bash }
    if chance(20) { command.timeout = pick([90, 1.5, 3600]) }
    if chance(20) { command.name = line() }
    if chance(10) { command.defaults.environment = ["X": line()] }
    if chance(10) { command.exit = pick([.nonzero, .codes([0, 2]), .codes([3])]) }
    if chance(10) { command.output = .contains(line()) }
    if chance(10) { command.retries = 2 }
    if chance(10) { command.input = Text("in\n") }
    return command
  }
}

private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
