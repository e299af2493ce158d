extension Flag {
  /// What every verb takes.
  static let common = [
    Flag(
      .root, short: "-C", .folder("DIR"),
      "work on this folder; else the git tree around the current folder, else the current folder"),
    Flag(
      .color, .oneOf(["auto", "always", "never"]), "when to use colour; NO_COLOR means never"),
    Flag(.help, short: "-h", "show this help"),
  ]
  /// What stands alone, without a verb.
  static let alone = [Flag(.version, "show the version")]

  static func format(_ words: [String] = ["text", "json"]) -> Flag {
    Flag(.format, .oneOf(words), "how to print the result")
  }

  static let param = Flag(
    .param, .text("NAME=VALUE"), repeats: true, "set a parameter of the manifest")
  static let verifyContents = Flag(
    .verify, "read and compare every file, instead of trusting size and times")
  static let force = Flag(.force, "replace what a person changed too; a copy is kept for undo")
  static let declared = Flag(
    .declared, "put the manifest's own bytes back where an accepted repair stands")
  static let only = Flag(.only, .text("STEP"), "this step alone, without verify and commit")
}

extension Flag {
  static let readAs = Flag(
    .readAs, .oneOf(["yaml", "md"]), "the notation of the manifest, where its name does not tell")
}

extension Operand {
  static let manifests = Operand("MANIFEST", .file, repeats: true)
}

extension Verb {
  /// Every verb, in the order of the help: the daily ones first.
  static let all: [Verb] = running + looking + writing + dispatching + fleets + helping

  private static let running = [
    Verb(
      .new, "write a manifest to start from", isCommon: true,
      details: [
        "Asks for the command that must pass, or guesses it from the project. The manifest passes"
          + " check as it is."
      ],
      operands: [Operand("NAME", .text, isRequired: false)],
      flags: [
        Flag(.test, .text("COMMAND"), "the command that must pass"),
        Flag(.out, short: "-o", .file("FILE"), "where to write it; '-' is standard output"),
      ],
      examples: [Example("mtor new add-login --test 'make test'", "writes add-login.yaml")]),
    Verb(
      .check, "read manifests and report every fault at its place", isCommon: true,
      details: [
        "Reads, validates and lints without looking at any tree. '-' is standard input."
      ],
      operands: [.manifests],
      flags: [.readAs, .format(CheckVerb.Format.allCases.map(\.rawValue))],
      examples: [Example("mtor check manifest.yaml", "every fault, with line, column and caret")]
    ),
    Verb(
      .plan, "show what apply would do; run nothing, write nothing", isCommon: true,
      details: [
        "Prints files with their differences, commands, conflicts, and files that make other"
          + " programs run something."
      ],
      operands: [.manifests],
      flags: [
        Flag(
          .out, short: "-o", .file("FILE"),
          "save the plan, to be applied as it is; '-' is standard output"),
        Flag(.detailedExitCode, "exit 10 where changes are pending"),
        .param, .only, .force, .declared, .verifyContents, .readAs, .format(),
      ] + configurationFlags,
      examples: [
        Example("mtor plan manifest.yaml", "the differences"),
        Example("mtor plan manifest.yaml --out plan.json", "a plan to read, then to apply"),
      ]),
    Verb(
      .apply, "write the files of manifests, run their commands, record the run", isCommon: true,
      details: [
        "Several manifests are one run, in order. '-' is standard input. A saved plan is applied"
          + " as it is.",
        "The second time nothing is written and nothing is run that need not be.",
      ],
      operands: [.manifests], flags: applyFlags + configurationFlags,
      examples: [
        Example("mtor apply manifest.yaml", "land the files, run the tests"),
        Example(
          "mtor apply manifest.yaml --root ../other --param NAME=value", "elsewhere, with a value"),
      ]),
    Verb(
      .rehearse, "do a whole run in a shadow of the tree: the true dry run",
      details: [
        "Files, commands, tests and verify happen in a shadow that nobody else sees.",
        "With --land the tree changes once, and only if everything passed.",
      ],
      operands: [.manifests],
      flags: [Flag(.land, "land what is declared and the outputs if all has passed")] + applyFlags
        + configurationFlags,
      examples: [
        Example("mtor rehearse manifest.yaml", "the true dry run"),
        Example("mtor rehearse manifest.yaml --land", "all or nothing, commands included"),
      ]),
    Verb(
      .undo, "put back every path that a run changed", isCommon: true,
      details: [
        "Takes the newest run that changed something ('last' is the same), or the one named. It"
          + " refuses, and says which, where a path was edited since; a path that was moved away or"
          + " deleted since does not count as edited."
      ],
      operands: [Operand("RUN", .run, isRequired: false)],
      flags: [
        Flag(.commit, "take the run's commit back too, if it is HEAD and nowhere else"),
        .format(),
      ],
      examples: [Example("mtor undo", "the newest run of this tree")]),
    Verb(
      .recover, "finish what a crash left",
      details: ["Every verb that changes the tree does this first; those that look only say so."],
      flags: [.format()],
      examples: [Example("mtor recover", "the tree is at a step's boundary again")]),
  ]

