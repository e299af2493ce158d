import Platform
import YAMLTree

/// `docs/rules.md`, made from the table of rules.
public enum RulesPage {
  public static let text: String = {
    var page = """
      # Rules

      Every rule that `mtor check` and `mtor plan` hold a manifest to, with an example that breaks it
      and one that keeps it. The id in brackets of a message is the one below. Errors are exit code
      3, conflicts with the tree exit code 4, and nothing was touched then. What is met only when the
      run has come to it leaves the steps before it as they are. This page is made from the table that the code uses.

      """
    for group in Rules.groups {
      page += "\n## \(group.title)\n"
      for rule in group.rules { page += section(rule) }
    }
    return page
  }()

  private static func section(_ rule: Rule) -> String {
    """

    ### \(rule.id)

    \(capitalised(rule.severity.rawValue)). \(rule.meaning)

    \(place(of: rule.frame)):

    \(fenced(rule.bad, rule.frame))

    Instead:

    \(fenced(rule.good, rule.frame))

    """
  }

  private static func capitalised(_ word: String) -> String {
    word.prefix(1).uppercased() + word.dropFirst()
  }

  private static func place(of frame: Rule.Frame) -> String {
    switch frame {
    case .manifest: "In a manifest"
    case .limited: "Where a manifest may have 100 bytes and a file 20"
    case .few: "Where a manifest may have 3 steps and 2 files"
    case .top: "Among the keys of a manifest"
    case .step: "In a step"
    case .files: "Among a step's `files`"
    case .tests: "Among a step's `tests`"
    case .content(let path): "In a file `\(path)`"
    case .replacement(let path): "Where `\(path)` is replaced, before and after"
    case .configuration: "In `config.yaml`"
    case .treeConfiguration: "In a tree's `.mtor/config.yaml`"
    case .markdown: "Below the front matter of a manifest in Markdown"
    case .wholeMarkdown: "In a manifest in Markdown"
    case .imported: "In what is imported"
    case .typed: "Typed in an empty folder"
    case .fleet: "In a `FLEET.yaml`"
    case .tree: "Where these files stand (`person`: not in git), and with these entries"
    }
  }

  private static func fenced(_ text: String, _ frame: Rule.Frame) -> String {
    if case .replacement = frame {
      return text.split(separator: Character(Rule.division)).map { fence(String($0), "text") }
        .joined(separator: "\n\n")
    }
    if case .content = frame { return fence(text, "text") }
    if case .tree = frame { return fence(text, "text") }
    if case .typed = frame { return fence(text, "sh") }
    return fence(text, "yaml")
  }

  private static func fence(_ text: String, _ language: String) -> String {
    var lines = shown(text)
    if lines.last == "" {
      lines.removeLast()
    } else if language == "text" {
      lines.append("(no newline)")
    }
    return (["````" + language] + lines + ["````"]).joined(separator: "\n")
  }

  /// The lines with everything that does not show written as an escape.
  private static func shown(_ text: String) -> [String] {
    var lines: [String] = []
    var line = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n":
        lines.append(line)
        line = ""
      case "\t": line += "⇥"
      case Unicode.Scalar(0x10FFFD): line += "\\xFF"
      default: line += Printable.escaped(String(scalar))
      }
    }
    lines.append(line)
    return lines.map { $0.count > 100 ? $0.prefix(60) + "…" : $0 }
  }
}
