public import YAMLTree

extension Diagnostics {
  /// Reports a text that is no address, without the line that it stands on where that holds a
  /// password.
  public func error(_ rule: String, _ fault: GitAddress.Fault, at node: Node) {
    guard fault.isSecret else {
      error(rule, fault.message, at: node, hint: fault.hint)
      return
    }
    add(
      Diagnostic(
        .error, rule, fault.message, file: source.name, at: node.start, hint: fault.hint))
  }
}
