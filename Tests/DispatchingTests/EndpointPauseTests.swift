import Manifests
import Platform
import Records
import TestSupport
import Testing
import YAMLTree

@testable import Dispatching

@Suite struct EndpointPauseTests {
  private let folder = TemporaryFolder()
  private var ledger: String { folder.file("ledger.sqlite") }

  private func configuration() throws -> Configuration {
    let text = """
      models:
        cheap: {api: openai, url: "http://127.0.0.1:9/v1", model: small, context: 32000}
        dear: {api: openai, url: "http://127.0.0.1:9/v1", model: large, context: 32000}
      repair: {models: [cheap, dear]}
      ledger: \(ledger)
      """
    return try ConfigurationReader.read(
      SourceText(name: "config.yaml", bytes: Array(text.utf8))
    ).configuration
  }

  private func rest(_ model: String, until second: Double) throws {
    try RepairRecords(path: ledger).updateEndpoint("http://127.0.0.1:9/v1 \(model)") { _ in
      ["not_before": .number(second), "open_until": .number(second - 5)]
    }
  }

  @Test func theFirstModelThatMayBeAskedEndsThePause() throws {
    let now: Int64 = 1_000_000_000_000
    #expect(try EndpointPause.seconds(try configuration(), now: now) == nil)
    try rest("small", until: 1090)
    #expect(try EndpointPause.seconds(try configuration(), now: now) == nil)
    try rest("large", until: 1030)
    #expect(try EndpointPause.seconds(try configuration(), now: now) == 30)
    try rest("large", until: 1e9)
    try rest("small", until: 1e9)
    #expect(try EndpointPause.seconds(try configuration(), now: now) == EndpointPause.limit)
  }

  @Test func aLedgerThatCannotBeReadIsSaid() throws {
    try folder.write("ledger.sqlite", String(repeating: "no database, ", count: 500))
    #expect {
      try EndpointPause.seconds(try configuration())
    } throws: { "\($0)".hasPrefix("the ledger \(ledger) cannot be used: ") }
  }
}
