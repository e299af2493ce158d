import Glibc
import Platform
public import Subprocess

/// Why a manifest could not be signed, or its signature does not count.
public struct SignatureError: Error, Hashable, Sendable {
  public let message: String
  public let hint: String?

  init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }
}

/// Signatures of manifests, made and verified by ssh-keygen.
public struct Signature: Sendable {
  /// What a signature is for: one for anything else does not count here.
  public static let namespace = "mtor-manifest"

  private let runner: CommandRunner

  public init(runner: CommandRunner) { self.runner = runner }

  /// Signs a file's bytes with a private key, or a public one whose private half an agent has.
  /// ssh-keygen writes `FILE.sig`.
  public func sign(_ file: String, key: String) throws(SignatureError) {
    _ = try run(
      ["-Y", "sign", "-n", Self.namespace, "-f", key, "--", file], input: [],
      orElse: "'\(Printable.escaped(file))' could not be signed")
  }

  /// Throws unless one of the signers signed exactly these bytes.
  public func verify(
    _ signature: String, of bytes: [UInt8], signers: String
  ) throws(SignatureError) {
    if access(signers, R_OK) != 0 {
      throw SignatureError(
        "the signers '\(Printable.escaped(signers))' cannot be read: \(SystemError("access").reason)",
        hint:
          "echo \"you@example.org $(cat ~/.ssh/id_ed25519.pub)\" >> \(Printable.escaped(signers))")
    }
    let file: String
    do throws(SystemError) { file = try Self.temporary(signature) } catch {
      throw SignatureError("the signature cannot be verified: \(error)")
    }
    defer { unlink(file) }
    let who = try run(
      ["-Y", "find-principals", "-s", file, "-f", signers], input: [],
      orElse: "the manifest is signed by nobody who may")
    let names = who.split(separator: "\n").map(String.init).filter { !$0.isEmpty }
    guard let name = names.first else {
      throw SignatureError("the manifest is signed by nobody who may")
    }
    _ = try run(
      ["-Y", "verify", "-f", signers, "-I", name, "-n", Self.namespace, "-s", file], input: bytes,
      orElse: "the signature is not one of this manifest")
  }

  private static func temporary(_ text: String) throws(SystemError) -> String {
    var template = Array("/tmp/mtor-signature.XXXXXX".utf8CString)
    let raw = mkstemp(&template)
    if raw < 0 { throw SystemError("mkstemp") }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    do throws(SystemError) {
      try Descriptor(owning: raw).writeAll(Array(text.utf8), path: path)
    } catch {
      unlink(path)
      throw error
    }
    return path
  }

  private func run(
    _ arguments: [String], input: [UInt8], orElse what: String
  ) throws(SignatureError) -> String {
    var command = Command(
      .executable("ssh-keygen", arguments), directory: ".",
      environment: CommandEnvironment.inherited)
    command.input = input
    command.timeout = 60
    command.capture.separate = 65_536
    let outcome: Outcome
    do { outcome = try runner.run(command) } catch {
      throw SignatureError(
        "ssh-keygen cannot be started: \(error)", hint: "sudo apt-get install openssh-client")
    }
    guard outcome.succeeded else {
      let errors = outcome.standardError ?? outcome.output
      let said =
        errors.head.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).last ?? []
      let text = Printable.escaped(String(decoding: said, as: UTF8.self))
      throw SignatureError(text.isEmpty ? what : "\(what): \(text)")
    }
    return String(decoding: outcome.standardOutput?.head ?? [], as: UTF8.self)
  }
}
