public import Platform

extension Matrix {
  /// The matrix for other programs: groups name their repositories, changes stand once. `ok` says
  /// whether the command that it is of ends with 0.
  public func json(ok: Bool) -> JSON {
    let sums = MatrixSums(self)
    return [
      "ok": .bool(ok), "kind": .string(kind.rawValue), "manifest": .string(manifest),
      "file": .string(file), "summary": .string(summary),
      "without_model": ["count": .integer(sums.withoutModel), "of": .integer(sums.done)],
      "llm": ["tokens": .integer(tokens), "usd": .number(usd)],
      "groups": .array(groups.map(Self.json)),
      "repositories": .array(rows.map(Self.json)),
      "changes": .object(
        changes.sorted { $0.key < $1.key }.map { JSON.Member($0.key.hex, .string($0.value)) }),
    ]
  }

  /// True where nothing is red and nothing is still to be done; of an undo, where nothing was left.
  public var isGreen: Bool {
    switch kind {
    case .undo: !rows.contains { $0.reason == FleetRun.notUndone }
    case .plan, .apply: !rows.contains { $0.state.isRed || $0.state.isOpen }
    }
  }

  private static func json(_ group: Group) -> JSON {
    [
      "title": .string(group.title), "state": .string(group.state.rawValue),
      "reason": JSON(group.reason), "steps": .array(group.steps.map(JSON.string)),
      "repositories": .array(group.rows.map { .string($0.repository) }),
      "changes": .array(
        group.changes.map { ["change": .string($0.change.hex), "count": .integer($0.count)] }),
    ]
  }

  private static func json(_ row: Row) -> JSON {
    [
      "repository": .string(row.repository), "address": .string(row.address),
      "state": .string(row.state.rawValue), "reason": JSON(row.reason),
      "detail": JSON(row.detail), "base": JSON(row.base), "commit": JSON(row.commit),
      "push": JSON(row.push), "change": JSON(row.change?.hex),
      "params": .object(
        row.params.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string($0.value)) }),
      "needed_llm": .bool(row.needsModel),
      "llm": ["tokens": .integer(row.tokens), "usd": .number(row.usd)],
      "steps": .array(
        row.cells.map { cell in
          [
            "id": .string(cell.step), "outcome": .string(cell.outcome),
            "digest": .string(cell.digest.hex),
          ]
        }),
    ]
  }
}
