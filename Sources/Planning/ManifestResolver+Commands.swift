import Manifests
import Platform
import YAMLTree

extension ManifestResolver {
  /// A command with what the manifest and the step say merged into it, the nearer one winning.
  func command(
    _ spec: CommandSpec, _ kind: PlannedCommand.Kind, _ outer: [CommandDefaults]
  ) -> PlannedCommand? {
    var command = PlannedCommand(kind: kind, name: Self.name(of: spec), spec: spec)
    for defaults in outer + [spec.defaults] {
      if let text = defaults.directory {
        guard let path = path(text, at: spec.mark) else { return nil }
        command.directory = path
      }
      for (name, value) in defaults.environment {
        command.environment[name] = expand(value, at: spec.mark)
      }
      for name in defaults.passEnvironment where !command.passEnvironment.contains(name) {
        command.passEnvironment.append(name)
      }
      if !defaults.path.isEmpty {
        // The nearer folders come first in PATH.
        command.path = defaults.path.compactMap { path($0, at: spec.mark) } + command.path
      }
    }
    if let text = spec.creates {
      guard let path = path(text, at: spec.mark) else { return nil }
      command.creates = path
    }
    return command
  }

  /// Its name, or the first line of its text, cut to 60 characters.
  private static func name(of spec: CommandSpec) -> String {
    if let name = spec.name { return name }
    let lines = spec.run.split(separator: "\n")
    let line = lines.first { $0.contains { $0 != " " && $0 != "\t" } } ?? ""
    let text = Printable.escaped(String(line.drop { $0 == " " || $0 == "\t" }))
    return text.count > 60 ? text.prefix(59) + "…" : text
  }
}
