import Glibc
import Platform
import Synchronization

/// The folder in which the whole outputs of a run's commands are kept, numbered in the order in
/// which they began.
///
/// Nothing that stands there is written over: a run numbers on from the logs of earlier ones.
final class CommandLogs: Sendable {
  private let folder: String
  private let count: Atomic<Int>

  /// Makes the folder where it is missing (its parent must exist).
  init(folder: String) throws(SystemError) {
    if mkdir(folder, 0o777) < 0 && errno != EEXIST { throw SystemError("mkdir", folder) }
    let opened = try Descriptor.open(folder, O_RDONLY | O_DIRECTORY)
    guard faccessat(opened.raw, ".", W_OK | X_OK, AT_EACCESS) == 0 else {
      throw SystemError("access", folder)
    }
    self.folder = folder
    count = Atomic(try Self.last(in: opened, folder))
  }

  /// The highest number of a log that stands there; 0 where none does.
  private static func last(
    in opened: consuming Descriptor, _ folder: String
  ) throws(SystemError) -> Int {
    var last = 0
    for name in try FolderListing.names(of: opened, path: folder) {
      let digits = name.prefix { $0.isASCII && $0.isNumber }
      guard (3...9).contains(digits.count), let number = Int(digits),
        name[digits.endIndex...].hasPrefix("-")
      else { continue }
      last = max(last, number)
    }
    return last
  }

  /// Makes the file for the next command, such as `003-python3-m-pytest.log`, and gives its path.
  func make(for name: String) throws(SystemError) -> String {
    while true {
      let path = path(count.add(1, ordering: .relaxed).newValue, name)
      do throws(SystemError) {
        _ = try Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        return path
      } catch {
        // Another run was quicker, or a manifest's file has the name.
        if error.code != EEXIST { throw error }
      }
    }
  }

  private func path(_ number: Int, _ name: String) -> String {
    let number = String(number)
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
