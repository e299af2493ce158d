extension Verb {
  /// One manifest, many repositories.
  static let fleets = [
    Verb(
      .fleet, "do one manifest in many repositories, and show what came of it in one matrix",
      details: [
        "plan: what would happen in each, grouped by identical outcome; nothing is changed.",
        "Repositories are copied below the state folder and worked on in trees of their own, never"
          + " in anybody's checkout. Their hooks, filters, monitors and submodules run nothing.",
      ],
      operands: [
        Operand("ACTION", .oneOf(FleetVerb.actions)), Operand("FLEET", .file),
      ],
      flags: [
        Flag(.detailedExitCode, "plan: exit 10 where changes are pending"),
        Flag(.json, .file("FILE"), "write the matrix as JSON"),
        Flag(.junit, .file("FILE"), "write the matrix as JUnit XML"),
        Flag(.markdown, .file("FILE"), "write the matrix in GitHub's Markdown"),
        Flag(.html, .file("FILE"), "write the matrix as one page, each distinct change once"),
        Flag(.config, .file("FILE"), "this configuration instead of the usual one"),
        .format(),
      ],
      examples: [Example("mtor fleet plan FLEET.yaml", "what would change, and where")])
  ]
}
