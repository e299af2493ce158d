import YAMLTree

extension Step {
  var tree: Tree {
    var pairs = PairList()
    pairs.add("id", .text(id))
    pairs.add("intent", intent.map { .text($0.withoutFinalNewlines) })
    pairs.add("when", condition?.tree)
    pairs.add("needs", texts: needs)
    pairs.add("files", list: files.map(\.tree))
    pairs.add("run", list: run.map(\.tree))
    pairs.add("tests", list: tests.map(\.tree))
    for pair in optionPairs { pairs.add(pair.key, pair.value) }
    return .map(pairs.all)
  }

  /// The keys that neither files nor commands are.
  var optionPairs: [Tree.Pair] {
    var pairs = PairList()
    pairs.add("parallel", isParallel ? .flag(true) : nil)
    pairs.add("outputs", texts: outputs)
    pairs.add(defaults)
    pairs.add("repair", repair.tree)
    return pairs.all
  }
}

extension CommandSpec {
  /// A text where nothing but the command was said.
  var tree: Tree {
    let pairs = self.pairs
    return pairs.count == 1 ? pairs[0].value : .map(pairs)
  }

  var pairs: [Tree.Pair] {
    var pairs = PairList()
    pairs.add("run", .text(run.withoutFinalNewlines))
    pairs.add("name", name.map { .text($0) })
    pairs.add("shell", shell == .sh ? nil : .plain(shell.rawValue))
    pairs.add("timeout", timeout == 600 ? nil : .seconds(timeout))
    pairs.add(defaults)
    pairs.add("stdin", input.map { .content($0) })
    pairs.add("network", network.map { .flag($0) })
    pairs.add("creates", creates.map { .text($0) })
    pairs.add("unless", unless.map { .text($0.withoutFinalNewlines) })
    pairs.add("retries", retries == 0 ? nil : .number(retries))
    pairs.add("inputs", texts: inputs)
    var expect = PairList()
    switch exit {
    case .codes([0]): break
    case .codes(let codes) where codes.count == 1: expect.add("exit", .number(codes[0]))
    case .codes(let codes): expect.add("exit", list: codes.map { .number($0) })
    case .nonzero: expect.add("exit", .plain("nonzero"))
    }
    expect.add("stdout", output?.tree)
    expect.add("stderr", errors?.tree)
    pairs.add("expect", expect.all.isEmpty ? nil : .map(expect.all))
    return pairs.all
  }
}

extension CommandSpec.ExpectedText {
  fileprivate var tree: Tree {
    switch self {
    case .whole(let text): .text(text)
    case .contains(let text): .map([Tree.Pair("contains", .text(text))])
    case .matches(let text): .map([Tree.Pair("matches", .text(text))])
    }
  }
}
