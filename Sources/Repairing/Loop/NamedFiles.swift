import Platform

/// Which of many files a failure speaks of: those are shown where not all can be.
struct NamedFiles {
  private let names: Set<Substring>
  private let words: Set<Substring>

  /// Of a text this much is looked at, in bytes.
  private static let limit = 200_000

  /// `command` is what failed: it names files too.
  init(_ failure: FailureText, command: String) {
    names = Set(failure.places.compactMap { $0.path.split(separator: "/").last })
    var words: Set<Substring> = []
    for text in [failure.text.prefix(Self.limit), command[...]] {
      for word in text.split(whereSeparator: { !Self.isPart($0) }) {
        words.insert(word)
        words.formUnion(word.split(separator: "."))
      }
    }
    self.words = words
  }

  /// At most `limit` of the paths, those that the failure names first, else in their order.
  func first(_ limit: Int, of paths: [RelativePath]) -> [RelativePath] {
    if paths.count <= limit { return paths }
    let ranked = paths.enumerated().map { (rank: rank($1), index: $0, path: $1) }
    return ranked.sorted { ($0.rank, $0.index) < ($1.rank, $1.index) }.prefix(limit).map(\.path)
  }

  private func rank(_ path: RelativePath) -> Int {
    let name = path.name[...]
    if names.contains(name) { return 0 }
    if words.contains(name) { return 1 }
    // A module is spoken of without its ending; of one letter nobody knows.
    let stem = name.prefix { $0 != "." }
    return stem.count > 1 && words.contains(stem) ? 2 : 3
  }

  private static func isPart(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_" || character == "-"
      || character == "."
  }
}
