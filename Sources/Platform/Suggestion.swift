/// The word that was probably meant: what every "did you mean" is made from.
public enum Suggestion {
  /// The nearest of the known words, or nil where none is near.
  ///
  /// Near is: at most a third of the letters changed, added, lost or swapped with their
  /// neighbour (at least one); or the one known word that begins with what was written. Of
  /// equally near words the first in `known` is taken. A single letter is near to nothing.
  public static func nearest(to written: String, in known: [String]) -> String? {
    let letters = Array(written.lowercased())
    guard letters.count > 1, letters.count <= 64 else { return nil }
    let limit = max(1, letters.count / 3)
    var best: (word: String, distance: Int)?
    for word in known {
      let distance = distance(letters, Array(word.lowercased()))
      if distance <= limit, distance < best?.distance ?? .max {
        best = (word, distance)
      }
    }
    if let best { return best.word }
    let longer = known.filter { $0.lowercased().hasPrefix(written.lowercased()) }
    return longer.count == 1 ? longer[0] : nil
  }

  /// The optimal string alignment distance: insertions, deletions, substitutions and swaps of
  /// neighbours.
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    if a.isEmpty || b.isEmpty { return a.count + b.count }
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 1...a.count {
      var row = [i]
      for j in 1...b.count {
        let cost = a[i - 1] == b[j - 1] ? 0 : 1
        var least = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          least = min(least, beforeLast[j - 2] + 1)
        }
        row.append(least)
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }
}
