import Glibc
import Platform

/// Asks a person at the terminal whether some commands may run (`commands: {else: ask}`).
enum CommandConsent {
  /// False where nobody sits at a terminal. Standard input may be the manifest, so the terminal
  /// itself is asked.
  static func isGiven(to commands: [String]) -> Bool {
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
    guard terminal >= 0 else { return false }
    defer { close(terminal) }
    let list = commands.map { "  " + Printable.escaped($0) + "\n" }.joined()
    let question =
      "these commands want to run as you, outside the sandbox:\n\(list)run them? [y/N] "
    let told = question.utf8.withContiguousStorageIfAvailable {
      write(terminal, $0.baseAddress, $0.count)
    }
    guard told == question.utf8.count else { return false }
    var answer = [UInt8](repeating: 0, count: 64)
    // A terminal hands over one line. A signal is no answer.
    let count = read(terminal, &answer, answer.count)
    let word = answer.prefix(max(count, 0)).prefix { $0 != UInt8(ascii: "\n") }
    return ["y", "Y", "yes"].contains(String(decoding: word, as: UTF8.self))
  }
}
