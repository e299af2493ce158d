/// The proof of the outline: libyaml alone must see what libyaml with the outline sees.
///
/// For tests and fuzzing; nothing else calls it.
public enum LibyamlComparison {
  /// How the two readings of a text differ; nil if they agree, or if the outline refuses the text,
  /// since the subset is smaller than YAML.
  public static func difference(in bytes: [UInt8]) -> String? {
    let source = SourceText(name: "m.yaml", bytes: bytes)
    let own = Diagnostics(source)
    guard let document = Document.read(source, into: own), !own.hasErrors else { return nil }
    let theirs = Diagnostics(document.source)
    let alone = TreeBuilder.build(
      document.source, .whole(document.source), Limits(), theirs)
    guard let alone, !theirs.hasErrors else {
      // libyaml takes no tab before a block's first text, where YAML 1.2 does.
      if theirs.all.contains(where: { $0.message.contains("found a tab character") }) {
        return nil
      }
      return "libyaml refuses it: \(theirs.all.map(\.message))"
    }
    return difference(document.root, alone)
  }

  private static func difference(_ a: Node, _ b: Node) -> String? {
    guard a.start == b.start else { return "places: \(a.start) and \(b.start)" }
    switch (a.value, b.value) {
    case (.scalar(let x), .scalar(let y)):
      guard x.style == y.style else { return "styles at \(a.start): \(x.style) and \(y.style)" }
      return x.bytes.decoded() == y.bytes.decoded()
        ? nil : "texts at \(a.start): \(Quoted.double(x.string)) and \(Quoted.double(y.string))"
    case (.sequence(let x), .sequence(let y)) where x.count == y.count:
      return zip(x, y).lazy.compactMap { difference($0, $1) }.first
    case (.mapping(let x), .mapping(let y)) where x.count == y.count:
      return zip(x, y).lazy.compactMap {
        difference($0.key, $1.key) ?? difference($0.value, $1.value)
      }.first
    default: return "kinds at \(a.start)"
    }
  }
}
