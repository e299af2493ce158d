import Glibc
import Platform

/// Puts the guide where a coding agent looks for it.
struct GuideInstallation {
  enum Target: String, CaseIterable { case claude, codex, agents }

  /// Relative to the folder.
  let path: String
  /// The whole new file.
  let text: String

  /// What an installation would write; nothing is written yet. Nil where what stands there is not
  /// mtor's to replace.
  static func prepare(for target: Target, in folder: String) throws(SystemError) -> Self? {
    let path = path(for: target)
    let present = try TextFile.readToRewrite(folder + "/" + path) ?? ""
    switch target {
    case .claude:
      // Each version's skill begins like this one; another file is a person's.
      guard present.isEmpty || present.hasPrefix("---\nname: mtor\n") else { return nil }
      return Self(path: path, text: GuideText.skill)
    case .codex, .agents:
      return replacingSection(in: present).map { Self(path: path, text: $0) }
    }
  }

  /// Where an agent looks.
  static func path(for target: Target) -> String {
    switch target {
    case .claude: ".claude/skills/mtor/SKILL.md"
    case .codex, .agents: "AGENTS.md"
    }
  }

  func write(in folder: String) throws(SystemError) {
    try TextFile.replace(folder + "/" + path, with: text)
  }

  /// The section replaced where it stands, else added at the end; nil where it has no end.
  static func replacingSection(in text: String) -> String? {
    let isCRLF = text.utf8.contains(0x0D)
    let section = isCRLF ? GuideText.section.replacing("\n", with: "\r\n") : GuideText.section
    if let begin = text.firstRange(of: GuideText.begin) {
      guard let end = text[begin.upperBound...].firstRange(of: GuideText.end) else { return nil }
      let rest = text[end.upperBound...]
      let after = rest.first.map(\.isNewline) == true ? rest.dropFirst() : rest
      return text[..<begin.lowerBound] + section + after
    }
    if text.isEmpty { return section }
    let newline = isCRLF ? "\r\n" : "\n"
    return text + (text.last?.isNewline == true ? newline : newline + newline) + section
  }
}
