import Dispatching
import Engine
import Events
import Glibc
import Platform
import Subprocess

/// `mtor sign MANIFEST…`: a signature beside each manifest.
enum SignVerb {
  static func run(_ invocation: Invocation) throws -> ExitCode {
    do throws(RunFailure) {
      let key = try key(invocation)
      let signature = Signature(runner: CommandRunner())
      for file in invocation.operands {
        guard !ApplyRequest.Source(named: file).isStream else {
          throw .usage(
            message: "'\(Printable.escaped(file))' is read once, and has no place for a signature",
            hint: "save the manifest in a file, and sign that")
        }
        let checked = CheckedManifest.read(file)
        guard checked.isValid else { throw .invalid(checked.diagnostics) }
        let sealed = file + ".sig"
        // ssh-keygen would ask whether it may replace it.
        if unlink(sealed) != 0 && errno != ENOENT {
          throw .system(message: "\(SystemError("unlink", sealed))", hint: nil)
        }
        do throws(SignatureError) { try signature.sign(file, key: key) } catch {
          throw .system(message: error.message, hint: error.hint)
        }
        _ = try Output.result("signed \(Printable.escaped(sealed))\n")
      }
      return .success
    } catch {
      return try FailureOutput(invocation).report(error)
    }
  }

  private static func key(_ invocation: Invocation) throws(RunFailure) -> String {
    if let given = invocation.value(.key) { return given }
    guard let home = Environment.value("HOME") else {
      throw .usage(message: "no key is named, and HOME is not set", hint: "mtor sign --key FILE")
    }
    return home + "/.ssh/id_ed25519"
  }
}
