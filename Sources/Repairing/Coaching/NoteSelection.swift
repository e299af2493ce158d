public import Platform

/// What goes into the requests of one repair: notes in scope, and commands that run before them.
public struct NoteSelection: Sendable {
  /// A note that is sent.
  public struct Item: Sendable, Hashable {
    public var id: String
    public var text: String

    public init(id: String, text: String) {
      self.id = id
      self.text = text
    }

    /// As it stands in a request.
    var line: String { "- " + NoteText.quoted(text) + "\n" }
  }

  /// A command of a note that a person lets run here.
  public struct Check: Sendable, Hashable {
    public var note: String
    public var text: String
    public var command: String
    /// The note is not active yet: what the command says may make it so.
    public var isTrial: Bool
  }

  /// The caps of one request.
  public static let countLimit = 12, byteLimit = 4096

  /// In the order in which they are sent; models not yet looked at.
  private let active: [NoteStanding]
  /// What runs before a model is asked.
  public var checks: [Check]

  /// Nothing.
  public init() {
    active = []
    checks = []
  }

  /// The notes of a book that hold for a step and its files.
  public init(_ book: NoteBook, step: String?, files: [RelativePath]) {
    let languages = Set(files.compactMap { SourceLanguage.of($0.text) })
    let fitting = book.standings.filter { standing in
      let scope = standing.note.scope
      return Self.fits(scope.steps, step)
        && (scope.languages.isEmpty
          || scope.languages.contains { languages.contains(SourceLanguage.named($0)) })
        && (scope.paths.isEmpty || Self.matches(scope.paths, files))
    }.sorted(by: NoteStanding.isBefore)
    // Where its command may not run here, a promoted note is worth its words.
    active = fitting.filter {
      $0.status == .active || $0.status == .promoted && $0.runnableCheck == nil
    }
    checks = fitting.compactMap { standing in
      guard let command = standing.runnableCheck else { return nil }
      return Check(
        note: standing.note.id, text: standing.note.text, command: command,
        isTrial: standing.status == .proposed)
    }
  }

  private static func fits(_ names: [String], _ name: String?) -> Bool {
    names.isEmpty || name.map(names.contains) ?? false
  }

  private static func matches(_ patterns: [String], _ files: [RelativePath]) -> Bool {
    patterns.contains { text in
      guard case .success(let glob) = Result(catching: { try Glob(text) }) else { return false }
      return files.contains { glob.matches($0) }
    }
  }

  /// The notes that a request to a model carries, most severe first, and the ids of those that
  /// found no room: the lowest.
  public func chosen(
    for model: String?, count: Int = countLimit, bytes: Int = byteLimit
  ) -> (sent: [Item], dropped: [String]) {
    let fitting = active.filter { Self.fits($0.note.scope.models, model) }
    var sent: [Item] = []
    var size = 0
    for standing in fitting {
      let item = Item(id: standing.note.id, text: standing.note.text)
      size += item.line.utf8.count
      if sent.count == count || size > bytes { break }
      sent.append(item)
    }
    return (sent, fitting.dropFirst(sent.count).map(\.note.id))
  }
}
