import Glibc
import Manifests
import Testing
import Transport

@testable import Dispatching

/// What a connection to Temporal trusts and shows.
@Suite struct TemporalServerTests {
  private func server(_ configuration: TemporalConfiguration) throws -> TemporalServer {
    try TemporalServer(configuration)
  }

  @Test(arguments: ["127.0.0.1:7233", "localhost:7233", "[::1]:7233", "127.8.9.10:7233"])
  func thisMachineIsSpokenToInTheClear(address: String) throws {
    let server = try server(TemporalConfiguration(address: address))
    #expect(server.grpc == "http://" + address)
    #expect(
      server.http.hasPrefix("http://") && server.http.hasSuffix(":7243/api/v1/namespaces/default"))
  }

  @Test(arguments: ["10.0.0.1:7233", "temporal.example:7233", "localhost.evil:7233", "127.1:7233"])
  func anotherMachineIsNot(address: String) throws {
    let server = try server(TemporalConfiguration(address: address))
    #expect(server.grpc == "https://" + address)
    #expect(server.http.hasPrefix("https://"))
  }

  @Test func unlessThatIsSaid() throws {
    let server = try server(TemporalConfiguration(address: "ci.example:7233", protection: .off))
    #expect(server.grpc == "http://ci.example:7233")
  }

  @Test func theFilesOfTLSGoWithBothPorts() throws {
    let files = TemporalConfiguration.Files(
      authorities: "/ca", certificate: "/cert", key: "/key", serverName: "temporal.internal")
    let server = try server(
      TemporalConfiguration(
        address: "10.0.0.1:7233", http: "https://10.0.0.1:8243", protection: .tls(files)))
    #expect(server.grpc == "https://temporal.internal:7233")
    #expect(
      server.grpcTrust
        == HTTPTrust(
          authorities: "/ca", certificate: "/cert", key: "/key",
          place: "temporal.internal:7233:10.0.0.1:7233"))
    #expect(server.http == "https://temporal.internal:8243/api/v1/namespaces/default")
    #expect(server.httpTrust.place == "temporal.internal:8243:10.0.0.1:8243")
  }

  @Test func aKeyThatIsNotSetIsAnError() {
    #expect(
      throws: QueueError(
        .other, "the variable MTOR_NO_SUCH_KEY, which holds Temporal's key, is not set",
        hint: "export MTOR_NO_SUCH_KEY=…")
    ) {
      try server(
        TemporalConfiguration(address: "127.0.0.1:7233", keyVariable: "MTOR_NO_SUCH_KEY"))
    }
  }

  @Test func aKeyGoesIntoEveryHead() throws {
    // HOME is set wherever tests run, and is no secret.
    let home = try #require(getenv("HOME").map { String(cString: $0) })
    let server = try server(
      TemporalConfiguration(address: "127.0.0.1:7233", namespace: "night", keyVariable: "HOME"))
    #expect(server.headers.map(\.name) == ["authorization", "temporal-namespace"])
    #expect(server.headers.map(\.value) == ["Bearer " + home, "night"])
  }

  @Test func aQueueHasANameOfItsOwnOnTheServer() throws {
    let server = try server(TemporalConfiguration(address: "127.0.0.1:7233", queue: "ci"))
    #expect(server.taskQueue("default") == "ci" && server.queueName("ci") == "default")
    #expect(server.taskQueue("glm") == "ci-glm" && server.queueName("ci-glm") == "glm")
  }
}
