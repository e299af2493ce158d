import Platform

/// What a sign of life carries: what lists show of a running task, and what the next attempt has
/// to know of this one.
struct TemporalBeat: Sendable, Hashable {
  /// How many attempts were given back as if they had not begun.
  var back = 0
  /// What the task has cost, with what a running attempt may cost.
  var spent = AttemptEnd.Spent()
  var progress = TaskProgress()
  var tree: TaskTree?

  init() {}

  init(_ json: JSON) {
    back = min(max(0, json["back"]?.integer ?? 0), 1_000_000)
    spent = TemporalOrder.spent(json["spent"])
    progress = TaskProgress(step: Self.line(json["step"]), line: Self.line(json["line"]))
    tree = Self.tree(json["tree"])
  }

  var json: JSON {
    [
      "back": .integer(back),
      "spent": ["tokens": .integer(spent.tokens), "usd": .number(spent.usd)],
      "step": JSON(progress.step), "line": JSON(progress.line), "tree": Self.json(tree),
    ]
  }

  private static func line(_ json: JSON?) -> String? {
    json?.string.map { Printable.escaped(String($0.prefix(500))) }
  }

  static func json(_ tree: TaskTree?) -> JSON {
    tree.map { tree in
      [
        "path": .string(tree.path), "branch": .string(tree.branch), "base": .string(tree.base),
      ]
    } ?? .null
  }

  /// A tree for people to read of, whose branch they may give to git. What works in one believes
  /// only what its own machine has kept.
  static func tree(_ json: JSON?) -> TaskTree? {
    guard let path = json?["path"]?.string, let branch = json?["branch"]?.string,
      let base = json?["base"]?.string, branch.hasPrefix("mtor/"),
      branch.utf8.allSatisfy({ byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x61...0x7A).contains(byte) || [0x2D, 0x2E, 0x2F, 0x5F].contains(byte)
      })
    else { return nil }
    return TaskTree(path: Printable.escaped(path), branch: branch, base: Printable.escaped(base))
  }
}
