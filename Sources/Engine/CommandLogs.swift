import Glibc
import Platform
import Synchronization

/// The folder in which the whole outputs of a run's commands are kept, numbered in the order in
/// which they began.
final class CommandLogs: Sendable {
  private let folder: String
  private let count = Atomic(0)

  /// Makes the folder where it is missing (its parent must exist).
  init(folder: String) throws(SystemError) {
    if mkdir(folder, 0o777) < 0 && errno != EEXIST { throw SystemError("mkdir", folder) }
    self.folder = folder
  }

  /// The file for the next command, such as `003-python3-m-pytest.log`.
  func path(for name: String) -> String {
    let number = String(count.add(1, ordering: .relaxed).newValue)
    let zeros = String(repeating: "0", count: max(0, 3 - number.count))
    var words = ""
    for character in name.unicodeScalars.prefix(60) {
      let isPlain =
        character.isASCII && character.properties.isAlphabetic
        || ("0"..."9").contains(character)
      if isPlain {
        words.unicodeScalars.append(character)
      } else if words.last != "-" {
        words += "-"
      }
    }
    return "\(folder)/\(zeros)\(number)-\(words).log"
  }
}
