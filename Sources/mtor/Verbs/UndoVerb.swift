import Engine
import Events
import Glibc
import Platform
import Reporting

/// `mtor undo [RUN]`.
enum UndoVerb {
  static func run(_ invocation: Invocation) throws -> ExitCode {
    try Interruption.watch()
    let undo: Undo
    do throws(RunFailure) {
      let ledger: String?
      do throws(RunFailure) { ledger = try ConfigurationFile.ledger(invocation) } catch {
        // Files are put back without it, whatever is wrong with the configuration.
        if invocation.has(.commit) { throw error }
        ledger = nil
      }
      undo = try Undo.perform(
        invocation.operands.first, root: invocation.value(.root),
        withCommit: invocation.has(.commit), ledger: ledger)
    } catch {
      return try FailureOutput(invocation).report(error)
    }
    if invocation.value(.format) == "json" {
      try Output.print(json(undo).text(.pretty) + "\n")
    } else {
      try Output.print(text(undo, Terminal.console(STDOUT_FILENO, invocation).style))
    }
    return undo.left.isEmpty ? .success : .conflict
  }

  private static func text(_ undo: Undo, _ style: Style) -> String {
    var text = undo.recovered.map { Printable.escaped($0) + "\n" }.joined()
    for path in undo.paths { text += style(.faint, "  ← \(Printable.escaped(path))") + "\n" }
    for sentence in undo.kept { text += style(.odd, "  ! \(Printable.escaped(sentence))") + "\n" }
    let count = "\(undo.paths.count) \(undo.paths.count == 1 ? "path is" : "paths are") as before"
    if undo.left.isEmpty {
      text += style(.good, "✓   undone") + "  \(undo.run): \(count)\n"
    } else {
      let left = "\(undo.left.count) \(undo.left.count == 1 ? "is not" : "are not")"
      text += style(.bad, "✗   undone in part") + "  \(undo.run): \(count), \(left)\n"
    }
    if undo.tookCommitBack {
      text += "HEAD is where it was before the run\n"
    } else if let standing = undo.standing {
      text += Printable.escaped(standing) + "\n"
    }
    return text
  }

  private static func json(_ undo: Undo) -> JSON {
    [
      "ok": .bool(undo.left.isEmpty), "run": .string(undo.run), "root": .string(undo.root),
      "paths": .array(undo.paths.map { .string($0) }),
      "left": .array(undo.left.map { .string($0) }),
      "kept": .array(undo.kept.map { .string($0) }),
      "recovered": .array(undo.recovered.map { .string($0) }), "commit": JSON(undo.commits.first),
      "took_commit_back": .bool(undo.tookCommitBack),
    ]
  }
}
