import YAMLTree

/// Writes a manifest in Markdown: contents in fences, what fences cannot say in YAML.
struct MarkdownWriter {
  private(set) var bytes: [UInt8] = []

  /// The manifest's canonical form in Markdown, with the end mark.
  static func document(_ manifest: Manifest) -> [UInt8] {
    var writer = MarkdownWriter()
    writer.write(manifest)
    return writer.bytes
  }

  private mutating func put(_ text: String) { bytes += text.utf8 }

  // MARK: The manifest

  private mutating func write(_ manifest: Manifest) {
    let title = manifest.description.map(\.withoutFinalNewlines).flatMap { Self.title($0) }
    let hasSetup = MarkdownCommand.all(manifest.setup, kind: "setup")
    let hasVerify = MarkdownCommand.all(manifest.verify, kind: "verify")
    let front = manifest.pairs.filter { pair in
      switch pair.key {
      case "steps": false
      case "description": title == nil
      case "setup": hasSetup == nil
      case "verify": hasVerify == nil
      default: true
      }
    }
    put("---\n")
    bytes += YAMLWriter.document(front)
    put("---\n")
    if let title { put("# \(title)\n") }
    for fence in hasSetup ?? [] { write(fence) }
    for step in manifest.steps { write(step) }
    for fence in hasVerify ?? [] { write(fence) }
    put("\n<!-- end -->\n")
  }

  /// A description that a heading gives back as it is; nil for any other.
  private static func title(_ text: String) -> String? {
    guard isProse(text), !text.contains("\n"), text.utf8.last != UInt8(ascii: "#") else {
      return nil
    }
    return text
  }

  /// True for text that Markdown takes as paragraphs and gives back as it is: each line begins
  /// with a letter or digit and does not end in a space.
  private static func isProse(_ text: String) -> Bool {
    guard !text.isEmpty, text.utf8.last != 0x0A else { return false }
    var isFirst = true
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      guard let first = line.unicodeScalars.first else {
        if isFirst { return false }
        continue
      }
      let isWord = first.properties.isAlphabetic || first.properties.numericType != nil
      guard isWord, line.utf8.last != 0x20, line.utf8.last != 0x09,
        !line.unicodeScalars.contains(where: { $0.value < 0x20 })
      else { return false }
      isFirst = false
    }
    return true
  }

  // MARK: Steps

  private mutating func write(_ step: Step) {
    put("\n## \(Self.heading(of: step.id))\n")
    var others = PairList()
    if let intent = step.intent?.withoutFinalNewlines {
      if Self.isProse(intent) { put(intent + "\n") } else { others.add("intent", .text(intent)) }
    }
    others.add("when", step.condition?.tree)
    others.add("needs", texts: step.needs)
    let run = MarkdownCommand.all(step.run, kind: "run")
    let tests = MarkdownCommand.all(step.tests, kind: "test")
    if run == nil { others.add("run", list: step.run.map(\.tree)) }
    if tests == nil { others.add("tests", list: step.tests.map(\.tree)) }
    for pair in step.optionPairs { others.add(pair.key, pair.value) }

    if !others.all.isEmpty {
      write(MarkdownFence(info: "yaml step", content: YAMLWriter.document(others.all)))
    }
    for fence in MarkdownFence.all(step.files) { write(fence) }
    for fence in run ?? [] { write(fence) }
    for fence in tests ?? [] { write(fence) }
  }

  /// A heading that gives the id back.
  private static func heading(of id: String) -> String {
    let words = id.replacing("-", with: " ")
    let title = words.prefix(1).uppercased() + words.dropFirst()
    return MarkdownStep.slug(title) == id && !title.hasSuffix("#") ? title : "\(id) {#\(id)}"
  }

  private mutating func write(_ fence: MarkdownFence) {
    let tildes = String(repeating: "~", count: fence.length)
    put("\n\(tildes)\(fence.info)\n")
    bytes += fence.content
    put("\(tildes)\n")
  }
}

/// Commands that Markdown can say in fences.
enum MarkdownCommand {
  /// A fence for each command; nil where one of them has keys that no attribute can say.
  static func all(_ commands: [CommandSpec], kind: String) -> [MarkdownFence]? {
    var fences: [MarkdownFence] = []
    for command in commands {
      guard let fence = fence(command, kind) else { return nil }
      fences.append(fence)
    }
    return fences
  }

  private static func fence(_ command: CommandSpec, _ kind: String) -> MarkdownFence? {
    var info = "\(command.shell.rawValue) \(kind)"
    for pair in command.pairs where pair.key != "run" && pair.key != "shell" {
      let value: String
      switch pair.value {
      case .plain(let word): value = word
      case .text(let text): value = text
      case .content, .list, .map: return nil
      }
      guard let written = FenceInfo.written(value) else { return nil }
      info += " \(pair.key)=\(written)"
    }
    return MarkdownFence(
      info: info, content: Array((command.run.withoutFinalNewlines + "\n").utf8))
  }
}
