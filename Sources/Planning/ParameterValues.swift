import Manifests
import Platform
import YAMLTree

/// The values of a manifest's parameters, checked, and their expansion in texts.
struct ParameterValues {
  let values: [String: String]
  private let names: [String]

  /// For texts that were expanded already: nothing is looked for in them.
  static let expanded = ParameterValues(values: [:], names: [], isExpanding: false)
  private let isExpanding: Bool

  private init(values: [String: String], names: [String], isExpanding: Bool) {
    self.values = values
    self.names = names
    self.isExpanding = isExpanding
  }

  /// Takes what was given or the default, and reports what is unknown, missing or does not match.
  init(_ parameters: [Parameter], given: [String: String], _ diagnostics: Diagnostics) {
    names = parameters.map(\.name)
    isExpanding = true
    var values: [String: String] = [:]
    for name in given.keys.sorted() where !names.contains(name) {
      diagnostics.error(
        "param-unknown", "the manifest has no parameter '\(Printable.escaped(name))'", at: nil,
        hint: Self.hint(for: name, in: names))
    }
    for parameter in parameters {
      guard let value = given[parameter.name] ?? parameter.defaultValue else {
        diagnostics.error(
          "param-missing", "the parameter '\(parameter.name)' has no value", at: parameter.mark,
          hint: "give it by --param \(parameter.name)=VALUE, or write a 'default'")
        continue
      }
      Self.check(value, of: parameter, diagnostics)
      values[parameter.name] = value
    }
    self.values = values
  }

  private static func check(_ value: String, of parameter: Parameter, _ diagnostics: Diagnostics) {
    guard let text = parameter.pattern else { return }
    do {
      if try Pattern(text, whole: true).matches(value) { return }
      diagnostics.error(
        "param-pattern",
        "the value '\(Excerpt.short(value))' of '\(parameter.name)' does not match its pattern",
        at: parameter.mark, hint: "the pattern is \(Excerpt.short(text))")
    } catch {
      diagnostics.error(
        "param-pattern", "the pattern of '\(parameter.name)' cannot be used: \(error.message)",
        at: parameter.mark)
    }
  }

  private static func hint(for name: String, in names: [String]) -> String {
    if let near = Suggestion.nearest(to: name, in: names) { return "did you mean '\(near)'?" }
    return names.isEmpty ? "it has none" : "it has: \(names.joined(separator: ", "))"
  }

  /// The text with each parameter's value in its place, once; what a value brings is literal.
  func expand(_ text: String, at mark: Mark, _ diagnostics: Diagnostics) -> String {
    guard isExpanding, Expansion.stands(in: text) else { return text }
    return String(decoding: expand(Array(text.utf8), at: mark, diagnostics), as: UTF8.self)
  }

  /// The same for the bytes of a content.
  func expand(_ bytes: [UInt8], at mark: Mark, _ diagnostics: Diagnostics) -> [UInt8] {
    guard isExpanding else { return bytes }
    do {
      let expansion = try Expansion(bytes)
      for name in expansion.names where !names.contains(name) {
        diagnostics.error(
          "param-undeclared", "the manifest has no parameter '\(name)'", at: mark,
          hint: Self.hint(for: name, in: names))
      }
      return expansion.expanded(with: values)
    } catch {
      diagnostics.error(
        "param-syntax", "a '${{ params.' is not followed by a name and ' }}'", at: mark,
        hint: "write ${{ params.NAME }}")
      return bytes
    }
  }
}
