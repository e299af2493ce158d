import Glibc
import Platform

/// Puts the guide where a coding agent looks for it.
struct GuideInstallation {
  enum Target: String, CaseIterable { case claude, codex, agents }

  /// Relative to the folder.
  let path: String
  /// The whole new file.
  let text: String

  /// What an installation would write; nothing is written yet.
  static func prepare(for target: Target, in folder: String) throws(SystemError) -> Self {
    switch target {
    case .claude: return Self(path: ".claude/skills/mtor/SKILL.md", text: GuideText.skill)
    case .codex, .agents:
      let present = try TextFile.read(folder + "/AGENTS.md") ?? ""
      return Self(path: "AGENTS.md", text: replacingSection(in: present))
    }
  }

  func write(in folder: String) throws(SystemError) {
    try TextFile.replace(folder + "/" + path, with: text)
  }

  /// The section replaced where it stands, else added at the end.
  static func replacingSection(in text: String) -> String {
    if let begin = text.firstRange(of: GuideText.begin),
      let end = text[begin.upperBound...].firstRange(of: GuideText.end + "\n")
    {
      return text[..<begin.lowerBound] + GuideText.section + text[end.upperBound...]
    }
    if text.isEmpty { return GuideText.section }
    return text + (text.hasSuffix("\n") ? "\n" : "\n\n") + GuideText.section
  }
}
