import Platform

/// Reads nodes as the types that a schema gives them.
///
/// Every method returns nil where the node is something else, which it has reported then. A node
/// that was reported as faulty before is passed over in silence.
public struct NodeReader {
  public let diagnostics: Diagnostics

  public init(_ diagnostics: Diagnostics) { self.diagnostics = diagnostics }

  /// A text of any style. `what` names it in messages, such as `the path`.
  ///
  /// Controls other than tab and newline belong into contents only, escaped or not.
  public func text(_ node: Node, _ what: String) -> String? {
    guard let text = scalar(node, what)?.string else { return nil }
    guard let control = text.unicodeScalars.first(where: Quoted.isControl) else { return text }
    diagnostics.error(
      "control-in-text",
      "\(what) has the control character U+\(Quoted.digits(control.value, width: 4))", at: node,
      hint: "control characters are allowed in contents and edit texts only")
    return nil
  }

  /// A text that YAML must hand over whole, such as a command: no comment may follow it, and in
  /// a flow collection it is quoted.
  public func wholeText(_ node: Node, _ what: String) -> String? {
    guard let scalar = scalar(node, what), isWhole(node, scalar, what) else { return nil }
    return text(node, what)
  }

  /// Exact bytes, such as a file's content: a literal block or quoted on one line, never plain.
  public func content(_ node: Node, _ what: String) -> Text? {
    guard let scalar = scalar(node, what), isWhole(node, scalar, what) else { return nil }
    if scalar.style == .plain {
      diagnostics.error(
        "plain-content", "\(what) is neither a literal block nor in quotes", at: node,
        hint: "write '|' and the text on the lines below, or put it in quotes: "
          + Quoted.text(Excerpt.short(scalar.string)))
      return nil
    }
    return scalar.bytes
  }

  /// A scalar that is not empty without being quoted.
  public func scalar(_ node: Node, _ what: String) -> Scalar? {
    guard !node.isFaulty else { return nil }
    guard let scalar = node.scalar else {
      diagnostics.error(
        "wrong-type", "\(what) must be a text, not \(node.kind)", at: node,
        hint: node.isInFlow || node.start.line == node.end.line
          ? "if it is a text, put it in quotes" : nil)
      return nil
    }
    if scalar.style == .plain, scalar.bytes.count == 0 {
      diagnostics.error(
        "empty-value", "\(what) has no value", at: node,
        hint: "write \"\" for an empty text, or leave the key out")
      return nil
    }
    return scalar
  }

  /// `true` or `false`, without quotes.
  public func bool(_ node: Node, _ what: String) -> Bool? {
    guard let scalar = scalar(node, what) else { return nil }
    if scalar.style == .plain {
      switch scalar.string {
      case "true": return true
      case "false": return false
      default: break
      }
    }
    diagnostics.error(
      "wrong-type", "\(what) must be true or false, not '\(Excerpt.short(scalar.string))'",
      at: node, hint: "write true or false, without quotes")
    return nil
  }

  /// An integer in the forms of YAML 1.2's core schema (decimal, `0o17`, `0x1F`), in a range.
  public func int(_ node: Node, _ what: String, in range: ClosedRange<Int> = 0...Int.max) -> Int? {
    guard let scalar = scalar(node, what) else { return nil }
    guard scalar.style == .plain, let value = CoreNumber.int(scalar.string) else {
      diagnostics.error(
        "wrong-type", "\(what) must be a whole number, not '\(Excerpt.short(scalar.string))'",
        at: node, hint: "write digits only, without quotes")
      return nil
    }
    guard range.contains(value) else {
      let words =
        range.upperBound == .max
        ? "at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
      diagnostics.error("out-of-range", "\(what) must be \(words), not \(value)", at: node)
      return nil
    }
    return value
  }

  /// A finite number in the forms of YAML 1.2's core schema that is at least 0.
  public func double(_ node: Node, _ what: String) -> Double? {
    guard let scalar = scalar(node, what) else { return nil }
    guard scalar.style == .plain, let value = CoreNumber.double(scalar.string), value >= 0 else {
      diagnostics.error(
        "wrong-type", "\(what) must be a number, not '\(Excerpt.short(scalar.string))'",
        at: node, hint: "write digits with at most one '.', without quotes")
      return nil
    }
    return value
  }

  /// One of a few words.
  public func choice<Value>(
    _ node: Node, _ what: String, _ type: Value.Type = Value.self
  ) -> Value? where Value: RawRepresentable<String> & CaseIterable {
    guard let text = text(node, what) else { return nil }
    if let value = Value(rawValue: text) { return value }
    let known = Value.allCases.map(\.rawValue)
    diagnostics.error(
      "unknown-word", "\(what) cannot be '\(Excerpt.short(text))'", at: node,
      hint: Self.suggestion(for: text, among: known))
    return nil
  }

  /// A list's items.
  public func list(_ node: Node, _ what: String) -> [Node]? {
    guard !node.isFaulty else { return nil }
    if case .sequence(let items) = node.value { return items }
    if let scalar = node.scalar, scalar.style == .plain, scalar.bytes.count == 0 {
      diagnostics.error(
        "empty-value", "\(what) has no value", at: node,
        hint: "write [] for an empty list, or leave the key out")
      return nil
    }
    diagnostics.error(
      "wrong-type", "\(what) must be a list, not \(node.kind)", at: node,
      hint: "write each item on a line of its own, after '- '")
    return nil
  }

  /// A list of texts; an item that is no text is reported and left out.
  public func texts(_ node: Node, _ what: String) -> [String]? {
    list(node, what)?.compactMap { text($0, "an item of \(what)") }
  }

  /// A mapping's pairs; what its keys may be is the caller's.
  public func pairs(_ node: Node, _ what: String) -> [Node.Pair]? {
    guard !node.isFaulty else { return nil }
    if case .mapping(let pairs) = node.value { return pairs }
    diagnostics.error(
      "wrong-type", "\(what) must be a mapping, not \(node.kind)", at: node,
      hint: "write it as 'key: value'")
    return nil
  }

  /// "did you mean …?", or all that is known where nothing is near.
  public static func suggestion(for name: String, among known: [String]) -> String {
    if let near = Suggestion.nearest(to: name, in: known) { return "did you mean '\(near)'?" }
    return "known are: " + known.joined(separator: ", ")
  }

  private func isWhole(_ node: Node, _ scalar: Scalar, _ what: String) -> Bool {
    if scalar.style == .plain, node.isInFlow {
      diagnostics.error(
        "flow-plain", "\(what) stands in [ ] or { } without quotes", at: node,
        hint: "put it in quotes: \(Quoted.text(Excerpt.short(scalar.string)))")
      return false
    }
    if scalar.style != .literal, node.start.line != node.end.line {
      diagnostics.error(
        "quoted-multiline", "\(what) goes over several lines in quotes, which joins them",
        at: node, hint: "use a literal block ('|'), or one line with \\n in double quotes")
      return false
    }
    if let comment = node.comment {
      let hint =
        scalar.style == .plain
        ? "put the text in quotes if the '#' belongs to it; else put the comment on a line above"
        : "put the comment on a line above"
      diagnostics.error(
        "comment-after-text", "a comment follows \(what), where it may have been meant as text",
        at: comment, hint: hint)
      return false
    }
    return true
  }
}
