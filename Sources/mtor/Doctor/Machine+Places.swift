import Engine
import Glibc
import Manifests
import Platform
import Records
import YAMLTree

/// The places that mtor writes to: tried by writing, since rights, a full disk and a file system that
/// is mounted to be read all look alike from afar.
extension Machine {
  /// The nearest folder that exists must be one to write in.
  static func state() -> Finding {
    guard let folder = StateHome.path else {
      return Finding(
        "state", .bad, StateHome.absence, remedy: "export HOME=~")
    }
    let shown = Printable.escaped(folder + "/mtor")
    if let fault = fault(ofWritingIn: nearest(folder + "/mtor")) {
      return Finding(
        "state", .bad,
        "\(shown) cannot be written: \(fault.reason); runs and repairs are kept there",
        remedy: fault.code == ENOSPC || fault.code == EDQUOT
          ? "free space, or: export XDG_STATE_HOME=DIR" : "export XDG_STATE_HOME=DIR")
    }
    return roomy("state", folder + "/mtor", shown)
  }

  /// The tree that a run would change.
  static func tree(_ root: String?, _ configuration: Configuration) -> Finding {
    let check: TreeCheck
    do throws(RunFailure) { check = try TreeCheck.make(root, configuration) } catch {
      if case .invalid(let faults) = error {
        let other = faults.first { $0.rule == "path-git" }?.hint
        return Finding(
          "tree", .bad, Self.text(faults),
          remedy: other ?? "correct it, or take it out of the tree")
      }
      let (message, hint) = told(error)
      // That nothing was touched is no remedy.
      let remedy = hint.flatMap { $0 == "nothing was touched" ? nil : $0 }
      return Finding(
        "tree", .bad, message, remedy: remedy ?? "look at another tree: mtor doctor -C DIR")
    }
    let shown = Printable.escaped(check.root)
    for folder in [check.root, nearest(check.state)] {
      guard let fault = fault(ofWritingIn: folder) else { continue }
      return Finding(
        "tree", .bad, "\(Printable.escaped(folder)) cannot be written: \(fault.reason)",
        remedy: fault.code == ENOSPC || fault.code == EDQUOT
          ? "free space there" : "make it yours to write, or work elsewhere: mtor -C DIR")
    }
    if let unfinished = check.unfinished {
      return Finding("tree", .odd, "\(shown): \(unfinished)", remedy: "mtor recover -C \(shown)")
    }
    return roomy("tree", check.root, shown)
  }

  /// The ledger must be whole, ours, and one to write to.
  static func ledger(_ configuration: Configuration) -> Finding {
    guard let path = configuration.ledger ?? LedgerFile.defaultPath else {
      return Finding("ledger", .odd, "no place for it: \(StateHome.absence)")
    }
    let shown = Printable.escaped(path)
    do throws(LedgerError) {
      guard let reader = try LedgerReader.open(at: path) else {
        return Finding("ledger", .good, "none yet; the first run makes it")
      }
      try reader.check()
    } catch {
      let other =
        access(path, R_OK) != 0 && errno == EACCES ? owning(shown, "u+rw") : setAside(shown)
      return Finding("ledger", .bad, "\(shown): \(error.reason)", remedy: error.hint ?? other)
    }
    if access(path, W_OK) != 0 {
      return Finding(
        "ledger", .bad, "\(shown) cannot be written: \(SystemError("access").reason)",
        remedy: owning(shown, "u+w"))
    }
    return Finding("ledger", .good, shown)
  }

  // MARK: Remedies

  /// What makes a file this user's.
  static func owning(_ shown: String, _ mode: String) -> String {
    "sudo chown \(geteuid()) '\(shown)' && chmod \(mode) '\(shown)'"
  }

  static func setAside(_ shown: String) -> String { "mv '\(shown)' '\(shown).damaged'" }

  private static func told(_ failure: RunFailure) -> (message: String, hint: String?) {
    switch failure {
    case .usage(let message, let hint), .unreadable(let message, let hint),
      .refused(let message, _, let hint), .system(let message, let hint),
      .busy(let message, let hint):
      (Printable.escaped(message), hint.map(Printable.escaped))
    case .invalid, .conflicts, .interrupted: (Printable.escaped(failure.reason), nil)
    }
  }

  // MARK: Trying

  /// A folder that can be written, with a word on the space that it has.
  private static func roomy(_ name: String, _ folder: String, _ shown: String) -> Finding {
    var status = statvfs()
    guard statvfs(nearest(folder), &status) == 0 else { return Finding(name, .good, shown) }
    let free = (UInt64(status.f_bavail) * UInt64(status.f_frsize)) >> 20
    if free < 100 {
      return Finding(
        name, .odd, "\(shown): \(free == 0 ? "less than 1 MB is" : "only \(free) MB are") free",
        remedy: "free space there")
    }
    return Finding(name, .good, shown)
  }

  /// The folder itself, or the nearest one above that stands.
  private static func nearest(_ folder: String) -> String {
    var existing = folder[...]
    while access(String(existing), F_OK) != 0, let slash = existing.lastIndex(of: "/") {
      if slash == existing.startIndex { return "/" }
      existing = existing[..<slash]
    }
    return String(existing)
  }

  /// Why a small file cannot be made there; nil where it can. Nothing of it stays.
  private static func fault(ofWritingIn folder: String) -> SystemError? {
    let path = "\(folder)/.mtor-doctor-\(getpid())"
    do throws(SystemError) {
      let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
      defer { unlink(path) }
      // More than what fits into a folder's own block.
      try Output.write(String(repeating: "x", count: 16_384), to: file.raw, path: path)
      return nil
    } catch {
      return error
    }
  }

  /// The first fault, and how many more there are.
  static func text(_ faults: [Diagnostic]) -> String {
    let errors = faults.filter { $0.severity == .error }
    guard let first = errors.first ?? faults.first else { return "not valid" }
    let more = errors.count > 1 ? " (and \(errors.count - 1) more)" : ""
    return DiagnosticPrinter().line(first) + more
  }
}
