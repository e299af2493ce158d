import Glibc
import Testing

/// What the documents show is what happens: their files are written, their commands are run.
///
/// `scripts/test --update` writes what came back into the documents instead of comparing.
@Suite struct PageTests {
  /// A document, or the chapters of one, in a folder of their own.
  struct Reading: CustomTestStringConvertible, Sendable {
    let file: String
    /// The title of one chapter; nil for the whole document in one folder.
    let chapter: String?
    var testDescription: String { chapter.map { "\(file): \($0)" } ?? file }
  }

  static let cookbook = "docs/cookbook.md"

  static let whole = ["README.md", "docs/tour.md"].map { Reading(file: $0, chapter: nil) }

  static let chapters: [Reading] = {
    guard let text = try? read(ScriptFolder.repository + "/" + cookbook) else { return [] }
    return Page(text).chapters.dropFirst().map { Reading(file: cookbook, chapter: $0.title) }
  }()

  @Test func theCookbookHasTenTasks() { #expect(Self.chapters.count >= 10) }

  @Test(arguments: chapters)
  func aTaskAppliesItsManifest(reading: Reading) throws {
    let page = Page(try read(ScriptFolder.repository + "/" + reading.file))
    let parts = try #require(page.chapters.first { $0.title == reading.chapter }).parts
    var manifests: Set<String> = []
    var applied: Set<String> = []
    for index in parts {
      guard case .block(_, let info, let lines) = page.parts[index] else { continue }
      if info == "console" {
        for command in Page.commands(in: lines) {
          let words = command.line.split(separator: " ").map(String.init)
          if words.contains("apply") || words.contains("rehearse") { applied.formUnion(words) }
        }
      } else if lines.first == "mtor: 1", case .text(let text) = page.parts[index - 1] {
        #expect(lines.last == "...")
        manifests.insert(try #require(Page.name(givenBy: text), "a manifest without a name"))
      }
    }
    #expect(manifests.isSubset(of: applied), "never applied: \(manifests.subtracting(applied))")
  }

  /// One test at a time: two chapters of a page that is updated are one file.
  @Test func everyBlockDoesWhatItShows() throws {
    for reading in Self.whole + Self.chapters { try check(reading) }
  }

  private func check(_ reading: Reading) throws {
    let path = ScriptFolder.repository + "/" + reading.file
    let source = try read(path)
    var page = Page(source)
    #expect(page.text == source, "\(reading.file) is written as it is read")
    let places =
      reading.chapter == nil
      ? Array(page.parts.indices)
      : try #require(page.chapters.first { $0.title == reading.chapter }).parts
    let folder = try ScriptFolder()
    let server = try usesServer(page, places) ? ScriptedServer(in: folder) : nil
    defer { server?.stop() }
    for index in places {
      guard case .block(let fence, let info, let lines) = page.parts[index] else { continue }
      if info == "console" {
        let commands = try Page.commands(in: lines).map {
          try check($0, in: folder, server, of: reading)
        }
        page.parts[index] = .block(fence: fence, info: info, lines: Page.lines(of: commands))
      } else if index > 0, case .text(let text) = page.parts[index - 1],
        let name = Page.name(givenBy: text)
      {
        try folder.writeFile(name, lines: lines.map { server?.reached($0) ?? $0 })
      }
    }
    if ScriptTests.isUpdate && page.text != source { try write(page.text, to: path) }
  }

  private func usesServer(_ page: Page, _ places: [Int]) -> Bool {
    places.contains { index in
      guard case .block(_, "console", let lines) = page.parts[index] else { return false }
      return lines.contains { $0.contains(ScriptedServer.shown) }
    }
  }

  private func check(
    _ command: Script.Command, in folder: ScriptFolder, _ server: ScriptedServer?,
    of reading: Reading
  ) throws -> Script.Command {
    let line = server?.reached(command.line) ?? command.line
    let (output, exit) = try folder.run(line)
    let shown = shown(server?.named(output) ?? output, in: folder)
    let wanted = folder.normalised(command.output.map { $0 + "\n" }.joined()).map(Self.unpadded)
    let got = folder.normalised(shown.map { $0 + "\n" }.joined()).map(Self.unpadded)
    if wanted == got && exit == command.exit { return command }
    if ScriptTests.isUpdate {
      return Script.Command(line: command.line, output: shown, exit: exit)
    }
    Issue.record(
      """
      \(reading.testDescription): $ \(command.line)
      --- the page shows
      \(wanted.joined(separator: "\n"))
      [exit \(command.exit)]
      --- it prints
      \(got.joined(separator: "\n"))
      [exit \(exit)]
      """)
    return command
  }

  /// The output as the page writes it: the folder of a person, not of a test.
  private func shown(_ output: String, in folder: ScriptFolder) -> [String] {
    let text = output.replacing(folder.root, with: "/home/ada/project")
      .replacing(folder.home, with: "/home/ada")
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  /// In a column a shorter time has more spaces before it; what a model is sent may become shorter,
  /// nothing never becomes something.
  private static func unpadded(_ line: String) -> String {
    line.replacing(#/ +TIME/#, with: " TIME")
      .replacing(#/\b[1-9][\d,]* tokens/#, with: "N tokens")
  }
}

/// A model's endpoint for the pages: `Tests/Endpoints/scripted.py` with the replies of
/// `Tests/Endpoints/pages.json`.
private struct ScriptedServer {
  /// The address that a page shows.
  static let shown = "127.0.0.1:8080"

  private let process: UnsafeMutablePointer<FILE>
  private let address: String

  init(in folder: ScriptFolder) throws {
    let endpoints = ScriptFolder.repository + "/Tests/Endpoints"
    let pipe = folder.base + "/port"
    // It ends when its standard input does.
    let command =
      "exec python3 '\(endpoints)/scripted.py' '\(endpoints)/pages.json' /dev/null >'\(pipe)'"
    guard mkfifo(pipe, 0o600) == 0, let process = popen(command, "we") else {
      throw ScriptFolder.Failure(description: "cannot start the endpoint")
    }
    self.process = process
    guard let file = fopen(pipe, "re") else {
      throw ScriptFolder.Failure(description: "cannot read the endpoint's port")
    }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 16)
    guard fgets(&line, 16, file) != nil else {
      throw ScriptFolder.Failure(description: "the endpoint says no port")
    }
    let port = line.prefix { $0 != 10 && $0 != 0 }.map { UInt8(bitPattern: $0) }
    address = "127.0.0.1:" + String(decoding: port, as: UTF8.self)
  }

  func stop() { pclose(process) }

  /// A line of the page for the real server.
  func reached(_ line: String) -> String { line.replacing(Self.shown, with: address) }

  /// An output of the real server for the page.
  func named(_ output: String) -> String { output.replacing(address, with: Self.shown) }
}
