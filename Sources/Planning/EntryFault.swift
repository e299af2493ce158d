import Glibc
import Platform
import YAMLTree

/// Why an entry cannot be planned.
struct EntryFault: Error {
  enum Kind {
    /// The tree is not what the entry expects: exit 4.
    case conflict
    /// The same, for want of something that an earlier command may make.
    case missing
    /// The manifest is at fault: exit 3.
    case manifest
    /// The tree, git or mtor's memory could not be looked at: exit 7.
    case unreadable
  }

  let kind: Kind
  let rule: String
  let message: String
  var hint: String?
  var mark: Mark?

  init(
    _ kind: Kind, _ rule: String, _ message: String, hint: String? = nil, mark: Mark? = nil
  ) {
    self.kind = kind
    self.rule = rule
    self.message = message
    self.hint = hint
    self.mark = mark
  }

  init(_ error: SystemError) {
    switch error.code {
    case ENOENT, ENOTDIR, ESTALE:
      // It stood there at the first look.
      self.init(
        .conflict, "conflict-changed", "it changed while it was looked at: \(error)",
        hint: "do it again when nobody else is at work there")
    default: self.init(.unreadable, Conflict.unreadable, error.description)
    }
  }

  init(_ failure: EditFailure) {
    self.init(
      failure.rule.hasPrefix("conflict-") ? .conflict : .manifest, failure.rule, failure.message,
      hint: failure.hint, mark: failure.mark)
  }

  /// A fault of git or of mtor's memory, whatever it is.
  init(asking error: any Error) {
    self.init(
      .unreadable, Conflict.unreadable, "\(error)", hint: (error as? any OwnershipFailure)?.hint)
  }
}
