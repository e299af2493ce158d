extension Verb {
  /// What is done later, by workers.
  static let dispatching = [
    Verb(
      .dispatch, "put manifests into the queue, to be done by workers",
      details: [
        "Each manifest is a task for each repository: it is done in a git work tree of its own, on"
          + " a branch of its own; the folder that you work in is not touched.",
        "A task that is queued or running already is not begun twice; one that failed begins"
          + " again; one that passed does so only with --again.",
      ],
      operands: [.manifests],
      flags: [
        Flag(.batch, .text("NAME"), "what the tasks belong to; today's date unless told"),
        Flag(.task, .text("NAME"), "the name of a single task"),
        Flag(
          .repo, .text("DIR|URL"), repeats: true,
          "the repository, or several; the one around the current folder unless told"),
        Flag(.branch, .text("NAME"), "start from this branch instead of the one checked out"),
        Flag(.after, .text("TASK"), repeats: true, "begin when this task of the batch has passed"),
        Flag(
          .notBefore, .text("TIME"), "begin then at the earliest: 23:30, 90m, 2026-01-31T03:00:00Z"),
        Flag(.priority, .text("N"), "the highest goes first, from -1000 to 1000; 0 unless told"),
        Flag(.queue, .text("NAME"), "the workers that take it: a provider's or an ability's name"),
        Flag(.again, "begin what has passed once more"),
        Flag(.land, "move the branch on when all is green and no merge is needed"),
        Flag(.wait, "wait for the end, and exit as the worst of the tasks did"),
        Flag(.tokens, .count("N"), "what all repairs of the batch may cost together"),
        Flag(.usd, .text("AMOUNT"), "the same in US dollars"),
        .param,
        Flag(
          .tighten, .file("FILE"),
          "a configuration for the tasks that may only tighten the worker's"),
        Flag(.config, .file("FILE"), "this configuration instead of the usual one"),
        .format(),
      ],
      examples: [
        Example(
          "mtor dispatch fix.yaml --batch night --task fix",
          "the task night.fix, to be done by a worker"),
        Example(
          "mtor dispatch a.yaml b.yaml --repo ~/src/one --repo ~/src/two --tokens 500000",
          "four tasks with a budget"),
      ]),
    Verb(
      .worker, "do what is in the queue, until told to end",
      details: [
        "SIGTERM drains: no new task is begun, the running ones end. A second one gives the running"
          + " ones back. A worker that is killed loses nothing: another takes its tasks over."
      ],
      flags: [
        Flag(.slots, .count("N"), "how many tasks at a time; 1 unless told"),
        Flag(.queue, .text("NAME"), "take the tasks of this queue"),
        Flag(.requireSigned, "do signed manifests alone"),
        Flag(.drain, "end when nothing is left that could be done"),
        Flag(.metrics, .file("FILE"), "keep numbers there for node_exporter"),
        Flag(.config, .file("FILE"), "this configuration instead of the usual one"),
      ],
      examples: [Example("mtor worker --slots 4", "four tasks at a time")]),
    Verb(
      .queue, "show the queue, or change what is in it",
      details: [
        "list: every task. show TASK: one of them whole. cancel, retry: tasks, or all of --batch."
          + " pause, resume: a queue or a batch. remove: a batch that has ended, with its trees.",
        "A branch that holds commits is never removed.",
      ],
      operands: [
        Operand("ACTION", .oneOf(QueueVerb.actions), isRequired: false),
        Operand("TASK", .text, isRequired: false, repeats: true),
      ],
      flags: [
        Flag(.batch, .text("NAME"), "the tasks of this batch alone"),
        Flag(.queue, .text("NAME"), "pause, resume: this queue"),
        Flag(.bundle, .file("FILE"), "show: write what came home from elsewhere, for git"),
        Flag(.watch, "list: show every change until nothing is left to happen"),
        Flag(.config, .file("FILE"), "this configuration instead of the usual one"),
        .format(),
      ],
      examples: [
        Example("mtor queue", "every task, and what it does"),
        Example("mtor queue cancel night.fix", "a waiting or running task"),
      ]),
    Verb(
      .sign, "sign manifests, for workers that want that",
      details: [
        "ssh-keygen writes MANIFEST.sig, which 'dispatch' takes along. The namespace is"
          + " mtor-manifest."
      ],
      operands: [.manifests],
      flags: [Flag(.key, .file("FILE"), "the key; ~/.ssh/id_ed25519 unless told")],
      examples: [Example("mtor sign fix.yaml --key ~/.ssh/id_ed25519", "writes fix.yaml.sig")]),
  ]
}
