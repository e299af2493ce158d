import Testing

/// The fault harness itself: it must be able to fail, and to say how.
@Suite struct TortureTests {
  let folder: ScriptFolder
  init() throws { folder = try ScriptFolder() }

  @Test(arguments: [
    ("direct", "apply", "the tree is neither old nor new"),
    ("stray", "recover", "the tree is neither old nor new"),
    ("liar", "apply", "exit 0 without the wanted tree"),
    ("forgetful", "apply", "the tree is neither old nor new"),
  ])
  func aBrokenProgramIsFoundOut(_ name: String, _ suite: String, _ crime: String) throws {
    let result = try folder.run("torture \(suite) --broken \(name) --share 0/20")
    #expect(result.exit == 1, "\(result.output)")
    #expect(result.output.contains(crime), "\(result.output)")
    #expect(result.output.contains("again: "), "\(result.output)")
  }

  @Test func theRoomAloneKeepsThePromise() throws {
    let result = try folder.run("torture single --share 0/60")
    #expect(result.exit == 0, "\(result.output)")
    #expect(result.output.hasSuffix(" runs, 0 failed\n"), "\(result.output)")
    #expect(!result.output.hasSuffix("\n0 runs, 0 failed\n"), "\(result.output)")
  }

  @Test func whatItIsGivenWrongIsSaid() throws {
    let result = try folder.run("torture nonsense")
    #expect(result.exit == 2 && result.output.contains("suites: "), "\(result.output)")
  }
}
