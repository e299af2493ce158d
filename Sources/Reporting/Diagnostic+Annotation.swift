public import YAMLTree

extension Diagnostic {
  /// The diagnostic as a workflow command of GitHub, with a newline: an annotation at its line.
  public var annotation: String {
    let command = severity == .note ? "notice" : severity.rawValue
    var properties = ["file=\(Self.property(file))"]
    if let mark { properties += ["line=\(mark.line)", "col=\(mark.column)"] }
    properties.append("title=\(Self.property(rule))")
    let text = message + (hint.map { "\nhelp: " + $0 } ?? "")
    return "::\(command) \(properties.joined(separator: ","))::\(Self.data(text))\n"
  }

  /// What a runner undoes in a message: nothing in it can begin another command.
  private static func data(_ text: String) -> String {
    text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
  }

  private static func property(_ text: String) -> String {
    data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }
}
