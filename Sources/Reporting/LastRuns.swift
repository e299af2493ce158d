import Events
import Planning

extension Sequence<CommandRecord> {
  /// The commands as they ended: one that was red and has run again, after a repair, counts as it
  /// ended last. What reads a report as a list of failures shall not see one where there is none.
  var lastRuns: [CommandRecord] {
    var seen: Set<Place> = []
    var result: [CommandRecord] = []
    for command in reversed() {
      let isLast = seen.insert(Place(command)).inserted
      if isLast || !command.outcome.isRed { result.append(command) }
    }
    return result.reversed()
  }
}

/// Where a command stands in a manifest.
private struct Place: Hashable {
  let kind: PlannedCommand.Kind
  let name: String
  let run: String
  let file: String?
  let line: Int

  init(_ command: CommandRecord) {
    kind = command.kind
    name = command.name
    run = command.run
    file = command.file
    line = command.line
  }
}
