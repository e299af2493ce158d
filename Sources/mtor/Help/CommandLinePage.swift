import Events

/// `docs/command-line.md`, made from the verb table.
enum CommandLinePage {
  static func text() -> String {
    var page = """
      # The command line

      Every verb with its options. This page is made from the table that parsing, `mtor help`, the
      manual page and the completions are made from.

      ```
      mtor VERB [options]
      ```


      """
    for verb in Verb.all {
      page += "- [`mtor \(verb.name.rawValue)`](#mtor-\(verb.name.rawValue)): \(verb.summary)\n"
    }
    for verb in Verb.all { page += section(of: verb) }
    page += "\n## Options of every verb\n\n" + table(of: Flag.common)
    page += "\n## Without a verb\n\n" + table(of: Flag.alone)
    page += "\n## Exit codes\n\nWhere several apply, the first in this order wins.\n\n"
    page += "| code | meaning |\n| --- | --- |\n"
    for code in ExitCode.byPrecedence {
      page += "| [\(code.rawValue)](troubleshooting.md) | \(cell(code.meaning)) |\n"
    }
    return page
  }

  private static func section(of verb: Verb) -> String {
    var text = "\n## mtor \(verb.name.rawValue)\n\n"
    text += "```\n\(verb.usage)\n```\n\n"
    text += verb.summary.prefix(1).uppercased() + verb.summary.dropFirst() + ".\n"
    for detail in verb.details { text += "\n" + wrapped(detail) }
    if !verb.flags.isEmpty { text += "\n" + table(of: verb.flags) }
    for example in verb.examples {
      text += "\n```sh\n\(example.command)    # \(example.purpose)\n```\n"
    }
    return text
  }

  private static func table(of flags: [Flag]) -> String {
    var text = "| option | meaning |\n| --- | --- |\n"
    for flag in flags {
      text += "| `\(cell(flag.synopsis))` | \(cell(flag.meaning)) |\n"
    }
    return text
  }

  /// A `|` would end the cell.
  private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }

  private static func wrapped(_ text: String) -> String {
    Lines.wrapped(text, width: 100).joined(separator: "\n") + "\n"
  }
}
