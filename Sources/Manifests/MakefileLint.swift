import YAMLTree

/// Spaces where `make` wants a tab.
enum MakefileLint {
  static func applies(to name: Substring) -> Bool {
    guard let first = name.utf8.first, let last = name.utf8.last,
      "MmG".utf8.contains(first) || last == UInt8(ascii: "k")
    else { return false }
    return ["Makefile", "makefile", "GNUmakefile"].contains(String(name)) || name.hasSuffix(".mk")
      || name.hasPrefix("Makefile.")
  }

  /// Every recipe line that begins with spaces.
  static func findings(in bytes: [UInt8]) -> [Finding] {
    var findings: [Finding] = []
    var inRule = false
    var continued = false
    var number = 0
    for line in Lines(bytes) {
      number += 1
      let text = line.withoutLineEnd
      let wasContinued = continued
      continued = text.last == UInt8(ascii: "\\")
      guard let first = text.first else { continue }
      if wasContinued || first == 0x09 || first == UInt8(ascii: "#") { continue }
      let bare = text.drop { $0 == 0x20 }
      if bare.isEmpty { continue }
      if first == 0x20 {
        if inRule && bare.first != UInt8(ascii: "#") && !isDirective(bare) {
          findings.append(finding(number, spaces: text.count - bare.count))
        }
        continue
      }
      if text.starts(with: Array(".RECIPEPREFIX".utf8)) { return [] }
      if !isDirective(text) { inRule = isRule(text) }
    }
    return findings
  }

  private static func finding(_ line: Int, spaces: Int) -> Finding {
    Finding(
      .warning, "content-makefile-tabs", "a recipe line begins with spaces; make wants a tab",
      line: line, width: spaces,
      hint: "begin the line with a tab: behind the block's own indentation it is kept as it is")
  }

  private static func isRule(_ line: ArraySlice<UInt8>) -> Bool {
    // A ':' before any '=', and no ':=' or '::='.
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return false }
    if let equals = line.firstIndex(of: UInt8(ascii: "=")), equals < colon { return false }
    let after = line[(colon + 1)...].drop { $0 == UInt8(ascii: ":") }
    return after.first != UInt8(ascii: "=")
  }

  private static func isDirective(_ line: ArraySlice<UInt8>) -> Bool {
    let word = line.prefix { $0 != 0x20 && $0 != 0x09 && $0 != UInt8(ascii: "(") }
    return [
      "ifeq", "ifneq", "ifdef", "ifndef", "else", "endif", "include", "-include", "define",
      "endef", "export", "unexport", "override", "vpath",
    ].contains(String(decoding: word, as: UTF8.self))
  }
}
