import Events

/// The manual page mtor(1) in roff, made from the verb table.
enum ManualPage {
  static func text() -> String {
    var page = """
      .TH MTOR 1 "" "mtor \(Version.text)" "User Commands"
      .SH NAME
      mtor \\- put an architect's files into a tree, run the commands that must pass
      .SH SYNOPSIS
      .B mtor
      .I VERB
      .RI [ options ]
      .SH DESCRIPTION
      \(escaped(HelpText.promise))
      .SH VERBS

      """
    for verb in Verb.all { page += section(of: verb) }
    page += ".SH COMMON OPTIONS\n" + Flag.common.map(option).joined()
    page += ".SH OPTIONS WITHOUT A VERB\n" + Flag.alone.map(option).joined()
    page += ".SH EXIT STATUS\n"
    for code in ExitCode.allCases {
      page += ".TP\n.B \(code.rawValue)\n\(escaped(code.meaning)).\n"
    }
    return page
  }

  private static func section(of verb: Verb) -> String {
    var text = ".SS \"\(escaped(verb.usage))\"\n\(escaped(verb.summary)).\n"
    for detail in verb.details { text += ".PP\n\(escaped(detail))\n" }
    text += verb.flags.map(option).joined()
    for example in verb.examples {
      text += ".PP\nExample, \(escaped(example.purpose)):\n"
      text += ".PP\n.RS\n.B \(escaped(example.command))\n.RE\n"
    }
    return text
  }

  private static func option(_ flag: Flag) -> String {
    let names = flag.spellings.map { "\\fB\(escaped($0))\\fR" }.joined(separator: ", ")
    let value = flag.placeholder.map { " \\fI\(escaped($0))\\fR" } ?? ""
    return ".TP\n\(names)\(value)\n\(escaped(flag.meaning)).\n"
  }

  /// Text that roff prints as it is: no escapes, no requests, hyphens that can be copied.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "\"": result += "\\(dq"
      case "'": result += "\\(aq"
      case "…": result += "..."
      default: result.append(character)
      }
    }
    return result.hasPrefix(".") ? "\\&" + result : result
  }
}
