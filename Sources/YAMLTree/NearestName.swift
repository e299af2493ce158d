/// The known name that a misspelt one was probably meant to be.
public enum NearestName {
  /// The nearest of some names by edits (insert, delete, replace, swap two neighbours), where it
  /// is near enough to be worth a question: at most a third of the letters, at least one.
  public static func of(_ name: String, in known: some Sequence<String>) -> String? {
    let limit = max(1, name.count / 3)
    guard name.count > 1, name.utf8.count <= 64 else { return nil }
    var best: (name: String, distance: Int)?
    for candidate in known where candidate != name {
      let distance = distance(Array(name.lowercased()), Array(candidate.lowercased()))
      if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
  }

  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          cost = min(cost, beforeLast[j - 1] + 1)
        }
        row.append(cost)
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
