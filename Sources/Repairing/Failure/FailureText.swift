/// What a failing command said, read for its first primary error.
public struct FailureText: Sendable {
  /// A place that an error names.
  public struct Place: Hashable, Sendable {
    /// As it was written.
    public var path: String
    public var line: Int
  }

  /// The whole text, clean.
  public let text: String
  /// The first primary error: one line, or empty where nothing was said.
  public let primary: String
  /// The primary error with the lines around it.
  public let surroundings: String
  /// Places named anywhere in the text, in order, each once.
  public let places: [Place]
  /// How many different errors there are, by their normalised lines.
  public let distinctErrors: Int
  /// The primary error without what differs from run to run: equal failures have equal ones.
  public let fingerprint: String

  /// The failing call with its values: the primary error without frames, rules and counts.
  public let essence: String

  private let exit: String

  /// How many lines around the primary error belong to it.
  private static let before = 14, after = 10
  /// The longest line that is sent, in characters.
  static let longestLine = 500

  public init(output: [UInt8], exit: String) {
    self.exit = exit
    text = CleanOutput.text(output)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let errors = ErrorLines.find(in: lines)
    let index = errors.first ?? lines.lastIndex { !$0.allSatisfy(\.isWhitespace) }
    primary = index.map { String(lines[$0].trimmed.prefix(Self.longestLine)) } ?? ""
    if let index {
      let range = max(0, index - Self.before)..<min(lines.count, index + Self.after + 1)
      surroundings = lines[range].map { $0.prefix(Self.longestLine) }.joined(separator: "\n")
      essence = Essence.text(of: lines, error: index)
    } else {
      surroundings = ""
      essence = ""
    }
    var keys = Set<String>()
    for error in errors { keys.insert(Fingerprint.normalise(lines[error])) }
    distinctErrors = max(keys.count, 1)
    places = Self.places(in: lines)
    // It is kept, and shown: a secret in it is a token of some service.
    let normal = Fingerprint.normalise(Redaction.withoutSecrets(primary))
    fingerprint = normal.isEmpty ? exit : normal
  }

  /// The fingerprint of an output, be it as it came or as a record has it: of a record only the escapes
  /// of what a terminal would not show are known.
  public static func fingerprint(of output: some Collection<UInt8>, exit: String) -> String {
    FailureText(output: CleanOutput.withoutEscapes(Array(output)), exit: exit).fingerprint
  }

  /// The same without secrets, which are taken out of the whole before any part of it is chosen.
  func redacted(by redaction: inout Redaction) -> FailureText {
    let clean = redaction.redact(text)
    return clean == text ? self : FailureText(output: Array(clean.utf8), exit: exit)
  }

  private static func places(in lines: [Substring]) -> [Place] {
    var seen = Set<Place>()
    var result: [Place] = []
    for line in lines where line.utf8.count < 2000 {
      for place in ErrorLines.places(in: line) where seen.insert(place).inserted {
        result.append(place)
        if result.count == 50 { return result }
      }
    }
    return result
  }
}
