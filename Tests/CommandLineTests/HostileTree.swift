import Testing

/// A folder `t` to which hostile manifests are applied by the built mtor.
struct HostileTree {
  let folder: ScriptFolder

  init() throws {
    folder = try ScriptFolder()
    _ = try folder.run("mkdir t outside; echo victim > outside/victim")
  }

  /// Runs lines of shell in the folder; what they print.
  @discardableResult
  func shell(_ lines: String) throws -> String { try folder.run(lines).output }

  /// Applies a manifest with these entries of one step; the exit code and all that was said.
  func apply(_ entries: String, options: String = "") throws -> (output: String, exit: Int) {
    let lines =
      ["mtor: 1", "name: hostile", "steps:", "  - id: one", "    files:"]
      + entries.split(separator: "\n").map { "      " + $0 } + ["..."]
    try folder.writeFile("m.yaml", lines: lines)
    return try folder.run("mtor apply m.yaml --root t \(options)")
  }

  /// Everything below and beside the root, with kinds, modes, contents: equal before and after a
  /// refusal.
  func picture() throws -> String {
    try shell(
      "find . -path ./t/.mtor -prune -o -path ./t/.git -prune -o -name m.yaml -o "
        + "-printf '%P %y %m %l ' -type f -exec sha256sum {} \\; -o -name m.yaml -o -printf '\\n' "
        + "| LC_ALL=C sort")
  }

  /// Expects a refusal with the code and the words, and nothing written anywhere.
  func refuses(
    _ entries: String, exit: Int, _ words: String, options: String = "",
    at location: SourceLocation = #_sourceLocation
  ) throws {
    let before = try picture()
    let result = try apply(entries, options: options)
    #expect(result.exit == exit, "\(result.output)", sourceLocation: location)
    #expect(result.output.contains(words), "\(result.output)", sourceLocation: location)
    #expect(
      !result.output.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" },
      "raw control characters", sourceLocation: location)
    #expect(try picture() == before, sourceLocation: location)
  }

  /// Expects that the entries land, and that the output says so.
  func lands(
    _ entries: String, _ words: String = "", at location: SourceLocation = #_sourceLocation
  ) throws {
    let result = try apply(entries)
    #expect(result.exit == 0, "\(result.output)", sourceLocation: location)
    #expect(
      words.isEmpty || result.output.contains(words), "\(result.output)",
      sourceLocation: location)
  }
}
