import Glibc
import Testing

@testable import mtor

/// What the documents promise: every link leads somewhere, every command line is understood.
@Suite struct MarkdownTests {
  static let files: [String] = {
    let root = ScriptFolder.repository
    return (names(in: root) + names(in: root + "/docs").map { "docs/" + $0 })
      .filter { $0.hasSuffix(".md") }.sorted()
  }()

  @Test func thereAreDocuments() {
    #expect(Self.files.contains("CONTRIBUTING.md"))
    #expect(Self.files.contains("docs/architecture.md"))
  }

  @Test(arguments: files)
  func everyLinkLeadsSomewhere(file: String) throws {
    let text = Self.prose(of: try read(ScriptFolder.repository + "/" + file))
    let folder = file.split(separator: "/").dropLast().joined(separator: "/")
    for match in text.matches(of: #/\]\(([^)\s]+)\)/#) {
      let link = String(match.1)
      if link.hasPrefix("https://") { continue }
      let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
      let target = parts[0].isEmpty ? file : (folder.isEmpty ? "" : folder + "/") + parts[0]
      let path = ScriptFolder.repository + "/" + target
      guard access(path, F_OK) == 0 else {
        Issue.record("\(file): the link \(link) leads nowhere")
        continue
      }
      if parts.count == 2 {
        let anchors = try Self.anchors(of: read(path))
        #expect(anchors.contains(String(parts[1])), "\(file): no heading for \(link)")
      }
    }
  }

  @Test(arguments: files)
  func everyCommandIsUnderstood(file: String) throws {
    for line in Self.commands(of: try read(ScriptFolder.repository + "/" + file)) {
      var words = line.split(separator: " ").map(String.init)
      if words.first == "scripts/run" { words[0] = "mtor" }
      if words.first?.hasPrefix("scripts/") == true {
        let path = ScriptFolder.repository + "/" + words[0]
        #expect(access(path, X_OK) == 0, "\(file): there is no \(words[0])")
      }
      guard words.first == "mtor", words != ["mtor", "--version"] else { continue }
      #expect(throws: Never.self, "\(file): \(line)") {
        try ArgumentParser.parse(Array(words.dropFirst()))
      }
    }
  }

  /// The command lines of the fences that are for a shell, without what follows a shell's sign.
  private static func commands(of text: String) -> [String] {
    var commands: [String] = []
    var isShell = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        isShell = !isShell && ["```sh", "```console"].contains(line)
      } else if isShell {
        var command = line.drop { $0 == " " }
        if command.hasPrefix("$ ") { command = command.dropFirst(2) }
        let end = command.firstIndex { "#|><&;".contains($0) } ?? command.endIndex
        commands.append(String(command[..<end]))
      }
    }
    return commands
  }

  /// The text without its fences and code, where a bracket is no link.
  private static func prose(of text: String) -> String {
    var lines: [Substring] = []
    var isCode = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") || line.hasPrefix("~~~") { isCode.toggle() }
      if !isCode { lines.append(line) }
    }
    return lines.joined(separator: "\n").replacing(#/`[^`\n]*`/#, with: "")
  }

  /// The anchors that GitHub makes of the headings.
  private static func anchors(of text: String) -> Set<String> {
    let headings = text.split(separator: "\n").filter { $0.hasPrefix("#") }
    return Set(
      headings.map { heading in
        let title = heading.drop { $0 == "#" }.drop { $0 == " " }.lowercased()
        return String(title.filter { $0.isLetter || $0.isNumber || "-_ ".contains($0) })
          .replacing(" ", with: "-")
      })
  }

  private static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafeBytes(of: entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        })
    }
    return names
  }
}
