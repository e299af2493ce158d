import CSecretRules
import Manifests
import Synchronization

/// A rule of `rules/credsweeper.tsv`: a shape of secrets that CredSweeper's makers keep.
struct MaintainedRule: Sendable {
  /// What a value must be besides, so that a look-alike is not taken for a secret.
  enum Check: String, Sendable {
    case none = "-"
    /// As much entropy as a random text of its length in these alphabets.
    case base64, base32
    /// A name and a password in base64.
    case basic
    /// The value is no secret itself; the companion's is.
    case context
  }

  let name: String
  /// Of the line, in bytes.
  let shortestLine: Int
  /// Of letters, digits, `_` and `-` that stand together in the line.
  let shortestRun: Int
  let check: Check
  /// In lower case; the pattern is tried on lines with one of them.
  let keywords: [[UInt8]]
  let pattern: String
  /// For the lines around a match.
  let companion: String?

  /// Every rule, in the order of the file. It is read when the first text is looked through.
  static let all: [MaintainedRule] = {
    var size: UInt = 0
    let start = mtor_secret_rules(&size)
    let bytes = UnsafeRawBufferPointer(start: start, count: Int(size))
    return bytes.split(separator: 0x0A).compactMap { MaintainedRule(line: $0) }
  }()

  /// Nil for a line of the licence.
  private init?(line: Slice<UnsafeRawBufferPointer>) {
    guard line.first != UInt8(ascii: "#") else { return nil }
    let fields = line.split(separator: 0x09, omittingEmptySubsequences: false)
    guard fields.count == 7, let shortestLine = Int(fields[1].text),
      let shortestRun = Int(fields[2].text), let check = Check(rawValue: fields[3].text)
    else { return nil }
    name = fields[0].text
    self.shortestLine = shortestLine
    self.shortestRun = shortestRun
    self.check = check
    keywords = fields[4].split(separator: 0x20).map(Array.init)
    pattern = fields[5].text
    companion = fields[6].isEmpty ? nil : fields[6].text
  }
}

/// The patterns of the rules, each compiled when it is tried for the first time.
enum MaintainedPatterns {
  /// At one place, and in one line: enough for every line that people write. A line that takes
  /// more is taken out whole.
  private static let effort = Pattern.Effort(steps: 100_000, seconds: 0.2)
  private static let compiled = Mutex<[String: Pattern]>([:])

  static func pattern(_ text: String) throws(PatternError) -> Pattern {
    if let known = compiled.withLock({ $0[text] }) { return known }
    let new = try Pattern(text, effort: effort)
    compiled.withLock { $0[text] = new }
    return new
  }
}
