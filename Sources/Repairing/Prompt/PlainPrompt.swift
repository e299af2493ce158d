import Platform

/// The request for a small model: the code in a fence, how it fails, one sentence that asks.
///
/// Small models copy whatever frames and rules they are shown into their answer, and repair more
/// the less there is around the code. What is not to be trusted stands in fences that are longer
/// than any run of backticks in it, so that nothing in it can close them.
struct PlainPrompt {
  /// Caps in bytes: a small window is soon full.
  private static let evidenceLimit = 600, shownLimit = 3000
  /// How many notes a small window has room for, and their bytes.
  static let noteCount = 3, noteBytes = 600

  let input: PromptInput

  func build(mark: String) -> Prompt {
    var redaction = Redaction(mark: mark)
    var parts: [String] = []
    if let intent = input.intent { parts.append(redaction.redact(Printable.escaped(intent))) }
    let editable = input.files.filter(\.isEditable)
    for file in input.files where !file.isEditable {
      // Whole before it is cut: a part of a secret is not known as one.
      let text = redaction.redact(Printable.output(file.content), of: file.path)
      let part = String(decoding: Array(text.utf8.prefix(Self.shownLimit)), as: UTF8.self)
      parts.append("\(file.path.text):\n" + fenced(part, file))
    }
    if !input.notes.isEmpty {
      parts.append("Notes:\n" + input.notes.map(\.line).joined().dropLast())
    }
    parts.append("Fix the bug in this code.")
    for file in editable {
      let text = redaction.redact(Printable.output(file.content.withoutReturns), of: file.path)
      parts.append((editable.count > 1 ? file.path.text + "\n" : "") + fenced(text, file))
    }
    let evidence = clipped(input.failure.redacted(by: &redaction).essence)
    if !evidence.isEmpty { parts.append(evidence) }
    if let notice = input.notice { parts.append(redaction.redact(notice)) }
    parts.append(
      editable.count > 1
        ? "For each file that changes, write its path, then the corrected file in one fence."
        : "Write the corrected code in one fence.")
    return Prompt(
      system: "", user: parts.joined(separator: "\n\n") + "\n", redaction: redaction,
      notes: input.notes.map(\.id))
  }

  private func fenced(_ text: String, _ file: PromptInput.File) -> String {
    let runs = text.split { $0 != "`" }.map(\.count)
    let fence = String(repeating: "`", count: max(3, (runs.max() ?? 0) + 1))
    let end = text.isEmpty || text.hasSuffix("\n") ? "" : "\n"
    return "\(fence)\(Self.language(of: file.path))\n\(text)\(end)\(fence)"
  }

  /// The failing call and the error: a few lines without a fence, which models take for the code.
  private func clipped(_ text: String) -> String {
    // No line of it may be taken for a fence.
    let lines = text.split(separator: "\n").filter { Fence(opening: $0) == nil }
    let plain = lines.joined(separator: "\n")
    return plain.utf8.count <= Self.evidenceLimit
      ? plain : String(decoding: Array(plain.utf8.prefix(Self.evidenceLimit)), as: UTF8.self)
  }

  private static let languages = [
    "py": "python", "js": "javascript", "mjs": "javascript", "ts": "typescript", "rs": "rust",
    "rb": "ruby", "sh": "bash", "kt": "kotlin", "cs": "csharp", "yml": "yaml", "md": "markdown",
    "h": "c", "hpp": "cpp", "cc": "cpp",
  ]
  private static let asNamed: Set<String> = [
    "c", "cpp", "go", "java", "swift", "php", "lua", "sql", "html", "css", "json", "yaml", "toml",
  ]

  /// The info word that models expect at a fence.
  static func language(of path: RelativePath) -> String {
    guard let dot = path.name.lastIndex(of: ".") else { return "" }
    let ending = path.name[path.name.index(after: dot)...].lowercased()
    return languages[ending] ?? (asNamed.contains(ending) ? ending : "")
  }
}
