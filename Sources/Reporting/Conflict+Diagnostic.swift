public import Planning
public import YAMLTree

extension Conflict {
  /// The conflict in the shape of every other fault; the excerpt needs the manifest's text.
  public func diagnostic(in file: String, source: SourceText? = nil) -> Diagnostic {
    let text = path.isEmpty || message.contains(path) ? message : "\(path): \(message)"
    let excerpt = source?.excerpt(around: mark)
    return Diagnostic(
      .error, rule, text, file: file, at: mark, excerpt: excerpt?.text ?? "",
      caret: excerpt?.column, hint: hint)
  }
}
