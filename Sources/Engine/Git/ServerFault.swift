/// Why a server was asked in vain: which line of what git and ssh said tells it, what to do, and
/// whether the same may go well soon.
///
/// git gives one exit code for all of it, so its words are all there is. Both programs are told to
/// say them in English.
struct ServerFault {
  let line: String
  let hint: String?
  let isPassing: Bool

  /// Nil where nothing is known of what they said. What the other side said through git (`remote:`)
  /// is no word of theirs.
  init?(_ lines: [String]) {
    // Addresses stand in quotes, and may be called like a fault.
    let said = lines.filter { !$0.hasPrefix("remote:") }
      .map { (line: $0, words: Self.unquoted($0)) }
    for kind in Self.kinds {
      for word in kind.words {
        guard let found = said.first(where: { Self.holds($0.words, word) }) else { continue }
        line = found.line
        hint = kind.hint
        isPassing = kind.isPassing
        return
      }
    }
    return nil
  }

  private struct Kind {
    var words: [String]
    var hint: String?
    var isPassing = false
  }

  /// From the particular to the general: a connection that was closed since a key was refused is
  /// told as that key.
  private static let kinds = [
    Kind(words: ["No space left on device", "Disk quota exceeded", "Input/output error"]),
    Kind(
      words: ["REMOTE HOST IDENTIFICATION HAS CHANGED"],
      hint: "ask the server's owner why its key is another; ssh-keygen -R HOST forgets the old one"),
    Kind(
      words: ["Host key verification failed"],
      hint: "where it is fetched, compare its key with what the server's owner says, and add it to "
        + "known_hosts"),
    Kind(
      words: ["Permission denied (", "Too many authentication failures"],
      hint: "where it is fetched, git needs an ssh key without a passphrase, or an agent, that may "
        + "read the repository"),
    Kind(
      words: [
        "certificate verification failed", "certificate verify failed", "certificate problem",
        "certificate subject name", "alternative certificate", "issuer certificate",
        "certificate has expired",
      ],
      hint: "where it is fetched, git config --global http.sslCAInfo FILE names an authority of "
        + "your own"),
    Kind(
      words: ["could not read Username", "could not read Password"],
      hint: "where it is fetched, give git a credential helper, or ~/.netrc the name and the "
        + "password"),
    Kind(
      words: ["Authentication failed", "returned error: 401", "returned error: 403"],
      hint: "where it is fetched, correct what git's credential helper or ~/.netrc says"),
    Kind(
      words: ["returned error: 30", "not supported or disabled in libcurl"],
      hint: "its server leads on to another address, which is not followed: write that one"),
    Kind(
      words: [
        "' not found", "Repository not found", "does not appear to be a git repository",
        "returned error: 404", "returned error: 410",
      ],
      hint: "correct the address; servers say this too of what may not be read"),
    Kind(words: ["not our ref", "unadvertised object"], hint: "push the commit again"),
    Kind(
      words: ["bad object", "pack is corrupted", "error in object", "fsck error"],
      hint: "what its server sent is broken: git fsck in the repository there shows what"),
    Kind(
      words: [
        "Operation too slow", "returned error: 5", "returned error: 429", "returned error: 408",
        "Could not resolve host", "name resolution", "Failed to connect", "connect to host",
        "Connection refused", "Connection reset", "Connection closed", "Connection timed out",
        "timed out", "not responding", "kex_exchange_identification", "Empty reply",
        "handshake", "RPC failed", "unexpected disconnect", "early EOF", "hung up unexpectedly",
      ],
      hint: silence, isPassing: true),
  ]

  /// What to do about a server that does not answer.
  static let silence = "where it is fetched, git ls-remote ADDRESS shows whether its server works"

  private static func unquoted(_ line: String) -> [UInt8] {
    var isQuoted = false
    return line.utf8.filter { byte in
      if byte == UInt8(ascii: "'") {
        isQuoted.toggle()
        return true
      }
      return !isQuoted
    }
  }

  private static func holds(_ line: [UInt8], _ word: String) -> Bool {
    let word = Array(word.utf8)
    guard line.count >= word.count else { return false }
    return (0...(line.count - word.count)).contains { at in
      line[at] == word[0] && line[at..<(at + word.count)].elementsEqual(word)
    }
  }
}
