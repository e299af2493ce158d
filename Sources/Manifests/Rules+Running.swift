extension Rules {
  private static func typed(_ id: String, _ meaning: String, _ bad: String, _ good: String) -> Rule
  {
    Rule(id, meaning, .typed, bad: bad, good: good)
  }

  /// A manifest of one file, or of the steps told, as a shell writes it.
  private static func manifest(_ steps: String...) -> String {
    let steps =
      steps.isEmpty
      ? ["{id: s, files: [{path: a.txt, content: \"x\\n\"}], tests: [\"cat a.txt\"]}"] : steps
    return "cat > m.yaml <<'END'\nmtor: 1\nname: m\nsteps:\n"
      + steps.map { "  - \($0)\n" }.joined() + "...\nEND\n"
  }

  private static let committed = "git init -q; echo a > a.txt; git add a.txt; git commit -qm a\n"

  /// What no plan can foresee, or what a person's configuration decides.
  static let running: [Rule] = [
    typed(
      "command-refused",
      "The configuration's `commands` does not let a command run: exit code 3, nothing was touched.",
      manifest() + "echo 'commands: {allow: [\"make *\"], else: refuse}' > config.yaml\n"
        + "mtor apply m.yaml --config config.yaml\n",
      manifest() + "echo 'commands: {allow: [\"cat *\"], else: refuse}' > config.yaml\n"
        + "mtor apply m.yaml --config config.yaml\n"),
    typed(
      "tree-unreadable",
      "The tree, or git's knowledge of it, could not be read: exit code 7.",
      committed + manifest() + "echo damaged > .git/index\nmtor apply m.yaml\n",
      committed + manifest() + "mtor apply m.yaml\n"),
    typed(
      "conflict-moved-on", "A saved plan is applied to a tree that has changed since: exit code 4.",
      committed + manifest() + "mtor plan m.yaml --out plan.json\n"
        + "echo b > a.txt\nmtor apply plan.json\n",
      committed + manifest() + "mtor plan m.yaml --out plan.json\nmtor apply plan.json\n"),
    typed(
      "conflict-kind",
      "Something of another kind stands where a file stood when the plan was made: exit code 4.",
      committed
        + manifest(
          "{id: one, run: [\"rm a.txt && mkfifo a.txt\"]}",
          "{id: two, files: [{path: a.txt, content: \"x\\n\"}]}") + "mtor apply m.yaml\n",
      committed
        + manifest(
          "{id: one, run: [\"mkfifo b.txt\"]}",
          "{id: two, files: [{path: a.txt, content: \"x\\n\"}]}") + "mtor apply m.yaml\n"),
    typed(
      "conflict-commit",
      "The commit that the manifest asks for could not be made: exit code 4, nothing was touched.",
      manifest("{id: s, files: [{path: b.txt, content: \"x\\n\"}]}\ncommit: Add b")
        + "mtor apply m.yaml\n",
      committed
        + manifest("{id: s, files: [{path: b.txt, content: \"x\\n\"}]}\ncommit: Add b")
        + "mtor apply m.yaml\n"),
    typed(
      "conflict-undo",
      "What a run left was changed since, so its undo would lose that: exit code 4.",
      manifest() + "mtor apply m.yaml\necho mine >> a.txt\nmtor undo\n",
      manifest() + "mtor apply m.yaml\nmtor undo\n"),
  ]
}
