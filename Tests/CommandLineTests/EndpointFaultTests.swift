import TestSupport
import Testing

/// The built mtor against an endpoint that misbehaves: whatever comes, the tree is as declared,
/// the exit code says so, and memory stays small.
@Suite struct EndpointFaultTests {
  private static let server = Result { try EndpointProcess("hostile.py") }

  /// In MB, of the whole process.
  private static let memory = 64

  /// A fault, the requests that it may cost, and the exit code.
  static let faults: [(String, ClosedRange<Int>, Int)] =
    // Silence is asked once more by the ladder; what breaks is tried again at most four times.
    [
      "silent", "drip", "drip-stream", "headers-only", "stall", "keep-alive", "keep-alive-later",
      "empty-deltas",
    ].map { ($0, 1...2, 6) }
    + [
      "endless-line", "endless-body", "endless-error", "endless-headers", "bomb",
    ].map { ($0, 1...1, 6) }
    + [
      "close", "reset", "cut-status", "cut-header", "bad-length", "bad-gzip", "bad-chunk",
      "no-http", "stream-error", "ok-error", "limit", "limit-junk", "server", "gateway",
      "overloaded",
    ].map { ($0, 1...8, 6) }
    + ["cut-body", "stream-reset", "stream-no-end"].map { ($0, 1...2, 6) }
    + ["stream-no-finish", "empty", "null-content"].map { ($0, 1...2, 6) }
    + [
      "stream-late-error", "stream-bad-json", "stream-bad-utf8", "short-length", "html",
      "no-choices", "wrong-types", "deep", "redirect", "200-redirect", "bad-request",
      "unauthorised", "pay", "missing", "gone", "quota", "limit-long", "limit-date",
    ].map { ($0, 1...1, 6) }
    // It repeats itself: cut for that, asked once more and again from the beginning.
    + [("endless-stream", 1...4, 5)]
    // A whole reply that holds no file: asked again as the ladder says, then given up.
    + ["ok", "ok-stream", "ok-gzip", "ok-held-open"].map { ($0, 2...4, 5) }

  @Test(arguments: faults)
  func endsWithTheTreeAsDeclared(
    _ fault: String, _ requests: ClosedRange<Int>, _ exit: Int
  ) throws {
    let port = try Self.server.get().port
    let folder = try ScriptFolder()
    try folder.writeFile(
      "m.yaml",
      lines: [
        "mtor: 1", "name: faults", "steps:", "  - id: one", "    files:",
        "      - {path: a.txt, content: \"bad\\n\"}", "    tests:", "      - grep -q good a.txt",
        "...",
      ])
    try folder.writeFile(
      "config.yaml",
      lines: [
        "models:", "  hostile:", "    api: openai",
        "    url: \"http://127.0.0.1:\(port)/\(fault)/v1\"", "    model: m",
        "    timeout: {connect: 5s, first_byte: 2s, idle: 2s, total: 8s}",
      ])
    let run = try folder.run(
      "mkdir t; python3 $REPOSITORY/Tests/Endpoints/measured.py ended "
        + "mtor apply m.yaml -C t --config config.yaml; cat ended t/a.txt; ls t")
    let lines = run.output.split(separator: "\n").suffix(3)
    let words = lines.first?.split(separator: " ") ?? []
    try #require(words.count == 4, "\(fault): \(run.output)")
    #expect(words[1] == "\(exit)", "\(fault): \(run.output)")
    let peak = try #require(Int(words[3]))
    #expect(peak < Self.memory, "\(fault)")
    #expect(lines.dropFirst() == ["bad", "a.txt"], "\(fault)")
    let count = try folder.run(
      "python3 -c 'import urllib.request as u; "
        + "print(u.urlopen(\"http://127.0.0.1:\(port)/count/\(fault)\").read().decode())'")
    let asked = try #require(Int(count.output.split(separator: "\n").first ?? ""))
    #expect(requests.contains(asked), "\(fault): \(asked) requests")
  }

  @Test func thereAreEnough() { #expect(Self.faults.count >= 50) }
}
