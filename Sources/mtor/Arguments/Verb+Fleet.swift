extension Verb {
  /// One manifest, many repositories.
  static let fleets = [
    Verb(
      .fleet, "do one manifest in many repositories, shown in one matrix",
      details: [
        "plan: what would happen in each, grouped by identical outcome; nothing is changed. apply:"
          + " one task of the queue for each, pushed where the file says so. status, report: how"
          + " far it is, and what came of it. undo: delete the pushed branches that nobody moved.",
        "Everything is tried without a model first; of those that fail alike one is repaired, and"
          + " the others wait for what helped it.",
        "Repositories are copied below the state folder and worked on in trees of their own, never"
          + " in anybody's checkout. Their hooks, filters, monitors and submodules run nothing.",
      ],
      operands: [
        Operand("ACTION", .oneOf(FleetVerb.actions)), Operand("FLEET", .file),
      ],
      flags: [
        Flag(.failed, "apply: the red ones alone"),
        Flag(.resume, "apply: what an interruption left"),
        Flag(.verbose, short: "-v", "apply: say what the workers do"),
        Flag(.detailedExitCode, "plan: exit 10 where changes are pending"),
        Flag(.json, .file("FILE"), "write the matrix as JSON"),
        Flag(.junit, .file("FILE"), "write the matrix as JUnit XML"),
        Flag(.markdown, .file("FILE"), "write the matrix in GitHub's Markdown"),
        Flag(.html, .file("FILE"), "write the matrix as one page, each distinct change once"),
        Flag(.config, .file("FILE"), "this configuration instead of the usual one"),
        .format(),
      ],
      examples: [
        Example("mtor fleet plan FLEET.yaml", "what would change, and where"),
        Example("mtor fleet apply FLEET.yaml --failed", "the red ones once more"),
      ])
  ]
}
