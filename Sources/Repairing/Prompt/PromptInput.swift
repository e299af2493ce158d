public import Platform

/// In which form a model is asked to answer.
public enum ReplyFormat: String, Hashable, Sendable {
  /// Whole files in fences.
  case whole
  /// Search/replace blocks.
  case edits

  public var other: ReplyFormat { self == .whole ? .edits : .whole }

  /// The editable lines up to which whole files are asked for.
  public static let wholeLimit = 150
}

/// All that a request is made of.
public struct PromptInput: Sendable {
  public struct File: Sendable {
    public var path: RelativePath
    public var content: [UInt8]
    public var isEditable: Bool

    /// True if something in it does not survive being shown: then only edits of lines are asked
    /// for, which leave the rest as it is.
    var hasHiddenCharacters: Bool { content.hasHiddenCharacters }

    public init(path: RelativePath, content: [UInt8], isEditable: Bool) {
      self.path = path
      self.content = content
      self.isEditable = isEditable
    }
  }

  /// What a note's own command said before any model was asked.
  public struct Finding: Sendable, Hashable {
    /// The note's text.
    public var note: String
    public var output: String

    public init(note: String, output: String) {
      self.note = note
      self.output = output
    }
  }

  public var intent: String?
  public var files: [File]
  /// Paths that must not be changed, as far as worth saying.
  public var untouchable: [RelativePath]
  public var command: String
  /// How the command ended, such as `exit code 1`.
  public var ending: String
  public var failure: FailureText
  /// One line per earlier attempt, oldest first.
  public var attempts: [String]
  /// What the last reply has to be told: a rejection or a nudge.
  public var notice: String?
  /// Coaching notes, most severe first.
  public var notes: [NoteSelection.Item]
  /// What commands of notes found: untrusted text like any output.
  public var findings: [Finding]
  public var format: ReplyFormat
  /// True to show large files whole.
  public var isWide: Bool
  /// True for the short form that small models follow; only with `whole`.
  public var isPlain: Bool

  public init(command: String, ending: String, failure: FailureText, format: ReplyFormat) {
    self.command = command
    self.ending = ending
    self.failure = failure
    self.format = format
    files = []
    untouchable = []
    attempts = []
    notes = []
    findings = []
    isWide = false
    isPlain = false
  }
}

/// A request as text.
public struct Prompt: Sendable {
  /// Does not change between the requests of a step; empty: there is none.
  public var system: String
  public var user: String
  /// What was taken out of it, to be put back into the reply's files.
  public var redaction: Redaction
  /// The coaching notes in it, by id.
  public var notes: [String] = []

  /// How many tokens it takes, estimated on the high side.
  public var estimatedTokens: Int { Self.estimate(system) + Self.estimate(user) + 16 }

  /// Code has three to four bytes a token with today's tokenisers.
  public static func estimate(_ text: String) -> Int { (text.utf8.count + 2) / 3 }
}

extension [UInt8] {
  /// True if something in a text is lost or made another where it is shown and written again: control
  /// characters, what is no UTF-8, and line ends where these are not all of one kind.
  var hasHiddenCharacters: Bool {
    guard let text = String(validating: self, as: UTF8.self) else { return true }
    var ends = (lines: 0, returns: 0, both: 0)
    var isAfterReturn = false
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n":
        ends.lines += 1
        if isAfterReturn { ends.both += 1 }
      case "\r": ends.returns += 1
      case "\t": break
      default: if Printable.isUnsafe(scalar) { return true }
      }
      isAfterReturn = scalar == "\r"
    }
    return ends.returns != ends.both || (ends.both != 0 && ends.both != ends.lines)
  }
}
