import Platform

/// What agents say of their tools where they print one JSON object a line: Claude Code
/// (`stream-json`), Codex (`exec --json`) and OpenCode (`run --format json`).
enum AgentEvents {
  private static let reading: Set<String> = [
    "read", "view", "grep", "glob", "ls", "list", "search", "webfetch", "websearch",
  ]
  private static let writing: Set<String> = [
    "edit", "write", "multiedit", "notebookedit", "apply_patch", "patch", "file_change",
    "str_replace", "create",
  ]

  /// The uses of tools that a line tells of; none for a line that is no such event.
  static func read(_ line: [UInt8]) -> [ToolTrace.Event] {
    guard line.first == UInt8(ascii: "{"),
      case .success(let json) = Result(catching: { try JSON(parsing: line) })
    else { return [] }
    if let content = json["message"]?["content"]?.array {
      return content.compactMap { part in
        guard part["type"]?.string == "tool_use", let name = part["name"]?.string else {
          return nil
        }
        return event(name, part["input"] ?? .null)
      }
    }
    if let item = json["item"], json["type"]?.string == "item.completed",
      let type = item["type"]?.string
    {
      switch type {
      case "command_execution":
        let exit = item["exit_code"]?.integer ?? 0
        return [
          ToolTrace.Event(
            action: "run " + (item["command"]?.string ?? ""),
            result: String((item["aggregated_output"]?.string ?? "").prefix(2000)),
            isError: exit != 0)
        ]
      case "file_change": return [event("file_change", item["changes"] ?? .null)]
      default: return []
      }
    }
    if json["type"]?.string == "tool_use", let part = json["part"], let name = part["tool"]?.string
    {
      return [event(name, part["state"]?["input"] ?? .null)]
    }
    return []
  }

  /// `read x` and `edit x`, whatever the agent calls its tool; else its own name.
  private static func event(_ name: String, _ input: JSON) -> ToolTrace.Event {
    let lower = name.lowercased()
    let verb = reading.contains(lower) ? "read" : writing.contains(lower) ? "edit" : lower
    return ToolTrace.Event(action: verb + " " + input.text(), result: "")
  }
}
