public import Platform

/// One sentence that helps whoever repairs this code: a file of the tree, reviewed with it.
public struct CoachingNote: Sendable, Hashable {
  /// How much goes wrong where it is not known.
  public enum Severity: String, Sendable, CaseIterable { case high, medium, low }

  /// Who thought of it.
  public enum Origin: String, Sendable, CaseIterable { case review, reflection, architect }

  public enum Status: String, Sendable, CaseIterable {
    /// Written down, and never sent.
    case proposed
    case active
    /// Its command does the work; the text is sent only where the command finds something.
    case promoted
    case retired
  }

  /// Where it holds; an empty list: everywhere.
  public struct Scope: Sendable, Hashable {
    /// Globs over the paths of the step's files.
    public var paths: [String]
    /// Names as `python`, or endings as `py`.
    public var languages: [String]
    /// Configured names.
    public var models: [String]
    /// Ids.
    public var steps: [String]

    public init(
      paths: [String] = [], languages: [String] = [], models: [String] = [], steps: [String] = []
    ) {
      self.paths = paths
      self.languages = languages
      self.models = models
      self.steps = steps
    }
  }

  /// What a reflection came from.
  public struct Source: Sendable, Hashable {
    public var run: String
    public var step: String?
    public var model: String?

    public init(run: String, step: String? = nil, model: String? = nil) {
      self.run = run
      self.step = step
      self.model = model
    }
  }

  /// `[a-z0-9][a-z0-9._-]{0,62}`
  public var id: String
  /// One line, at most 280 characters, clean.
  public var text: String
  public var scope: Scope
  public var severity: Severity
  public var origin: Origin
  public var source: Source?
  public var status: Status
  /// A day, as it was written.
  public var created: String?
  /// The day from which on it is not sent, as it was written.
  public var expires: String?
  /// A command that finds what the note speaks of, or mends it.
  public var check: String?

  public init(id: String, text: String, status: Status = .active) {
    self.id = id
    self.text = text
    self.status = status
    scope = Scope()
    severity = .medium
    origin = .review
  }

  /// True at and after its expiry.
  public func isExpired(at time: Int64) -> Bool {
    guard let expires, let moment = Clock.moment(expires, now: time) else { return false }
    return moment <= time
  }

  /// The check's text as the ledger knows it.
  public var checkDigest: Digest? { check.map { Digest(of: Array($0.utf8)) } }

  /// An id made of a text's first words.
  public static func id(from text: String) -> String {
    var words: [String] = []
    var length = 0
    for word in text.lowercased().unicodeScalars.split(whereSeparator: { !isIdentifier($0) }) {
      if words.count == 5 || length + word.count > 40 { break }
      words.append(String(String.UnicodeScalarView(word)))
      length += word.count + 1
    }
    return words.isEmpty ? "note" : words.joined(separator: "-")
  }

  private static func isIdentifier(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
  }

  /// True for a text of the form that ids have.
  public static func isID(_ text: String) -> Bool {
    guard (1...63).contains(text.utf8.count) else { return false }
    return text.unicodeScalars.enumerated().allSatisfy { index, scalar in
      isIdentifier(scalar) || index > 0 && "._-".unicodeScalars.contains(scalar)
    }
  }
}

/// Languages by the endings of their files.
public enum SourceLanguage {
  private static let names = [
    "py": "python", "pyi": "python", "js": "javascript", "mjs": "javascript", "cjs": "javascript",
    "jsx": "javascript", "ts": "typescript", "tsx": "typescript", "rs": "rust", "rb": "ruby",
    "sh": "shell", "bash": "shell", "kt": "kotlin", "kts": "kotlin", "cs": "csharp", "h": "c",
    "cc": "cpp", "cxx": "cpp", "hpp": "cpp", "hh": "cpp", "yml": "yaml", "md": "markdown",
    "ex": "elixir", "exs": "elixir", "hs": "haskell", "ml": "ocaml", "pl": "perl", "m": "objc",
  ]

  /// The language of a path; nil for a name without an ending.
  public static func of(_ path: String) -> String? {
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let file = slash.map { path[path.utf8.index(after: $0)...] } ?? path[...]
    guard let dot = file.lastIndex(of: "."), dot != file.startIndex,
      file.index(after: dot) != file.endIndex
    else { return nil }
    return named(String(file[file.index(after: dot)...]))
  }

  /// What a person means by a name or an ending.
  public static func named(_ text: String) -> String {
    let lower = text.lowercased()
    return names[lower] ?? lower
  }
}
