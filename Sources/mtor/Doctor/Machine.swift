import Glibc
import Manifests
import Platform
import YAMLTree

/// Looks at the machine, and tries out what keeps commands in; leaves nothing.
enum Machine {
  static func examine(_ invocation: Invocation) -> [Finding] {
    let (told, configuration) = Self.configuration(invocation)
    return [
      kernel(), program("sh", .bad, "every command is run by it", package: "dash"),
      program("git", .odd, "needed for 'commit' and to know whose a file is", package: "git"),
      program("bash", .odd, "needed by commands with 'shell: bash'", package: "bash"),
      namespaces(),
    ] + sandbox(configuration.sandbox) + [
      library(), state(), ledger(configuration), queue(invocation),
      tree(invocation.value(.root), configuration), told,
    ] + models(configuration)
  }

  /// openat2(2) came with 5.6, and paths are resolved by it alone.
  private static func kernel() -> Finding {
    var name = utsname()
    guard uname(&name) == 0 else {
      return Finding("kernel", .bad, "uname failed: \(SystemError("uname").reason)")
    }
    let release = withUnsafeBytes(of: &name.release) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    let numbers = release.split { $0 == "." || $0 == "-" }.prefix(2).map { Int($0) ?? 0 }
    let isNew = numbers.count == 2 && (numbers[0], numbers[1]) >= (5, 6)
    let shown = "Linux \(Printable.escaped(release))"
    return isNew
      ? Finding("kernel", .good, shown)
      : Finding("kernel", .bad, "\(shown) is too old", remedy: "use Linux 5.6 or later")
  }

  private static func program(
    _ name: String, _ ifMissing: Finding.State, _ purpose: String, package: String
  ) -> Finding {
    if let path = find(name) { return Finding(name, .good, Printable.escaped(path)) }
    return Finding(
      name, ifMissing, "not in PATH; \(purpose)", remedy: "sudo apt-get install \(package)")
  }

  /// A program by its name in PATH, or by its path.
  static func find(_ name: String) -> String? {
    func isProgram(_ path: String) -> Bool {
      var status = stat()
      return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        && access(path, X_OK) == 0
    }
    if name.contains("/") { return isProgram(name) ? name : nil }
    for folder in (variable("PATH") ?? "").split(separator: ":") {
      let path = "\(folder)/\(name)"
      if isProgram(path) { return path }
    }
    return nil
  }

  static func namespaces() -> Finding {
    if geteuid() == 0 { return Finding("namespaces", .good, "running as root") }
    let limits = [
      ("/proc/sys/kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone=1", "1"),
      (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "kernel.apparmor_restrict_unprivileged_userns=0", "0"
      ),
    ]
    for (path, setting, wanted) in limits {
      // A file that is not there is a limit that this kernel does not have.
      if case .success(let value?) = text(of: path), !value.hasPrefix(wanted) {
        return Finding(
          "namespaces", .odd, "users may not make them, so a repair has no sandbox",
          remedy: "sudo sysctl -w \(setting)")
      }
    }
    return Finding("namespaces", .good, "users may make them")
  }

  /// Looked for as a repair would open it: by the dynamic loader.
  private static func library() -> Finding {
    let names = ["libcurl.so.4", "libcurl-gnutls.so.4"]
    for name in names {
      guard let handle = dlopen(name, RTLD_LAZY | RTLD_LOCAL) else { continue }
      dlclose(handle)
      return Finding("libcurl", .good, name)
    }
    return Finding(
      "libcurl", .odd, "not found; needed to ask a model over HTTP",
      remedy: "sudo apt-get install libcurl4")
  }

  /// What a person configured; the defaults where that cannot be read.
  private static func configuration(_ invocation: Invocation) -> (Finding, Configuration) {
    guard let path = ConfigurationFile.path(invocation) else {
      return (
        Finding("configuration", .odd, "neither XDG_CONFIG_HOME nor HOME is set"), Configuration()
      )
    }
    let shown = Printable.escaped(path)
    do {
      guard try TextFile.read(path) != nil || invocation.has(.config) else {
        return (
          Finding("configuration", .good, "none; no model is asked, a red test stays red"),
          Configuration()
        )
      }
      let read = try ConfigurationFile.readOwn(invocation)
      let models = read.configuration.models.map { Printable.escaped($0.name) }
      let list = models.isEmpty ? "no model" : models.joined(separator: ", ")
      return (Finding("configuration", .good, "\(shown): \(list)"), read.configuration)
    } catch let faults as DiagnosticList {
      return (
        Finding("configuration", .bad, text(faults.all), remedy: "correct \(shown)"),
        Configuration()
      )
    } catch let error as ConfigurationFile.Missing {
      return (
        Finding(
          "configuration", .bad, "\(error)", remedy: ConfigurationFile.Missing.hint),
        Configuration()
      )
    } catch {
      let fault = error as? SystemError
      let isRight = fault?.code == EACCES || fault?.code == EPERM
      return (
        Finding(
          "configuration", .bad, "\(shown) cannot be read: \(fault?.reason ?? "\(error)")",
          remedy: isRight ? owning(shown, "u+r") : setAside(shown)),
        Configuration()
      )
    }
  }

  /// Nil where there is no such file.
  private static func text(of path: String) -> Result<String?, SystemError> {
    do { return .success(try TextFile.read(path)) } catch { return .failure(error) }
  }

  /// A folder of the XDG base directories; a relative value counts as unset, as the standard says.
  static func base(_ name: String, _ fallback: String) -> String? {
    if let value = variable(name), value.hasPrefix("/") { return value }
    return variable("HOME").flatMap { $0.hasPrefix("/") ? "\($0)/\(fallback)" : nil }
  }

  private static func variable(_ name: String) -> String? {
    Environment.value(name)
  }
}
