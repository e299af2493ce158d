import Testing

@testable import Fleet

@Suite struct OpenOutputs {
  private let output = OpenOutput([
    "GH_TOKEN": "very-hidden-token", "SHORT_TOKEN": "abc", "HOME": "/home/ada",
  ])

  @Test func secretsOfTheEnvironmentAndOfTheRulesAreTakenOut() {
    let text = output.told(
      "abc /home/ada very-hidden-token ghp_0123456789abcdefghijABCDEFGHIJ012345")
    #expect(text.hasPrefix("abc /home/ada [secret] "))
    #expect(!text.contains("ghp_"))
  }

  @Test func controlCharactersAreEscaped() {
    #expect(output.told("\u{1B}[31mred") == "\\u{1B}[31mred")
  }
}
