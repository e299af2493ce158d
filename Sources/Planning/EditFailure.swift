import YAMLTree

/// Why edits do not apply to a file.
struct EditFailure: Error, Hashable {
  /// The rule's stable id.
  let rule: String
  /// One sentence, safe to print.
  let message: String
  var hint: String?
  /// Where the edit stands in the manifest.
  var mark: Mark?

  init(_ rule: String, _ message: String, hint: String? = nil, mark: Mark? = nil) {
    self.rule = rule
    self.message = message
    self.hint = hint
    self.mark = mark
  }
}
