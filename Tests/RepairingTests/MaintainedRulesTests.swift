import Glibc
import Manifests
import Testing

@testable import Repairing

/// The rules of `rules/credsweeper.tsv`: each compiles, finds what was made from it, and leaves a
/// look-alike alone.
@Suite struct MaintainedRulesTests {
  /// A text that was made from a rule, and where its secret stands.
  private struct Sample {
    let name: String
    let text: [UInt8]
    let secret: Range<Int>
  }

  private static let samples: [Sample] = {
    guard let text = try? file("Tests/Secrets/samples.tsv") else { return [] }
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
      let fields = line.split(separator: "\t")
      let digits = Array(fields[1].utf8).map { $0 < 0x3A ? $0 - 0x30 : $0 - 0x57 }
      let bytes = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
      return Sample(
        name: String(fields[0]), text: bytes, secret: (Int(fields[2]) ?? 0)..<(Int(fields[3]) ?? 0))
    }
  }()

  private static func file(_ path: String) throws -> String {
    let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    guard let file = fopen(root + "/" + path, "re") else { throw Missing(path: path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
      bytes += chunk.prefix(count)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private struct Missing: Error { let path: String }

  private static func covers(_ range: Range<Int>, _ found: [Range<Int>]) -> Bool {
    var missing = Set(range)
    for part in found { missing.subtract(part) }
    return missing.isEmpty
  }

  @Test func everyLineOfTheFileIsARule() throws {
    let text = try Self.file("rules/credsweeper.tsv")
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(MaintainedRule.all.map(\.name) == lines.map { String($0.prefix { $0 != "\t" }) })
    #expect(MaintainedRule.all.count >= 100)
    #expect(Self.samples.map(\.name) == MaintainedRule.all.map(\.name))
  }

  @Test func theLicenceStandsInTheFileAndBesideIt() throws {
    let licence = try Self.file("rules/LICENSE.credsweeper")
    #expect(licence.hasPrefix("Copyright (c) 2021 SAMSUNG\n"))
    let comment = try Self.file("rules/credsweeper.tsv")
    for line in licence.split(separator: "\n") {
      var text = line[...]
      while text.last == " " { text.removeLast() }
      #expect(comment.contains("# \(text)\n"))
    }
  }

  @Test(arguments: MaintainedRule.all.indices)
  func aRuleCompilesAndFindsItsSample(place: Int) throws {
    let rule = MaintainedRule.all[place]
    let pattern = try Pattern(rule.pattern)
    #expect(pattern.group(named: "value") != nil, "\(rule.name)")
    if let companion = rule.companion {
      #expect(try Pattern(companion).group(named: "value") != nil)
    }
    #expect(!rule.keywords.isEmpty && rule.keywords.allSatisfy { !$0.isEmpty })
    let sample = Self.samples[place]
    #expect(
      Self.covers(sample.secret, MaintainedRules.find(in: sample.text)),
      "\(rule.name): \(sample.text.text)")
    // Neither what stands around it nor a line end of another system hides it.
    let among = Array("one = 1\r\nx = \"".utf8) + sample.text + Array("\"\r\ntwo = 2\r\n".utf8)
    let moved = sample.secret.lowerBound + 14..<sample.secret.upperBound + 14
    if rule.name != "BASE64 Private Key" {
      #expect(Self.covers(moved, SecretFinder.find(in: among)), "\(rule.name): \(among.text)")
    }
  }

  /// The same letters in another order are no secret: no rule may take the most of them out.
  @Test(arguments: MaintainedRule.all.indices)
  func aLookAlikeIsLeftAlone(place: Int) throws {
    let rule = MaintainedRule.all[place]
    let sample = Self.samples[place]
    // Words of a person in the place of the secret, as long as it.
    let words = Array("the quick brown fox jumps over a lazy dog and rests ".utf8)
    var text = sample.text
    for (offset, index) in sample.secret.enumerated() { text[index] = words[offset % words.count] }
    let line = text.text
    let pattern = try Pattern(rule.companion ?? rule.pattern)
    #expect(try pattern.first(in: text) == nil, "\(rule.name): \(line)")
    #expect(
      MaintainedRules.find(in: text).allSatisfy { !$0.overlaps(sample.secret) },
      "\(rule.name): \(line)")
  }

  @Test(arguments: [
    "let commit = \"4a1e209f6b2c8d7e1f0a3b5c6d7e8f9012345678\"",
    "id: 6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "\"integrity\": \"sha512-Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYg==\"",
    "the basic functionality of a bearer of news",
    "ck_assert_int_eq_fatal_message(one, two)",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "from google.cloud import secretmanager_v1beta1 as secretmanager",
    "assertEqual(add(1, 2), 3) -> ACCEPT: CALLBACK_SKIPPED_NOTHING_TO_DO",
    "https://example.org/a/b?c=d&e=f#g", "FAILED tests/test_app.py::TestCase::test_name[case-17]",
  ])
  func whatCodeIsMadeOfStays(text: String) {
    #expect(MaintainedRules.find(in: Array(text.utf8)) == [])
  }

  /// mtor's own sources have no secrets; what is taken out of them would be missed in a prompt.
  @Test(arguments: [
    "Sources/Repairing/Loop/Repairer.swift", "Sources/Manifests/Base64.swift",
    "Sources/CMtor/include/module.modulemap", "docs/manifest.md", "docs/repair.md", "docs/rules.md",
    "schemas/manifest.schema.json", "scripts/lib/pins", "Package.swift", "README.md",
  ])
  func sourcesStayAsTheyAre(path: String) throws {
    let bytes = Array(try Self.file(path).utf8)
    #expect(MaintainedRules.find(in: bytes).map { bytes[$0].text } == [])
  }

  @Test func aCompanionIsLookedForNearby() throws {
    let place = try #require(MaintainedRule.all.firstIndex { $0.name == "AWS Multi" })
    let sample = Self.samples[place].text.text.split(separator: "\n")
    let far = String(repeating: "x\n", count: 40)
    let near = Array("\(sample[0])\n\n\(sample[1])\n".utf8)
    let apart = Array("\(sample[0])\n\(far)\(sample[1])\n".utf8)
    #expect(MaintainedRules.find(in: near).contains { $0.lowerBound > sample[0].utf8.count })
    #expect(!MaintainedRules.find(in: apart).contains { $0.lowerBound > sample[0].utf8.count })
  }

  /// At every place of a line that is read in pieces, beside characters of several bytes.
  @Test(arguments: [0, 10_239, 10_240, 20_470, 20_480, 30_000, 61_400])
  func aSecretInALongLineIsFound(before: Int) throws {
    let place = try #require(MaintainedRule.all.firstIndex { $0.name == "Github Classic Token" })
    let token = Self.samples[place].text[Self.samples[place].secret]
    let fill = String(repeating: "é ", count: before / 3 + 1)
    let bytes = Array(fill.utf8) + token + Array((" " + fill).utf8)
    let start = fill.utf8.count
    #expect(Self.covers(start..<start + token.count, MaintainedRules.find(in: bytes)))
  }

  /// A rule must not be made to run for long by a text that a test prints.
  @Test(arguments: [
    String(repeating: "AKIA", count: 50_000), String(repeating: "eyJ", count: 50_000),
    String(repeating: "MIIA", count: 50_000), String(repeating: "a-b-|", count: 40_000),
    String(repeating: "LS0tLS1CRUdJTi", count: 10_000) + "UFJJVkFURSBLRVkt",
    String(repeating: "basic ", count: 30_000), String(repeating: "v1.public.", count: 20_000),
    String(repeating: "\"kty\": \"EC\"\n", count: 10_000),
  ])
  func aHostileTextIsReadToItsEnd(text: String) {
    // One that has no end is ended by the time limit of the suite.
    let found = MaintainedRules.find(in: Array(text.utf8))
    #expect(found.allSatisfy { $0.upperBound <= text.utf8.count })
  }

  @Test func aPatternGivesUpWhereItsEffortEnds() throws {
    let pattern = try Pattern("^(a+)+$", effort: Pattern.Effort(steps: 1000, seconds: 1))
    #expect(throws: PatternError.self) {
      _ = try pattern.first(in: Array("aaaaaaaaaaaaaaaaaaaaaaaaaaab".utf8))
    }
  }

  @Test func entropyIsShannons() {
    #expect(MaintainedRule.Check.entropy(Array("aaaa".utf8)[...]) == 0)
    #expect(MaintainedRule.Check.entropy(Array("abcd".utf8)[...]) == 2)
    #expect(!MaintainedRule.Check.base64.accepts(Array("aaaaaaaaaaaaaaaaaaaaaaaa".utf8)[...]))
    #expect(MaintainedRule.Check.base64.accepts(Array("qZ7mK2xW9pRt4LvN8cYb3HsD".utf8)[...]))
  }
}
