import CMtor
import Glibc

/// The environment that a command gets.
public struct CommandEnvironment: Sendable {
  /// What the command's surroundings have: mtor's own environment.
  public var base: [String: String]
  /// Names that hold keys by the user's configuration, beside those that look like it.
  public var keyNames: Set<String>

  public init(base: [String: String] = Self.inherited, keyNames: Set<String> = []) {
    self.base = base
    self.keyNames = keyNames
  }

  /// The environment of one command: the base without its secrets, except for those that
  /// `passing` names; then `adding`; then `folders` (absolute) before PATH; then each parameter as
  /// `MTOR_PARAM_NAME`.
  public func make(
    passing: [String] = [], adding: [String: String] = [:], folders: [String] = [],
    parameters: [String: String] = [:]
  ) -> [String: String] {
    let passed = Set(passing)
    var result = base.filter { passed.contains($0.key) || !isSecret($0.key) }
    result.merge(adding) { _, new in new }
    if !folders.isEmpty {
      let path = result["PATH"] ?? Self.fallbackPath
      result["PATH"] = (folders + [path]).joined(separator: ":")
    }
    for (name, value) in parameters { result["MTOR_PARAM_\(name)"] = value }
    return result
  }

  /// The environment of a sandboxed command: by allow-list, so that nothing gets in by accident.
  /// The parameters are those of `make`.
  public func makeSandboxed(
    passing: [String] = [], adding: [String: String] = [:], folders: [String] = [],
    parameters: [String: String] = [:]
  ) -> [String: String] {
    let allowed = base.filter { Self.isHarmless($0.key) || passing.contains($0.key) }
    return CommandEnvironment(base: allowed, keyNames: keyNames).make(
      passing: passing, adding: adding, folders: folders, parameters: parameters)
  }

  /// Names that say where tools are and which language is spoken.
  private static func isHarmless(_ name: String) -> Bool {
    let names: Set<String> = [
      "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM", "NO_COLOR",
      "CI", "CC", "CXX", "AR", "LD", "CFLAGS", "CXXFLAGS", "LDFLAGS", "CPATH", "LIBRARY_PATH",
      "LD_LIBRARY_PATH", "PKG_CONFIG_PATH", "JAVA_HOME", "GOROOT", "GOPATH", "GOFLAGS",
      "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "PYENV_ROOT", "PYENV_VERSION",
      "PYTHONPATH", "VIRTUAL_ENV", "NVM_DIR", "NODE_PATH", "RBENV_ROOT", "GEM_HOME", "GEM_PATH",
      "SOURCE_DATE_EPOCH",
    ]
    return names.contains(name) || name.hasPrefix("LC_")
  }

  /// True for the name of a configured key and for what looks like one by its name.
  public func isSecret(_ name: String) -> Bool {
    if keyNames.contains(name) { return true }
    let upper = name.uppercased()
    return ["_TOKEN", "_SECRET", "_KEY", "_PASSWORD"].contains { upper.hasSuffix($0) }
  }

  /// Where the environment has no PATH.
  static let fallbackPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// The environment of this process; a name that stands twice keeps its first value.
  public static var inherited: [String: String] {
    var result: [String: String] = [:]
    var entry = mtor_environment()
    while let text = entry?.pointee {
      let parts = String(cString: text).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2, result[String(parts[0])] == nil {
        result[String(parts[0])] = String(parts[1])
      }
      entry = entry?.advanced(by: 1)
    }
    return result
  }
}
