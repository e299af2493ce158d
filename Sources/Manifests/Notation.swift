public import YAMLTree

/// The notations that a manifest is written in.
public enum Notation: String, Sendable, CaseIterable {
  case yaml
  case markdown = "md"

  /// The notation of a text: by the end of its name; for standard input, Markdown where a second
  /// line `---` follows one at the start.
  public init(of source: SourceText, isStream: Bool) {
    if isStream {
      self = Self.hasFrontMatter(source.bytes) ? .markdown : .yaml
    } else {
      let name = source.name.lowercased()
      self = name.hasSuffix(".md") || name.hasSuffix(".markdown") ? .markdown : .yaml
    }
  }

  private static func hasFrontMatter(_ bytes: [UInt8]) -> Bool {
    var isFirst = true
    for line in Lines(bytes) {
      let isRule = line.withoutLineEnd.elementsEqual([0x2D, 0x2D, 0x2D])
      if isFirst, !isRule { return false }
      if !isFirst, isRule { return true }
      isFirst = false
    }
    return false
  }
}
