import Events

/// The help texts, made from the verb table.
enum HelpText {
  static let promise =
    "mtor puts an architect's files into a tree exactly, runs the commands that must pass, and"
    + " only a failing test may cost a token."

  /// `mtor --help`: the verbs of every day.
  static func overview() -> String {
    paragraph(promise) + "\nUsage: mtor VERB [options]\n\n"
      + Lines.table(Verb.all.filter(\.isCommon).map { ($0.name.rawValue, $0.summary) })
        + """

        $ mtor apply manifest.yaml

        'mtor help VERB' shows a verb's options, 'mtor help --all' every verb.

        """
  }

  /// `mtor help --all`: every verb, each with an example, and the exit codes.
  static func everything() -> String {
    var text = paragraph(promise) + "\nUsage: mtor VERB [options]\n"
    for verb in Verb.all {
      text += "\n  \(verb.usage)\n"
      text += Lines.table([("", verb.summary + ".")], indent: 4, limit: 0)
      for example in verb.examples.prefix(1) { text += "      $ \(example.command)\n" }
    }
    return text + "\nEvery verb takes:\n" + options(Flag.common) + "\nWithout a verb:\n"
      + options(Flag.alone) + "\nExit codes:\n" + exitCodes()
  }

  /// `mtor help VERB`.
  static func of(_ verb: Verb) -> String {
    var text = "mtor \(verb.name.rawValue): \(verb.summary)\n\nUsage: \(verb.usage)\n"
    for detail in verb.details { text += "\n" + paragraph(detail) }
    text += "\nOptions:\n" + options(verb.allFlags)
    text += "\nExamples:\n"
    for example in verb.examples {
      text += "  $ \(example.command)\n      \(example.purpose)\n"
    }
    return text
  }

  private static func options(_ flags: [Flag]) -> String {
    Lines.table(flags.map { ($0.synopsis, $0.meaning) })
  }

  private static func exitCodes() -> String {
    Lines.table(ExitCode.allCases.map { (String($0.rawValue), $0.meaning) })
  }

  private static func paragraph(_ text: String) -> String {
    Lines.wrapped(text, width: 80).joined(separator: "\n") + "\n"
  }
}
