/// A pattern over paths: `*`, `?` and `[a-z]` within a component, `**` across components, and
/// alternatives in braces, `{a,b}`.
///
/// Matching is by the whole path. It needs time linear in path times pattern, whatever the
/// pattern: all places in the pattern are followed side by side and nothing is tried again.
/// A pattern without `/` is not special: `*.py` means the files directly below the root.
public struct Glob: Sendable, Hashable, CustomStringConvertible {
  /// Why a text is no pattern.
  public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String

    public init(message: String) { self.message = message }

    public var description: String { message }
  }

  private enum Element: Sendable, Hashable {
    case scalar(Unicode.Scalar)
    /// `?`
    case any
    case set([ClosedRange<UInt32>], negated: Bool)
    /// `*`: any scalars but `/`.
    case run
    /// `**` as a whole component: any components, none too, each with its `/`. Two places:
    /// before a component, where what follows may begin, and within one.
    case folders, folder
    /// `**` at the end: whatever follows, at least one scalar.
    case rest
  }

  /// The pattern as it was written.
  public let text: String
  private let alternatives: [[Element]]

  /// How many alternatives braces may stand for; more are a mistake or an attack.
  static let limit = 1024

  /// Reads a pattern; the fault says what is wrong with it.
  public init(_ text: String) throws(Fault) {
    self.text = text
    guard !text.isEmpty else { throw Fault(message: "the pattern is empty") }
    let expanded = try Self.expandBraces(Array(text.unicodeScalars))
    var alternatives: [[Element]] = []
    for pattern in expanded { alternatives.append(try Self.parse(pattern)) }
    self.alternatives = alternatives
  }

  public var description: String { text }

  /// True if the pattern stands for exactly one path.
  public var isLiteral: Bool {
    guard alternatives.count == 1 else { return false }
    return alternatives[0].allSatisfy { if case .scalar = $0 { true } else { false } }
  }

  /// True if the whole path matches.
  public func matches(_ path: RelativePath) -> Bool { matches(path.text) }

  /// True if the whole text, taken as a path, matches.
  public func matches(_ path: String) -> Bool {
    let scalars = Array(path.unicodeScalars)
    return alternatives.contains { Self.matches($0, scalars) }
  }

  /// True if a path below the folder could match.
  public func mayMatch(below folder: String) -> Bool {
    let scalars = Array(folder.unicodeScalars) + ["/"]
    return alternatives.contains { elements in
      // Something has to follow the slash.
      Self.places(elements, after: scalars)?.dropLast().contains(true) ?? false
    }
  }

  private static func matches(_ elements: [Element], _ path: [Unicode.Scalar]) -> Bool {
    places(elements, after: path)?[elements.count] ?? false
  }

  /// The places in the pattern that a path can lead to; nil for none.
  private static func places(_ elements: [Element], after path: [Unicode.Scalar]) -> [Bool]? {
    // `current[i]`: the path so far can be matched by the first i elements.
    var current = [Bool](repeating: false, count: elements.count + 1)
    current[0] = true
    close(elements, &current)
    for scalar in path {
      var next = [Bool](repeating: false, count: elements.count + 1)
      var alive = false
      for (index, element) in elements.enumerated() where current[index] {
        switch step(element, scalar) {
        case .none: continue
        case .stay: next[index] = true
        case .advance: next[index + 1] = true
        case .back: next[index - 1] = true
        case .both:
          next[index] = true
          next[index + 1] = true
        }
        alive = true
      }
      guard alive else { return nil }
      close(elements, &next)
      current = next
    }
    return current
  }

  /// Adds the places that are reached without reading anything.
  private static func close(_ elements: [Element], _ places: inout [Bool]) {
    for (index, element) in elements.enumerated() where places[index] {
      if element == .run { places[index + 1] = true }
      if element == .folders { places[index + 2] = true }
    }
  }

  private enum Move { case none, stay, advance, back, both }

  private static func step(_ element: Element, _ scalar: Unicode.Scalar) -> Move {
    switch element {
    case .scalar(let wanted): wanted == scalar ? .advance : .none
    case .any: scalar == "/" ? .none : .advance
    case .set(let ranges, let negated):
      scalar != "/" && ranges.contains { $0.contains(scalar.value) } != negated ? .advance : .none
    case .run: scalar == "/" ? .none : .stay
    case .folders: scalar == "/" ? .none : .advance
    case .folder: scalar == "/" ? .back : .stay
    case .rest: .both
    }
  }
}

