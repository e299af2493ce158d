import Platform

/// Which flags mean something together with which word, and which exclude or need one another: one
/// that would be without effect is a mistake, and not taken silently.
enum FlagScope {
  /// The first words that a flag belongs to; the empty one stands for none.
  private static let words: [VerbName: [(flag: FlagName, words: [String])]] = [
    .log: [
      (.keep, ["prune"]), (.limit, [""]), (.all, [""]), (.since, ["", "export"]), (.format, [""]),
    ],
    .queue: [
      (.bundle, ["show"]), (.watch, ["", "list"]), (.queue, ["pause", "resume"]),
      (.format, ["", "list", "show", "cancel", "retry"]),
    ],
    .fleet: [
      (.failed, ["apply"]), (.resume, ["apply"]), (.verbose, ["apply", "undo"]),
      (.detailedExitCode, ["plan"]),
    ],
    .models: [(.name, ["add"]), (.model, ["add"]), (.url, ["add"])],
    .help: [(.all, [""]), (.manual, [""])],
  ]

  /// Two that say different things, or of which one would be left unheard.
  private static let pairs: [VerbName: [(FlagName, FlagName)]] = [
    .apply: running, .rehearse: running,
    .show: [(.repairs, .format), (.repairs, .verbose)],
    .queue: [(.batch, .queue), (.bundle, .format)],
    .doctor: [(.trying, .config)],
    .help: [(.all, .manual)],
  ]

  private static let running: [(FlagName, FlagName)] = [
    (.sandbox, .noSandbox), (.quiet, .verbose), (.noRepair, .showPrompt),
    (.noRepair, .unsafeNoSandbox),
    // What is committed is a whole manifest that has passed.
    (.only, .commit),
  ]

  /// The words behind which nothing else may stand.
  private static let lonely: [VerbName: [String]] = [.queue: ["list", "pause", "resume", "remove"]]

  static func faults(
    _ verb: VerbName, _ operands: [(text: String, index: Int)],
    _ values: [FlagName: [Invocation.FlagValue]]
  ) -> [UsageFault] {
    func position(_ flag: FlagName) -> Int? { values[flag]?.last?.position }
    func has(_ flag: FlagName) -> Bool { values[flag] != nil }
    var faults: [UsageFault] = []
    let word = operands.first?.text ?? ""
    for (flag, allowed) in words[verb] ?? [] where has(flag) && !allowed.contains(word) {
      let places = allowed.map { "'mtor \(named(verb, $0))'" }.joined(separator: " and ")
      faults.append(
        UsageFault(
          rule: "usage-combination", message: "'\(named(verb, word))' takes no \(flag.rawValue)",
          argument: position(flag), hint: "it belongs to \(places)"))
    }
    for (one, other) in pairs[verb] ?? [] where has(one) && has(other) {
      faults.append(
        UsageFault(
          rule: "usage-combination",
          message: "\(one.rawValue) and \(other.rawValue) do not go together",
          argument: position(other), hint: "write one of them"))
    }
    if verb == .rehearse && has(.commit) && !has(.land) {
      faults.append(
        UsageFault(
          rule: "usage-combination", message: "without --land a rehearsal commits nothing",
          argument: position(.commit), hint: "add --land, or leave --commit out"))
    }
    if lonely[verb]?.contains(word) == true, operands.count > 1 {
      let extra = Printable.escaped(operands[1].text)
      faults.append(
        UsageFault(
          rule: "usage-extra-operand", message: "'\(named(verb, word))' takes no '\(extra)'",
          argument: operands[1].index, hint: "'mtor help \(verb.rawValue)' says what it takes"))
    }
    return faults
  }

  private static func named(_ verb: VerbName, _ word: String) -> String {
    word.isEmpty ? verb.rawValue : "\(verb.rawValue) \(Printable.escaped(word))"
  }
}
