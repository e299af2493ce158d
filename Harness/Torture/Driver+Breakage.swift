import Glibc
import Materialising

/// The crimes of the stand-ins by which the harness is checked.
extension Driver {
  enum Breakage: String, CaseIterable {
    case direct, stray, liar, forgetful

    var crime: String {
      switch self {
      case .direct: "writes into the tree without staging or journal"
      case .stray: "leaves a file of its own in the tree after recovery"
      case .liar: "ends with 0 whatever went wrong"
      case .forgetful: "recovers nothing"
      }
    }

    /// The command at which it is to be seen.
    var command: Subject.Command { self == .stray ? .recover : .apply }
  }

  /// Lands the changes of `step(on:)` as a naive program does; 0, or 7 where a file cannot be
  /// opened.
  static func writeDirectly(_ root: String) -> Int32 {
    func write(_ name: String, _ text: String) -> Bool {
      let raw = open(root + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
      if raw < 0 { return false }
      let bytes = Array(text.utf8)
      let isWhole = Glibc.write(raw, bytes, bytes.count) == bytes.count
      close(raw)
      return isWhole
    }
    mkdir(root + "/new", 0o755)
    mkdir(root + "/new/deep", 0o755)
    let isWritten =
      write("a.txt", "new a\n") && write("new/deep/one", "1\n") && write("new/deep/two", "")
      && write("empty", "no more empty") && write("top", "top\n")
    unlink(root + "/src/gone.c")
    return isWritten ? 0 : 7
  }
}
