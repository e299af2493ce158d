import Testing

@testable import mtor

@Suite struct GuideInstallationTests {
  @Test func anEmptyFileGetsTheSection() {
    #expect(GuideInstallation.replacingSection(in: "") == GuideText.section)
  }

  @Test(arguments: ["# Mine\n", "# Mine", "a\n\nb\n"])
  func whatStandsThereStays(text: String) throws {
    let once = try #require(GuideInstallation.replacingSection(in: text))
    #expect(once.hasPrefix(text))
    #expect(once.hasSuffix(GuideText.section))
    #expect(GuideInstallation.replacingSection(in: once) == once)
    let after = once + "after\n"
    #expect(GuideInstallation.replacingSection(in: after) == after)
  }

  @Test func anOldSectionIsReplaced() {
    let old = "before\n\(GuideText.begin)\nold\n\(GuideText.end)\nafter\n"
    #expect(
      GuideInstallation.replacingSection(in: old) == "before\n" + GuideText.section + "after\n")
  }

  @Test func aSectionWithoutItsEndIsLeftAlone() {
    #expect(GuideInstallation.replacingSection(in: "a\n\(GuideText.begin)\nb\n") == nil)
  }

  @Test func theLineEndsOfTheFileAreTaken() throws {
    let once = try #require(GuideInstallation.replacingSection(in: "a\r\n"))
    #expect(once.replacing("\r\n", with: "").utf8.allSatisfy { $0 != 0x0A && $0 != 0x0D })
    #expect(GuideInstallation.replacingSection(in: once) == once)
  }

  @Test func theGuideIsShort() {
    // A token is about four bytes of such text; 1,500 is the promise.
    #expect(GuideText.plain.utf8.count < 5_000)
  }
}
