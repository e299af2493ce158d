import Glibc
import Testing

/// Every file of `Tests/Scripts` is a case: see `Script` for how to read one.
///
/// `scripts/test --update` (MTOR_TEST_UPDATE=1) writes what came back into the scripts instead of
/// comparing; `git diff` then shows what changed.
@Suite struct ScriptTests {
  static let folder = ScriptFolder.repository + "/Tests/Scripts"
  static let isUpdate = getenv("MTOR_TEST_UPDATE") != nil

  static let names: [String] = {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(".txt") { names.append(name) }
    }
    return names.sorted()
  }()

  @Test func thereAreScripts() { #expect(Self.names.count >= 3) }

  /// Those that are asked for (`scripts/test --script NAME`); all, where none is named.
  static let asked: [String] = {
    guard let name = getenv("MTOR_TEST_SCRIPT") else { return names }
    let wanted = String(cString: name) + ".txt"
    return names.filter { $0 == wanted }
  }()

  @Test func whatIsAskedForIsThere() { #expect(!Self.asked.isEmpty, "no such script") }

  @Test(arguments: asked)
  func holds(name: String) throws {
    let path = Self.folder + "/" + name
    let source = try read(path)
    var script = try Script(source)
    let folder = try ScriptFolder()
    for (index, section) in script.sections.enumerated() {
      switch section {
      case .file(let path, let lines): try folder.writeFile(path, lines: lines)
      case .run(let commands):
        script.sections[index] = .run(try commands.map { try check($0, in: folder, of: name) })
      case .tree(let expected):
        let actual = try folder.tree()
        if Self.isUpdate {
          script.sections[index] = .tree(actual)
        } else {
          #expect(actual == expected, "the tree after \(name)")
        }
      }
    }
    if Self.isUpdate && script.text != source { try write(script.text, to: path) }
  }

  private func check(_ command: Script.Command, in folder: ScriptFolder, of name: String) throws
    -> Script.Command
  {
    let (output, exit) = try folder.run(command.line)
    let actual = folder.normalised(output)
    let isExpected = Script.matches(command.output, actual) && exit == command.exit
    if Self.isUpdate {
      return isExpected ? command : Script.Command(line: command.line, output: actual, exit: exit)
    }
    let wanted = (command.output + ["[exit \(command.exit)]"]).joined(separator: "\n")
    let got = (actual + ["[exit \(exit)]"]).joined(separator: "\n")
    #expect(isExpected, "\(name): $ \(command.line)\n--- expected\n\(wanted)\n--- got\n\(got)\n---")
    return command
  }

  @Test func scriptsAreWrittenAsTheyAreRead() throws {
    for name in Self.names {
      let text = try read(Self.folder + "/" + name)
      #expect(try Script(text).text == text, "\(name)")
    }
  }

  @Test func wildcardsStandForTextAndLines() {
    #expect(Script.matches(["a [..] b", "[...]", "z"], ["a x b", "1", "2", "z"]))
    #expect(Script.matches(["[...]"], []))
    #expect(!Script.matches(["a [..] b"], ["a x c"]))
    #expect(!Script.matches(["a"], ["a", "b"]))
  }
}