  private static let configurationFlags: [Flag] = [
    Flag(.config, .file("FILE"), "this configuration instead of the usual one"),
    Flag(
      .tighten, .file("FILE"), repeats: true,
      "a configuration that may only tighten the usual one, as a tree's may"),
  ]

  private static let applyFlags: [Flag] = [
    .param, .only, .force, .declared, .readAs,
    Flag(.noTests, "write the files, run no tests and no verify"),
    Flag(.noRepair, "leave a failing test red, ask no model"),
    Flag(.showPrompt, "show what a model would be asked, and ask none"),
    Flag(.unsafeNoSandbox, "repair without a sandbox"),
    Flag(.keepGoing, "after a failed step go on with those that do not need it"),
    Flag(.onFailure, .oneOf(["keep", "undo"]), "what to do with landed files when a step fails"),
    Flag(.jobs, short: "-j", .count("N"), "how many tests of a parallel step run at once"),
    Flag(.commit, .text("MESSAGE"), "commit what passed where the manifest asks for no commit"),
    Flag(.noHooks, "commit without git's hooks"),
    Flag(.strict, "exit 1 where nothing was tested, 10 where a repair was needed"),
    .verifyContents,
    Flag(
      .durability, .oneOf(["full", "kill"]), "'kill' is safe against a kill, not a power loss"),
    Flag(.sandbox, "run commands in a shadow and a sandbox, as standard input's do"),
    Flag(.noSandbox, "run commands of a manifest on standard input as a file's"),
    Flag(.logDirectory, .folder("DIR"), "keep the whole output of every command there"),
    Flag(.json, .file("FILE"), "write the run report"),
    Flag(.junit, .file("FILE"), "write the run as JUnit XML"),
    Flag(.sarif, .file("FILE"), "write warnings and failures as SARIF"),
    Flag(.html, .file("FILE"), "write the run as one page"),
    Flag(.events, .file("FILE"), "write every event as a line of JSON, when it happens"),
    Flag(.verbose, short: "-v", "show files and the output of passing commands"),
    Flag(.quiet, short: "-q", "show what went wrong, and nothing else"),
    .format(["text", "json", "github", "llm"]),
  ]

  private static let looking = [
    Verb(
      .log, "list the runs of this tree, the newest first", isCommon: true,
      details: [
        "'export' writes the report of every run as a line of JSON. 'prune' removes the runs that"
          + " are older than --keep says; repairs that worked stay remembered."
      ],
      operands: [Operand("WHAT", .oneOf(["export", "prune"]), isRequired: false)],
      flags: [
        Flag(.limit, short: "-n", .count("N"), "at most N runs"),
        Flag(.all, "the runs of every tree"),
        Flag(.since, .text("WHEN"), "only runs since then: 7d, yesterday, 2026-01-31"),
        Flag(.keep, .text("AGE"), "prune: keep the runs of the last 90d, 12w"), .format(),
      ],
      examples: [Example("mtor log -n 5", "the last five")]),
    Verb(
      .stats, "sum up the ledger: which steps needed a model, and what it cost",
      flags: [
        Flag(.since, .text("WHEN"), "only runs since then: 7d, yesterday, 2026-01-31"),
        Flag(
          .by, .oneOf(["manifest", "author", "model", "repo", "step", "note"]), "sums of each"),
        Flag(.drift, "what repairs changed in the architect's bytes, the most frequent first"),
        Flag(.html, .file("FILE"), "the sums as one page without outside requests"),
        .format(),
      ],
      examples: [Example("mtor stats --since 30d --by manifest", "a month, by manifest")]),
    Verb(
      .report, "write one run, or all since a moment, as a page, Markdown or JSON",
      operands: [Operand("RUN", .run, isRequired: false)],
      flags: [
        Flag(.html, .file("FILE"), "one page without outside requests"),
        Flag(.markdown, .file("FILE"), "GitHub's Markdown"),
        Flag(.since, .text("WHEN"), "instead of one run, all of them since then"),
        Flag(.batch, .text("NAME"), "the tasks of a batch and their runs: the morning page"),
        Flag(.junit, .file("FILE"), "JUnit XML"), Flag(.sarif, .file("FILE"), "SARIF 2.1.0"),
        .format(),
      ],
      examples: [
        Example("mtor report --html run.html", "the newest run of this tree"),
        Example("mtor report --since yesterday", "what to read in the morning"),
        Example("mtor report --format json", "the newest run, for a program"),
      ]),
    Verb(
      .show, "show one run: its steps, files, commands and costs",
      operands: [Operand("RUN", .run, isRequired: false)],
      flags: [
        Flag(.verbose, short: "-v", "show all files and whole outputs"),
        Flag(.repairs, "show what its repairs made of the declared bytes, and what was tried"),
        .format(),
      ],
      examples: [Example("mtor show", "the newest run")]),
    Verb(
      .models, "show the models that may repair; ask them, or add one", isCommon: true,
      details: [
        "Without a model nothing is ever sent anywhere. 'probe' asks each for one word, which"
          + " costs a few tokens. 'add' writes the configuration; the key itself is never in it."
      ],
      operands: [
        Operand("probe|add", .text, isRequired: false),
        Operand("NAME", .text, isRequired: false, repeats: true),
      ],
      flags: [
        Flag(.config, .file("FILE"), "this configuration instead of the usual one"),
        Flag(.name, .text("NAME"), "add: how the model is called in the configuration"),
        Flag(.model, .text("MODEL"), "add: the provider's own name of the model"),
        Flag(.url, .text("URL"), "add: where it answers"),
      ],
      examples: [Example("mtor models add llamacpp", "a server on this machine")]),
    coaching,
    Verb(
      .doctor, "say what this machine has and lacks, and how to mend it",
      details: [
        "Looks at programs, sandbox, the folders that are written to, ledger, queue, tree and"
          + " configuration, and asks each endpoint for its list of models, which costs no token.",
        "Exits with 7 where something must be mended, with 6 where no configured model answers.",
      ],
      flags: [
        Flag(.config, .file("FILE"), "this configuration instead of the usual one"),
        Flag(.trying, .text("CMD"), "run a command under the rules of repair and say what it did"),
        .format(),
      ],
      examples: [
        Example("mtor doctor", "each with the command that mends it"),
        Example("mtor doctor --try 'make test'", "whether the tests run in the sandbox"),
      ]),
  ]

