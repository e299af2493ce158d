import Platform

/// What the commands before an entry may make: why its path may be unknown when all is planned
/// at once.
struct CommandEffects {
  /// True if a command of `setup` or of an earlier step's `run` may run.
  private(set) var mayMakeAnything = false
  private var made: [RelativePath] = []
  private var outputs: [Glob] = []

  /// Adds a command of `setup` or `run`, unless what it creates stands already.
  mutating func add(creating path: RelativePath?) {
    mayMakeAnything = true
    if let path { made.append(path) }
  }

  /// Adds the declared products of a step's commands.
  mutating func add(outputs globs: [Glob]) { outputs += globs }

  /// True for a path that an earlier command says it makes: by `creates`, or by `outputs`.
  func declares(_ path: RelativePath) -> Bool {
    made.contains { path.isWithin($0) } || outputs.contains { $0.matches(path) }
  }
}