extension Glob {
  /// Writes `a{b,c}` as `ab` and `ac`; braces may be nested.
  private static func expandBraces(_ pattern: [Unicode.Scalar]) throws(Fault) -> [[Unicode.Scalar]]
  {
    var done: [[Unicode.Scalar]] = []
    var pending = [pattern]
    while let next = pending.popLast() {
      guard let group = try firstGroup(next) else {
        done.append(next)
        continue
      }
      for part in group.parts.reversed() {
        pending.append(Array(next[..<group.open]) + part + next[(group.close + 1)...])
      }
      if done.count + pending.count > limit {
        throw Fault(message: "the braces stand for more than \(limit) patterns")
      }
    }
    return done
  }

  private struct Group {
    var open: Int
    var close: Int
    var parts: [ArraySlice<Unicode.Scalar>]
  }

  private static func firstGroup(_ pattern: [Unicode.Scalar]) throws(Fault) -> Group? {
    guard let open = pattern.firstIndex(of: "{") else {
      if pattern.contains("}") { throw Fault(message: "a '}' without '{'") }
      return nil
    }
    var depth = 0
    var start = open + 1
    var parts: [ArraySlice<Unicode.Scalar>] = []
    for index in open..<pattern.count {
      switch pattern[index] {
      case "{": depth += 1
      case ",":
        if depth == 1 {
          parts.append(pattern[start..<index])
          start = index + 1
        }
      case "}":
        depth -= 1
        if depth == 0 {
          parts.append(pattern[start..<index])
          return Group(open: open, close: index, parts: parts)
        }
      default: break
      }
    }
    throw Fault(message: "a '{' without '}'")
  }

  private static func parse(_ pattern: [Unicode.Scalar]) throws(Fault) -> [Element] {
    var elements: [Element] = []
    var index = 0
    while index < pattern.count {
      let scalar = pattern[index]
      index += 1
      switch scalar {
      case "?": elements.append(.any)
      case "[": elements.append(try set(pattern, &index))
      case "*":
        let start = index - 1
        while index < pattern.count, pattern[index] == "*" { index += 1 }
        let element = run(pattern, start, &index)
        elements += element == .folders ? [.folders, .folder] : [element]
      default: elements.append(.scalar(scalar))
      }
    }
    return elements
  }

  /// One or more stars; two of them mean folders only where they are a whole component.
  private static func run(
    _ pattern: [Unicode.Scalar], _ start: Int, _ index: inout Int
  ) -> Element {
    let opens = start == 0 || pattern[start - 1] == "/"
    guard index - start == 2, opens else { return .run }
    if index == pattern.count { return .rest }
    guard pattern[index] == "/" else { return .run }
    index += 1
    return .folders
  }

  private static func set(_ pattern: [Unicode.Scalar], _ index: inout Int) throws(Fault) -> Element
  {
    var negated = false
    if index < pattern.count, pattern[index] == "!" || pattern[index] == "^" {
      negated = true
      index += 1
    }
    var ranges: [ClosedRange<UInt32>] = []
    let first = index
    while index < pattern.count {
      let low = pattern[index]
      if low == "]", index > first {
        index += 1
        return .set(ranges, negated: negated)
      }
      index += 1
      if index + 1 < pattern.count, pattern[index] == "-", pattern[index + 1] != "]" {
        let high = pattern[index + 1]
        guard low.value <= high.value else {
          throw Fault(message: "the range '\(low)-\(high)' is the wrong way round")
        }
        ranges.append(low.value...high.value)
        index += 2
      } else {
        ranges.append(low.value...low.value)
      }
    }
    throw Fault(message: "a '[' without ']'")
  }
}
