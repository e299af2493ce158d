import Events
import Glibc
import Testing

@testable import mtor

/// What the documents promise: every link leads somewhere, every command line is understood.
@Suite struct MarkdownTests {
  /// All Markdown of the repository, wherever it lies.
  static let files: [String] = {
    var found: [String] = []
    var folders = [""]
    while let folder = folders.popLast() {
      for name in names(in: ScriptFolder.repository + "/" + folder) where !name.hasPrefix(".") {
        let path = folder + name
        if name.hasSuffix(".md") {
          found.append(path)
        } else if isFolder(ScriptFolder.repository + "/" + path) {
          folders.append(path + "/")
        }
      }
    }
    return found.sorted()
  }()

  @Test func thereAreDocuments() {
    #expect(Self.files.contains("CONTRIBUTING.md"))
    #expect(Self.files.contains("docs/architecture.md"))
    #expect(Self.files.contains("manifests/edit-project.start/README.md"))
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
    let text = try read(ScriptFolder.repository + "/" + file)
    for line in Self.commands(of: text) {
      if let script = Self.words(of: line).first, script.hasPrefix("scripts/") {
        let path = ScriptFolder.repository + "/" + script
        #expect(access(path, X_OK) == 0, "\(file): there is no \(script)")
      }
      for words in Self.invocations(in: line) {
        #expect(throws: Never.self, "\(file): \(line)") { try ArgumentParser.parse(words) }
      }
    }
    // Within a sentence a command may stand for all of its kind: what is wrong is what is there,
    // not what is left out.
    for span in Self.spans(of: text) {
      for words in Self.invocations(in: Self.concrete(span)) where !words.isEmpty {
        do {
          _ = try ArgumentParser.parse(words)
        } catch {
          let faults = error.all.filter {
            !["usage-missing-operand", "usage-missing-value"].contains($0.rule)
          }
          #expect(faults.isEmpty, "\(file): `\(span)`: \(faults)")
        }
      }
    }
  }

  /// Exit codes, the words of reports, and every rule that stands in no manifest's own page.
  @Test func troubleshootingKnowsEveryCode() throws {
    let page = try read(ScriptFolder.repository + "/docs/troubleshooting.md")
    let lines = Set(page.split(separator: "\n").map { $0.split(separator: ":")[0] })
    for code in ExitCode.allCases {
      #expect(lines.contains("## \(code.rawValue)"), "no heading for \(code.rawValue)")
    }
    let words =
      RunOutcome.allCases.map(\.rawValue) + StepOutcome.allCases.map(\.rawValue)
      + CommandRecord.Outcome.allCases.map(\.rawValue)
      + ["usage", "invalid", "conflict", "system", "busy", "interrupted"]
    let rules = try Self.rules()
    #expect(rules.count >= 30)
    for word in words + rules { #expect(page.contains("`\(word)`"), "\(word)") }
  }

  /// The ids of faults of the command line and the tree, as they stand in the sources.
  private static func rules() throws -> Set<String> {
    var found: Set<String> = ["command-refused"]
    var folders = [ScriptFolder.repository + "/Sources"]
    while let folder = folders.popLast() {
      for name in names(in: folder) where !name.hasPrefix(".") {
        let path = folder + "/" + name
        if isFolder(path) { folders.append(path) }
        guard name.hasSuffix(".swift") else { continue }
        for text in try read(path).split(separator: "\"") {
          guard ["usage-", "conflict-", "tree-"].contains(where: text.hasPrefix) else { continue }
          if text.allSatisfy({ $0 == "-" || ("a"..."z").contains($0) }) && text.last != "-" {
            found.insert(String(text))
          }
        }
      }
    }
    return found
  }

  @Test func aWrongCommandIsSeen() {
    #expect(Self.invocations(in: "cd x && mtor aply 'a b' > out; echo mtor") == [["aply", "a b"]])
    #expect(Self.concrete("mtor fmt [FILE…] --to yaml|md -n N") == "mtor fmt FILE --to yaml -n 1")
    #expect(Self.spans(of: "see `mtor a`, not ``mtor b``\n```\n`mtor c`\n```\n") == ["mtor a"])
  }

  /// The arguments of every `mtor` in a line of a shell, without the program's name.
  private static func invocations(in line: String) -> [[String]] {
    var result: [[String]] = []
    for command in simpleCommands(of: line) {
      var rest = command[...]
      let isBefore = { (word: String) in
        ["do", "then", "!", "env"].contains(word) || word.contains("=")
      }
      while let first = rest.first, isBefore(first) { rest = rest.dropFirst() }
      guard let program = rest.first, ["mtor", "scripts/run"].contains(program) else { continue }
      let words = Array(rest.dropFirst())
      if words != ["--version"] { result.append(words) }
    }
    return result
  }

  private static func words(of line: String) -> [String] { simpleCommands(of: line).first ?? [] }

  /// The words of each simple command; redirections and comments are no words.
  private static func simpleCommands(of line: String) -> [[String]] {
    var commands: [[String]] = [[]]
    var word: String?
    var quote: Character?
    var isTarget = false
    func end() {
      if let done = word, !isTarget { commands[commands.count - 1].append(done) }
      if word != nil { isTarget = false }
      word = nil
    }
    for character in line {
      if let open = quote {
        if character == open { quote = nil } else { word?.append(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if character == "#" && word == nil {
        break
      } else if ";&|()".contains(character) {
        end()
        commands.append([])
      } else if character == "<" || character == ">" {
        if word.map({ Int($0) != nil }) == true { word = nil }
        end()
        isTarget = true
      } else if character == " " {
        end()
      } else {
        word = (word ?? "") + String(character)
      }
    }
    end()
    return commands.filter { !$0.isEmpty }
  }

  /// A synopsis as a command: without brackets and dots, the first of several words, 1 for N.
  private static func concrete(_ synopsis: String) -> String {
    let plain = synopsis.filter { !"[]…".contains($0) }
    return plain.split(separator: " ").map { word in
      switch word {
      case "N": "1"
      case "VERB": "apply"
      default: word.split(separator: "|").first.map(String.init) ?? ""
      }
    }.joined(separator: " ")
  }

  /// The pieces of code in the prose, in single backticks, that call `mtor`.
  private static func spans(of text: String) -> [String] {
    var spans: [String] = []
    var fence: String?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let ticks = String(line.prefix { $0 == "`" })
      if let open = fence {
        if line == open { fence = nil }
      } else if ticks.count >= 3 {
        fence = ticks
      } else {
        // Code in two backticks falls on an even place.
        let parts = line.split(separator: "`", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() where index % 2 == 1 && part.hasPrefix("mtor ") {
          spans.append(String(part))
        }
      }
    }
    return spans
  }

  /// The command lines of the fences that are for a shell, and of a CI's steps.
  private static func commands(of text: String) -> [String] {
    var commands: [String] = []
    var info: String?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        info = info == nil ? String(line.drop { $0 == "`" }) : nil
        continue
      }
      switch info {
      case "sh": commands.append(String(line))
      case "console" where line.hasPrefix("$ ") && !line.hasPrefix("$  "):
        commands.append(String(line.dropFirst(2)))
      case "groovy":
        if let match = line.firstMatch(of: #/\bsh '([^']*)'/#) { commands.append(String(match.1)) }
      case "yaml":
        if let match = line.firstMatch(of: #/^ *(- |run: |- run: )(mtor .*)$/#) {
          commands.append(String(match.2))
        }
      default: break
      }
    }
    return commands
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
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