  private static let writing = [
    Verb(
      .fmt, "print a manifest in its canonical form, or in the other notation",
      details: [
        "Nothing is lost but comments and prose between fences: what is printed was read back and"
          + " compared."
      ],
      operands: [Operand("MANIFEST", .file)],
      flags: [
        Flag(.to, .oneOf(["yaml", "md"]), "the notation to write; else the one it is in"),
        .readAs, Flag(.out, short: "-o", .file("FILE"), "write it to a new file"),
      ],
      examples: [
        Example("mtor fmt manifest.yaml --to md", "the same manifest in Markdown")
      ]),
    Verb(
      .amend, "write a run's repairs back into its manifest",
      details: [
        "Prints the manifest with the repaired bytes in its own notation; comments, order and"
          + " every other line stay. The next apply of it costs nothing, on any machine."
      ],
      operands: [Operand("RUN", .run, isRequired: false)],
      flags: [
        Flag(.out, short: "-o", .file("FILE"), "write it to a new file, or to the manifest itself")
      ],
      examples: [
        Example("mtor amend -o manifest.yaml", "the newest run's repairs, in place")
      ]),
    Verb(
      .importing, "make a manifest of another notation or of a commit",
      details: [
        "Reads Markdown whose blocks name their files, the FILE: format, unified diffs, the"
          + " '*** Begin Patch' envelope, and git commits or ranges.",
        "How each part was read is said on standard error; what a manifest cannot say is refused.",
      ],
      operands: [Operand("SOURCE", .file)],
      flags: [
        Flag(.from, .oneOf(ImportVerb.kinds), "what the source is, where its text does not tell"),
        Flag(.to, .oneOf(["yaml", "md"]), "the notation to write; yaml unless FILE ends in .md"),
        Flag(.out, short: "-o", .file("FILE"), "write it to a new file"),
      ],
      examples: [
        Example("mtor import reply.md -o manifest.yaml", "a model's answer as a manifest"),
        Example("mtor import --from git HEAD", "the last commit as a manifest"),
      ]),
  ]

  private static let helping = [
    Verb(
      .guide, "print what to tell a model so that it writes good manifests",
      details: [
        "With --install it is put where a coding agent looks for it: a skill file for Claude, a"
          + " section of AGENTS.md for the others. What else stands there is left alone."
      ],
      flags: [
        Flag(
          .install, .oneOf(GuideInstallation.Target.allCases.map(\.rawValue)),
          "write it for this agent into the folder")
      ],
      examples: [Example("mtor guide --install agents", "a section of AGENTS.md")]),
    Verb(
      .schema, "print the JSON Schema of a format",
      operands: [Operand("FORMAT", .oneOf(SchemaVerb.names))],
      examples: [Example("mtor schema manifest", "for an editor with a YAML language server")]),
    Verb(
      .completions, "print the completions for a shell",
      operands: [Operand("SHELL", .oneOf(["bash", "zsh", "fish"]))],
      examples: [Example("source <(mtor completions bash)", "for this shell")]),
    Verb(
      .help, "show help for mtor or for one verb",
      operands: [Operand("VERB", .oneOf(VerbName.allCases.map(\.rawValue)), isRequired: false)],
      flags: [
        Flag(.all, "every verb, each with an example"),
        Flag(.manual, "the manual page, in roff"),
      ],
      examples: [Example("mtor help apply", "its options and examples")]),
  ]
}
