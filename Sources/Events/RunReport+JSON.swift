import Planning
public import Platform

extension RunReport {
  /// The run report of `--json`, `--format json` and `mtor show`; its schema is `mtor schema report`.
  public var json: JSON {
    [
      "ok": .bool(isOK), "run": .string(run),
      "manifest": [
        "name": .string(manifestName), "sha256": .string(manifestDigest.hex),
        "file": .string(manifestFile),
      ],
      "root": .string(root), "started": .string(Clock.timestamp(started)),
      "seconds": .rounded(seconds), "outcome": JSON(end?.outcome.rawValue),
      "exit": JSON(end.map { Int($0.exit) }), "reason": JSON(end?.reason),
      "undone": .bool(end?.isUndone ?? false),
      "files": .object(
        Self.reportedActions.map { action in
          JSON.Member(action.rawValue, .integer(fileCounts[action] ?? 0))
        }),
      "llm": usage.json, "commit": commit.map { ["id": .string($0.id)] } ?? .null,
      "steps": .array(steps.map(\.json)), "commands": .array(commands.map(\.json)),
      "repair": ["attempts": .array(attempts.map(\.json))],
      "notices": .array(notices.map(\.json)),
    ]
  }

  static let reportedActions: [PlannedFile.Action] = [
    .created, .replaced, .edited, .deleted, .moved, .mode, .unchanged,
  ]
}

extension RunReport.Step {
  var json: JSON {
    [
      "id": .string(id), "outcome": JSON(outcome?.rawValue), "reason": JSON(reason),
      "seconds": .rounded(ended.map { Double($0 - started) / 1e9 } ?? 0),
      "needed_llm": .bool(neededModel), "files": .array(files.map(\.json)),
      "commands": .array(commands.map(\.json)),
      "repair": ["attempts": .array(attempts.map(\.json))],
    ]
  }
}

extension RunReport.Notice {
  /// The shape of one notice in a report and in an event; what does not apply is left out.
  var json: JSON {
    let all: [(String, JSON)] = [
      ("kind", .string(kind.rawValue)), ("rule", JSON(rule)), ("message", .string(message)),
      ("hint", JSON(hint)), ("step", JSON(step)), ("path", JSON(path)), ("file", JSON(file)),
      ("line", JSON(line)), ("column", JSON(column)),
    ]
    return .object(all.filter { !$0.1.isNull }.map { JSON.Member($0.0, $0.1) })
  }
}

extension FileRecord {
  /// The shape of one path in a report and in an event.
  var json: JSON {
    [
      "path": .string(path), "action": .string(action.rawValue), "sha256": JSON(digest?.hex),
      "repaired_in": JSON(repairedIn),
    ]
  }
}

extension CommandRecord {
  /// The shape of one command in a report and in an event.
  var json: JSON {
    guard let file, case .object(let members) = plainJSON else { return plainJSON }
    return .object(members + [JSON.Member("file", .string(file))])
  }

  private var plainJSON: JSON {
    [
      "kind": .string(kind.rawValue), "name": .string(name), "run": .string(run),
      "outcome": .string(outcome.rawValue), "exit": JSON(exit), "signal": JSON(signal),
      "seconds": .rounded(seconds),
      "cpu_seconds": .rounded(userSeconds + systemSeconds),
      "user_seconds": .rounded(userSeconds), "system_seconds": .rounded(systemSeconds),
      "peak_memory": .integer(peakMemory),
      "sandbox": .string(sandbox), "output": .string(output), "omitted": .integer(omitted),
      "reason": JSON(reason), "line": .integer(line),
    ]
  }
}

extension AttemptRecord {
  /// The shape of one attempt in a report and in an event.
  var json: JSON {
    [
      "number": .integer(number), "model": JSON(model), "by": .string(by.rawValue),
      "outcome": .string(outcome.rawValue), "signal": JSON(signal), "reason": JSON(reason),
      "files": .array(files.map(JSON.string)), "seconds": .rounded(seconds),
      "notes": .array(notes.map(JSON.string)), "answered_as": JSON(answeredAs),
      "llm": usage.json,
    ]
  }
}

extension ModelUsage {
  /// Sums of what is known; null where nothing is, since unknown is never 0.
  public var json: JSON {
    let isDark = unmetered > 0 && tokens == 0
    var members: [JSON.Member] = [
      JSON.Member("requests", .integer(requests)),
      JSON.Member("input_tokens", isDark ? .null : .integer(inputTokens)),
      JSON.Member("cached_input_tokens", isDark ? .null : .integer(cachedInputTokens)),
      JSON.Member("output_tokens", isDark ? .null : .integer(outputTokens)),
      JSON.Member("usd", unpriced > 0 && usd == 0 ? .null : .number(usd)),
    ]
    if unmetered > 0 { members.append(JSON.Member("unmetered_requests", .integer(unmetered))) }
    if unpriced > 0 { members.append(JSON.Member("unpriced_requests", .integer(unpriced))) }
    return .object(members)
  }
}

extension JSON {
  /// A duration in seconds, to the microsecond.
  static func rounded(_ seconds: Double) -> JSON {
    .number((seconds * 1e6).rounded() / 1e6)
  }
}
