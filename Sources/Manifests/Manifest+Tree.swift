public import Platform
public import YAMLTree

extension Manifest {
  /// The manifest's canonical form: what it says, in one order, whatever notation it came in.
  public var tree: Tree { .map(pairs) }

  /// The digest of the canonical form: equal for two manifests that say the same.
  public var canonicalDigest: Digest { tree.digest }

  /// The canonical form in YAML, with the end mark.
  public var yaml: [UInt8] { YAMLWriter.document(pairs) + Array("...\n".utf8) }

  var pairs: [Tree.Pair] {
    var pairs = PairList()
    pairs.add("mtor", .plain("1"))
    pairs.add("name", .text(name))
    pairs.add("description", description.map { .text($0.withoutFinalNewlines) })
    pairs.add("base", base.map { .text($0.value) })
    pairs.add("params", params.isEmpty ? nil : .map(params.map(\.pair)))
    pairs.add(defaults)
    pairs.add("setup", list: setup.map(\.tree))
    pairs.add("steps", list: steps.map(\.tree))
    pairs.add("verify", list: verify.map(\.tree))
    pairs.add("commit", commit.map { .text($0.value) })
    pairs.add("repair", repair.tree)
    pairs.add("provenance", provenance?.tree)
    return pairs.all
  }
}

/// Pairs in the making, without those that have no value.
struct PairList {
  private(set) var all: [Tree.Pair] = []

  mutating func add(_ key: String, _ value: Tree?) {
    if let value { all.append(Tree.Pair(key, value)) }
  }

  mutating func add(_ key: String, list: [Tree]) { add(key, list.isEmpty ? nil : .list(list)) }

  mutating func add(_ key: String, texts: [String]) { add(key, list: texts.map { .text($0) }) }

  mutating func add(_ defaults: CommandDefaults) {
    let variables = defaults.environment.sorted { $0.key < $1.key }
    add(
      "env", variables.isEmpty ? nil : .map(variables.map { Tree.Pair($0.key, .text($0.value)) }))
    add("pass_env", texts: defaults.passEnvironment)
    add("path", texts: defaults.path)
    add("cwd", defaults.directory.map { .text($0) })
  }
}

extension String {
  /// Prose and commands mean the same with and without newlines at their end.
  var withoutFinalNewlines: String {
    var text = self[...]
    while text.utf8.last == 0x0A { text.removeLast() }
    return String(text)
  }
}

extension Tree {
  static func number(_ value: Int) -> Tree { .plain(String(value)) }
  static func flag(_ value: Bool) -> Tree { .plain(value ? "true" : "false") }

  /// A number that is read back as the very same.
  static func number(_ value: Double) -> Tree {
    value == value.rounded() && abs(value) < 1e15 ? .plain(String(Int(value))) : .plain("\(value)")
  }

  /// A span of time.
  static func seconds(_ value: Double) -> Tree {
    value == value.rounded() ? .plain("\(Int(value))s") : .plain("\(value)s")
  }
}

extension Parameter {
  fileprivate var pair: Tree.Pair {
    var pairs = PairList()
    pairs.add("default", defaultValue.map { .text($0) })
    pairs.add("pattern", pattern.map { .text($0) })
    pairs.add("description", description.map { .text($0.withoutFinalNewlines) })
    return Tree.Pair(name, .map(pairs.all))
  }
}

extension Provenance {
  fileprivate var tree: Tree {
    var pairs = PairList()
    pairs.add("author", author.map { .text($0) })
    pairs.add("model", model.map { .text($0) })
    pairs.add("tokens", tokens.map { .number($0) })
    pairs.add("usd", usd.map { .number($0) })
    pairs.add("created", created.map { .text($0) })
    return .map(pairs.all)
  }
}

extension RepairPolicy {
  /// Nil where nothing was written.
  var tree: Tree? {
    guard let isOff else { return nil }
    if isOff { return .plain("off") }
    var pairs = PairList()
    func texts(_ items: [String]?) -> Tree? { items.map { .list($0.map { .text($0) }) } }
    pairs.add("allow", texts(allow))
    pairs.add("deny", texts: deny)
    pairs.add("show", texts: show)
    pairs.add("fixers", texts(fixers?.map(\.withoutFinalNewlines)))
    pairs.add("attempts", attempts.map { .number($0) })
    pairs.add("models", texts(models))
    pairs.add("candidates", candidates.map { .number($0) })
    var budget = PairList()
    budget.add("tokens", tokens.map { .number($0) })
    budget.add("usd", usd.map { .number($0) })
    budget.add("time", seconds.map { .seconds($0) })
    pairs.add("budget", budget.all.isEmpty ? nil : .map(budget.all))
    pairs.add("cache", texts(cache))
    return .map(pairs.all)
  }
}

extension Condition {
  var tree: Tree {
    switch self {
    case .exists(let path): .map([Tree.Pair("exists", .text(path))])
    case .missing(let path): .map([Tree.Pair("missing", .text(path))])
    case .contains(let path, let text):
      .map([
        Tree.Pair(
          "contains", .map([Tree.Pair("path", .text(path)), Tree.Pair("text", .text(text))]))
      ])
    }
  }
}
