import Glibc
import Platform
import Subprocess

/// What the end of a run means for its task.
struct Verdict {
  var end: AttemptEnd

  var isGood: Bool { if case .ended(let state) = end.kind { state.isGood } else { false } }

  static func of(_ result: TaskRun.Result) -> Verdict {
    Verdict(end: AttemptEnd(kind(result), reason: reason(result)))
  }

  private static func kind(_ result: TaskRun.Result) -> AttemptEnd.Kind {
    let outcome = result.answer?["outcome"]?.string
    switch result.ending {
    case .exited(0): return .ended(outcome == "repaired" ? .repaired : .passed)
    case .exited(5): return .ended(.stalled)
    case .exited(6): return .again(.unreachable, pause: nil)
    case .exited(7):
      let words = [reason(result) ?? "", result.answer?.text() ?? ""]
      return words.contains(where: isStorage) ? .again(.storage, pause: nil) : .ended(.failed)
    // Somebody stopped or killed it, and that was not this worker.
    case .exited(130), .exited(143), .signalled, .interrupted: return .again(.lost, pause: nil)
    case .exited, .timedOut, .tooManyProcesses: return .ended(.failed)
    }
  }

  private static func reason(_ result: TaskRun.Result) -> String? {
    if case .exited(0) = result.ending { return nil }
    let told =
      result.answer.flatMap(refusal) ?? result.answer?["reason"]?.string ?? result.answer?[
        "error"]?["message"]?.string
      ?? (result.complaint.isEmpty ? nil : result.complaint)
    let text = told.map { String(Printable.escaped($0).prefix(1000)) }
    return switch result.ending {
    case .exited(let code): text ?? "mtor apply ended with exit code \(code)"
    case .signalled(let signal): "the run died of signal \(signal)"
    default: text ?? "the run was ended"
    }
  }

  /// What kept a run from its beginning: the first conflict or fault, which `reason` only counts.
  private static func refusal(_ report: JSON) -> String? {
    guard report["steps"]?.array?.isEmpty == true else { return nil }
    let notices = report["notices"]?.array ?? []
    let first = notices.first { ["conflict", "error"].contains($0["kind"]?.string) }
    return first.flatMap { notice in
      notice["message"]?.string.map { (notice["path"]?.string.map { $0 + ": " } ?? "") + $0 }
    }
  }

  /// True for what no space, no quota or a failing disk make the C library say: these three may be
  /// over soon, and no other failure of a system is tried again.
  static func isStorage(_ text: String) -> Bool {
    [ENOSPC, EDQUOT, EIO].contains { code in
      holds(text, String(cString: strerror(code)))
    }
  }

  private static func holds(_ text: String, _ part: String) -> Bool {
    let text = Array(text.utf8)
    let part = Array(part.utf8)
    guard text.count >= part.count, let first = part.first else { return false }
    return (0...(text.count - part.count)).contains { start in
      text[start] == first && text[start..<(start + part.count)].elementsEqual(part)
    }
  }

  /// What a report says of its costs.
  static func spent(_ report: JSON) -> AttemptEnd.Spent {
    let usage = report["llm"]
    var spent = AttemptEnd.Spent(
      tokens: (usage?["input_tokens"]?.integer ?? 0) + (usage?["output_tokens"]?.integer ?? 0),
      usd: usage?["usd"]?.double ?? 0)
    spent.isKnown =
      usage?["unmetered_requests"]?.integer ?? 0 == 0
      && usage?["unpriced_requests"]?.integer ?? 0 == 0
    return spent
  }
}
