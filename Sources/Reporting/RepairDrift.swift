import Planning
import Platform

/// What repairs made of the architect's bytes, in kinds: the list to put before the architect.
public struct RepairDrift: Sendable {
  /// A file that an accepted repair left otherwise than it was declared.
  public struct Change: Sendable {
    public var run: String
    public var step: String?
    public var path: String
    /// Nil where the manifest declares no such file.
    public var declared: [UInt8]?
    /// Nil where the repair removed the file.
    public var content: [UInt8]?

    public init(
      run: String, step: String?, path: String, declared: [UInt8]?, content: [UInt8]?
    ) {
      self.run = run
      self.step = step
      self.path = path
      self.declared = declared
      self.content = content
    }
  }

  /// What kind of difference a place is. Told by the lines alone, so that every language has them.
  public enum Kind: String, Sendable, CaseIterable {
    case spacing = "only spacing"
    case comments = "only comments"
    case importAdded = "an import was missing"
    case importRemoved = "an import was too much"
    case importChanged = "an import was wrong"
    case literal = "a number or text was wrong"
    case sign = "a sign was wrong"
    case name = "a name was wrong"
    case expression = "an expression was wrong"
    case linesAdded = "lines were missing"
    case linesRemoved = "lines were too much"
    case linesChanged = "lines were wrong"
    case fileAdded = "a file was missing"
    case fileRemoved = "a file was too much"
    case bytes = "bytes that are no text"
  }

  /// One kind with how often it was and where it was last.
  public struct Row: Sendable {
    public var kind: Kind
    public var places = 0
    public var runs = 0
    /// The languages by their endings, the most frequent first.
    public var endings: [String] = []
    public var run = ""
    public var step: String?
    public var path = ""
    /// A line of it before and after, at most 120 characters each; nil where there is none.
    public var before: String?
    public var after: String?
  }

  /// The most frequent first, then in the order of `Kind`.
  public private(set) var rows: [Row]
  /// How many repairs there are, and how many places they changed.
  public private(set) var repairs: Int
  public var places: Int { rows.reduce(0) { $0 + $1.places } }

  /// Sums up changes, handed over in the order in which they happened.
  public init(_ changes: [Change], repairs: Int) {
    self.repairs = repairs
    var found: [Kind: Row] = [:]
    var runs: [Kind: Set<String>] = [:]
    var endings: [Kind: [String: Int]] = [:]
    for change in changes {
      for place in Self.places(of: change) {
        var row = found[place.kind] ?? Row(kind: place.kind)
        row.places += 1
        (row.run, row.step, row.path) = (change.run, change.step, change.path)
        (row.before, row.after) = (place.before, place.after)
        found[place.kind] = row
        runs[place.kind, default: []].insert(change.run)
        if let dot = change.path.lastIndex(of: "."), dot != change.path.startIndex {
          endings[place.kind, default: [:]][String(change.path[dot...]), default: 0] += 1
        }
      }
    }
    rows = found.values.map { row in
      var row = row
      row.runs = runs[row.kind]?.count ?? 0
      row.endings = (endings[row.kind] ?? [:]).sorted {
        $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key
      }.map(\.key)
      return row
    }.sorted { a, b in
      let order = Kind.allCases
      return a.places != b.places
        ? a.places > b.places
        : (order.firstIndex(of: a.kind) ?? 0) < (order.firstIndex(of: b.kind) ?? 0)
    }
  }

  // MARK: Places

  struct Place {
    var kind: Kind
    var before: String?
    var after: String?
  }

  /// The places in which a file differs from its declaration.
  static func places(of change: Change) -> [Place] {
    guard let content = change.content else { return [Place(kind: .fileRemoved)] }
    guard let declared = change.declared else { return [Place(kind: .fileAdded)] }
    if declared == content { return [] }
    if declared.prefix(8000).contains(0) || content.prefix(8000).contains(0) {
      return [Place(kind: .bytes)]
    }
    var places: [Place] = []
    var removed: [String] = []
    var added: [String] = []
    func close() {
      if removed.isEmpty && added.isEmpty { return }
      places.append(
        Place(
          kind: LineKinds.kind(removed, added, path: change.path),
          before: removed.first.map(shown), after: added.first.map(shown)))
      removed = []
      added = []
    }
    let hunks = UnifiedDiff.hunks(from: declared, to: content, context: 0)
    for line in hunks.utf8.split(separator: 0x0A, omittingEmptySubsequences: true) {
      let text = String(decoding: line.dropFirst(), as: UTF8.self)
      switch line.first {
      case UInt8(ascii: "-"): removed.append(text)
      case UInt8(ascii: "+"): added.append(text)
      case UInt8(ascii: "@"): close()
      default: break
      }
    }
    close()
    return places
  }

  private static func shown(_ line: String) -> String {
    let text = line.unicodeScalars.drop { $0.properties.isWhitespace }
    return Printable.escaped(String(String.UnicodeScalarView(text.prefix(120))))
  }
}

