import Testing

@testable import Engine

/// What git and ssh of Debian 12 say of a server that was asked in vain, and what is made of it.
@Suite struct ServerFaults {
  struct Case: CustomTestStringConvertible, Sendable {
    var said: String
    var line: String
    var isPassing: Bool
    var hint: String
    var testDescription: String { line }
  }

  static let cases = [
    Case(
      said: "fatal: unable to access 'https://h/a/': server certificate verification failed. "
        + "CAfile: none CRLfile: none\n",
      line: "fatal: unable to access 'https://h/a/': server certificate verification failed. "
        + "CAfile: none CRLfile: none", isPassing: false, hint: "http.sslCAInfo"),
    Case(
      said: "No ED25519 host key is known for [h]:1 and you have requested strict checking.\r\n"
        + "Host key verification failed.\r\nfatal: Could not read from remote repository.\n\n"
        + "Please make sure you have the correct access rights\nand the repository exists.\n",
      line: "Host key verification failed.", isPassing: false, hint: "known_hosts"),
    Case(
      said: "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\r\n"
        + "Host key verification failed.\r\nfatal: Could not read from remote repository.\n",
      line: "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @", isPassing: false,
      hint: "ssh-keygen -R"),
    Case(
      said: "git@h: Permission denied (publickey).\r\n"
        + "fatal: Could not read from remote repository.\n",
      line: "git@h: Permission denied (publickey).", isPassing: false, hint: "ssh key"),
    Case(
      said: "fatal: could not read Username for 'https://h': terminal prompts disabled\n",
      line: "fatal: could not read Username for 'https://h': terminal prompts disabled",
      isPassing: false, hint: "credential helper"),
    Case(
      said: "fatal: Authentication failed for 'https://h/a/'\n",
      line: "fatal: Authentication failed for 'https://h/a/'", isPassing: false, hint: "correct"),
    Case(
      said: "fatal: unable to access 'https://h/a/': The requested URL returned error: 302\n",
      line: "fatal: unable to access 'https://h/a/': The requested URL returned error: 302",
      isPassing: false, hint: "not followed"),
    Case(
      said: "fatal: repository 'https://h/a/' not found\n",
      line: "fatal: repository 'https://h/a/' not found", isPassing: false, hint: "correct"),
    Case(
      said: "error: inflate: data stream error (incorrect data check)\n"
        + "fatal: pack has bad object at offset 363: inflate returned -3\n"
        + "fatal: fetch-pack: invalid index-pack output\n",
      line: "fatal: pack has bad object at offset 363: inflate returned -3", isPassing: false,
      hint: "git fsck"),
    Case(
      said: "fatal: write error: No space left on device\n"
        + "fatal: fetch-pack: invalid index-pack output\n",
      line: "fatal: write error: No space left on device", isPassing: false, hint: ""),
    Case(
      said: "error: RPC failed; curl 56 GnuTLS recv error (-110): The TLS connection was "
        + "non-properly terminated.\nerror: 14425 bytes of body are still expected\n"
        + "fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF\n"
        + "fatal: fetch-pack: invalid index-pack output\n",
      line: "error: RPC failed; curl 56 GnuTLS recv error (-110): The TLS connection was "
        + "non-properly terminated.", isPassing: true, hint: "git ls-remote ADDRESS"),
    Case(
      said: "fatal: unable to access 'https://h/a/': The requested URL returned error: 503\n",
      line: "fatal: unable to access 'https://h/a/': The requested URL returned error: 503",
      isPassing: true, hint: "git ls-remote ADDRESS"),
    Case(
      said: "fatal: unable to access 'https://127.0.0.2/a/': SSL: certificate subject name "
        + "(localhost) does not match target host name '127.0.0.2'\n",
      line: "fatal: unable to access 'https://127.0.0.2/a/': SSL: certificate subject name "
        + "(localhost) does not match target host name '127.0.0.2'", isPassing: false,
      hint: "http.sslCAInfo"),
    Case(
      said: "fatal: unable to access 'https://h/a/': Could not resolve host: h\n",
      line: "fatal: unable to access 'https://h/a/': Could not resolve host: h", isPassing: true,
      hint: "git ls-remote ADDRESS"),
    Case(
      said: "ssh: connect to host h port 1: Connection refused\r\n"
        + "fatal: Could not read from remote repository.\n",
      line: "ssh: connect to host h port 1: Connection refused", isPassing: true,
      hint: "git ls-remote ADDRESS"),
    Case(
      said: "Connection timed out during banner exchange\r\n"
        + "Connection to h port 1 timed out\r\nfatal: Could not read from remote repository.\n",
      line: "Connection timed out during banner exchange", isPassing: true,
      hint: "git ls-remote ADDRESS"),
  ]

  @Test(arguments: cases)
  func theLineThatTellsItIsFound(each: Case) {
    let failure = GitFailure(
      command: "fetch", exit: "failed with exit code 128", errors: Array(each.said.utf8))
    #expect(failure.message == "git fetch failed with exit code 128: \(each.line)")
    #expect(failure.isPassing == each.isPassing)
    #expect(failure.isOfServer)
    #expect(each.hint.isEmpty ? failure.hint == nil : failure.hint?.contains(each.hint) == true)
    #expect(failure.text == failure.message + (failure.hint.map { "; \($0)" } ?? ""))
  }

  /// A server may say through git what it likes: that makes no other fault of it.
  @Test func aServersOwnWordsAreNotBelieved() {
    for word in ["Connection refused", "Host key verification failed"] {
      let failure = GitFailure(
        command: "fetch", exit: "failed with exit code 128",
        errors: Array("remote: \(word)\u{1B}[2J\nfatal: protocol error: bad line\n".utf8))
      #expect(
        failure.message
          == "git fetch failed with exit code 128: fatal: protocol error: bad line")
      #expect(!failure.isPassing && !failure.isOfServer)
    }
  }

  /// A repository may be called like a fault.
  @Test func anAddressIsNoWordOfAServer() {
    let failure = GitFailure(
      command: "fetch", exit: "failed with exit code 128",
      errors: Array(
        ("fatal: unable to access 'https://h/early EOF/certificate problem/': "
          + "Could not resolve host: h\n").utf8))
    #expect(failure.isPassing)
    let none = GitFailure(
      command: "fetch", exit: "failed with exit code 128",
      errors: Array("fatal: 'timed out' is no answer\n".utf8))
    #expect(!none.isPassing && !none.isOfServer)
  }

  @Test func onlyWhatAsksAServerIsReadSo() {
    let failure = GitFailure(
      command: "worktree", exit: "failed with exit code 128",
      errors: Array("fatal: 'early EOF' is a file's name\r\n".utf8))
    #expect(
      failure.message
        == "git worktree failed with exit code 128: fatal: 'early EOF' is a file's name")
    #expect(!failure.isPassing)
  }

  /// git and ssh ask for nothing and give up; what a person wrote comes first, and holds.
  @Test func sshIsToldToBeSilent() {
    let patience = GitMirror.patience
    let options =
      " -o BatchMode=yes -o ConnectTimeout=\(patience) -o ServerAliveInterval=15 "
      + "-o ServerAliveCountMax=4"
    #expect(GitMirror.silent("ssh") == "ssh" + options)
    #expect(
      GitMirror.silent("/usr/bin/ssh -F x -o ConnectTimeout=2")
        == "/usr/bin/ssh -F x -o ConnectTimeout=2" + options)
    for other in ["plink -batch", "'/usr/bin/ssh' -F x", "FOO=1 ssh", "", "ssh-agent ssh"] {
      #expect(GitMirror.silent(other) == nil)
    }
  }
}
