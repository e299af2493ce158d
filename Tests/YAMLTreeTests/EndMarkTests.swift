import Testing
import YAMLTree

@Suite struct EndMarkTests {
  private let manifest =
    "mtor: 1\nname: x\nsteps:\n  - id: a\n    files:\n      - path: b\n        content: |\n"
    + "          ...\n          c\n...\n"

  @Test func aWholeTextSaysSo() throws {
    #expect(read(manifest).document?.isWhole == true)
    #expect(read(manifest + "\n# after\n").document?.isWhole == true)
  }

  @Test func noPrefixPassesForWhole() {
    let bytes = Array(manifest.utf8)
    for count in 0..<bytes.count {
      #expect(read(Array(bytes.prefix(count))).document?.isWhole != true, "of \(count) bytes")
    }
  }
}