/// Tells the kind of a difference by its lines.
enum LineKinds {
  static func kind(_ old: [String], _ new: [String], path: String) -> RepairDrift.Kind {
    if tokens(old) == tokens(new) { return .spacing }
    let plainOld = old.filter { !isBlankOrComment($0, path) }
    let plainNew = new.filter { !isBlankOrComment($0, path) }
    if plainOld.isEmpty && plainNew.isEmpty { return .comments }
    if (plainOld + plainNew).allSatisfy(isImport) {
      if plainOld.isEmpty { return .importAdded }
      return plainNew.isEmpty ? .importRemoved : .importChanged
    }
    if plainOld.isEmpty { return .linesAdded }
    if plainNew.isEmpty { return .linesRemoved }
    if plainOld.count != plainNew.count { return .linesChanged }
    return expression(plainOld, plainNew)
  }

  /// What differs where as many lines stand as before: one token of each, or more.
  private static func expression(_ old: [String], _ new: [String]) -> RepairDrift.Kind {
    var kinds: Set<RepairDrift.Kind> = []
    for (a, b) in zip(old, new) {
      let (first, second) = (tokens([a]), tokens([b]))
      if first == second { continue }
      guard first.count == second.count else { return .expression }
      let different = zip(first, second).filter { $0 != $1 }
      // A line with little in common is another line.
      if different.count * 2 > first.count && first.count > 2 { return .linesChanged }
      for (x, y) in different { kinds.insert(kind(of: x, y)) }
    }
    return kinds.count == 1 ? kinds.first ?? .expression : .expression
  }

  private static func kind(of old: String, _ new: String) -> RepairDrift.Kind {
    switch (sort(old), sort(new)) {
    case (.literal, .literal): .literal
    case (.name, .name): .name
    case (.sign, .sign): .sign
    default: .expression
    }
  }

  private enum Sort { case literal, name, sign }

  private static func sort(_ token: String) -> Sort {
    guard let first = token.unicodeScalars.first else { return .sign }
    if ("0"..."9").contains(first) || "\"'`".unicodeScalars.contains(first) { return .literal }
    return isWord(first) ? .name : .sign
  }

  /// Words, numbers, texts in quotes and single signs; without spaces.
  private static func tokens(_ lines: [String]) -> [String] {
    var result: [String] = []
    for line in lines {
      let scalars = Array(line.unicodeScalars)
      var at = 0
      while at < scalars.count {
        let scalar = scalars[at]
        var end = at + 1
        if scalar.properties.isWhitespace {
          at = end
          continue
        }
        if isWord(scalar) {
          while end < scalars.count, isWord(scalars[end]) { end += 1 }
        } else if "\"'`".unicodeScalars.contains(scalar) {
          while end < scalars.count, scalars[end] != scalar {
            end += scalars[end] == "\\" ? 2 : 1
          }
          end = min(end + 1, scalars.count)
        } else {
          // Signs of two and more characters, such as `<=` and `->`, are one.
          while end < scalars.count, "<>=!+-*/&|:".unicodeScalars.contains(scalar),
            "<>=+-*/&|:".unicodeScalars.contains(scalars[end])
          {
            end += 1
          }
        }
        result.append(String(String.UnicodeScalarView(scalars[at..<end])))
        at = end
      }
    }
    return result
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
  }

  private static let hashLanguages: Set<String> = [
    "py", "pyi", "sh", "bash", "rb", "pl", "yml", "yaml", "toml", "r", "mk", "ex", "exs",
  ]

  private static func isBlankOrComment(_ line: String, _ path: String) -> Bool {
    let text = trimmed(line)
    if text.isEmpty { return true }
    let ending = path.lastIndex(of: ".").map { String(path[path.index(after: $0)...]) } ?? ""
    if hashLanguages.contains(ending) { return text.hasPrefix("#") }
    return text.hasPrefix("//") || text.hasPrefix("/*") || text.hasPrefix("*/")
      || text.hasPrefix("* ") || text.hasPrefix("--") && ["sql", "lua", "hs"].contains(ending)
  }

  private static func isImport(_ line: String) -> Bool {
    let text = trimmed(line)
    let starts = ["import ", "from ", "#include", "use ", "using ", "require ", "export * from"]
    if starts.contains(where: text.hasPrefix) {
      return !text.hasPrefix("from ") || text.utf8.count > 5
    }
    guard text.hasPrefix("const ") || text.hasPrefix("let ") || text.hasPrefix("var ") else {
      return false
    }
    return text.firstRange(of: "= require(") != nil
  }

  private static func trimmed(_ line: String) -> Substring {
    var text = line[...]
    while text.first?.isWhitespace ?? false { text.removeFirst() }
    while text.last?.isWhitespace ?? false { text.removeLast() }
    return text
  }
}
