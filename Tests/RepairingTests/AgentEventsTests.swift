import Testing

@testable import Repairing

struct AgentEventsTests {
  private static let lines: [(String, [String])] = [
    (
      #"{"type":"assistant","message":{"content":[{"type":"text","text":"x"},{"type":"tool_use","name":"Read","input":{"file_path":"a"}}]}}"#,
      [#"read {"file_path":"a"}"#]
    ),
    (
      #"{"type":"item.completed","item":{"type":"command_execution","command":"ls","exit_code":1,"aggregated_output":"no"}}"#,
      ["run ls"]
    ),
    (#"{"type":"item.started","item":{"type":"command_execution","command":"ls"}}"#, []),
    (
      #"{"type":"item.completed","item":{"type":"file_change","changes":[{"path":"a"}]}}"#,
      [#"edit [{"path":"a"}]"#]
    ),
    (
      #"{"type":"tool_use","part":{"tool":"bash","state":{"input":{"command":"ls"}}}}"#,
      [#"bash {"command":"ls"}"#]
    ),
    ("plain text", []), ("{oops", []), ("{}", []), (#"{"message":{"content":7}}"#, []),
  ]

  @Test(arguments: lines)
  func knownStreamsAreRead(_ line: String, _ actions: [String]) {
    #expect(AgentEvents.read(Array(line.utf8)).map(\.action) == actions)
  }

  @Test func aFailedCommandIsAnError() {
    let events = AgentEvents.read(Array(Self.lines[1].0.utf8))
    #expect(events.map(\.isError) == [true] && events.map(\.result) == ["no"])
  }

  @Test func aWatchSaysEachRuleOnceByItsStrongestWord() {
    let watch = AgentWatch()
    func look(_ time: Double, _ output: Int) -> Bool {
      watch.look(.init(time: time, output: output, tree: AgentWatch.untouched, cpu: 0))
    }
    #expect(look(0, 0) && look(300, 5000))
    #expect(watch.verdicts.map(\.rule) == [.workerMonologue])
    #expect(watch.stop == nil)
    #expect(!look(600, 5001))
    #expect(watch.verdicts.map(\.rule) == [.workerMonologue])
    #expect(watch.stop?.rule == .workerMonologue)
  }
}
