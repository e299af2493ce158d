import YAMLTree

/// A tree in one line: texts in double quotes, with `!` before a faulty one.
func rendered(_ node: Node) -> String {
  let text =
    switch node.value {
    case .scalar(let scalar): Quoted.double(scalar.string)
    case .sequence(let items): "[" + items.map(rendered).joined(separator: ", ") + "]"
    case .mapping(let pairs):
      "{"
        + pairs.map { rendered($0.key) + ": " + rendered($0.value) }.joined(separator: ", ") + "}"
    }
  return (node.isFaulty ? "!" : "") + text
}

/// What reading a text gives: its tree, or `rule@line:column` for each fault.
func outcome(_ text: String) -> String {
  let (document, faults) = read(text)
  let errors = faults.filter { $0.severity == .error }
  guard errors.isEmpty, let document else {
    return errors.map { fault in
      "\(fault.rule)@" + (fault.mark.map { "\($0.line):\($0.column)" } ?? "-")
    }.joined(separator: " ")
  }
  return rendered(document.root)
}

/// A seeded generator (SplitMix64), so that a failure can be repeated.
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
