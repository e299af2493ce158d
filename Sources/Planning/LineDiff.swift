/// Which lines of two texts differ: lines that stand once in both are matched first (as a person
/// would), between them Myers' algorithm finds a shortest script in linear space.
///
/// The effort is bounded by the length of the texts: where two large parts have nothing in common
/// the rest of them counts as replaced, which is true, if not shortest.
struct LineDiff {
  /// For each old line, true if it goes; for each new line, true if it comes.
  private(set) var isRemoved: [Bool]
  private(set) var isAdded: [Bool]

  private let old: [Int]
  private let new: [Int]
  private var budget: Int

  /// Lines are given as numbers, equal ones for equal lines.
  init(old: [Int], new: [Int]) {
    self.old = old
    self.new = new
    isRemoved = [Bool](repeating: false, count: old.count)
    isAdded = [Bool](repeating: false, count: new.count)
    budget = 4_000_000 + 16 * (old.count + new.count)
    compare()
  }

  /// A part of both texts that is still to be compared.
  private struct Part {
    var old: Range<Int>
    var new: Range<Int>
  }

  private mutating func compare() {
    guard let whole = trimmed(Part(old: 0..<old.count, new: 0..<new.count)) else { return }
    var pending = betweenAnchors(whole)
    while let part = pending.popLast() {
      guard let part = trimmed(part) else { continue }
      guard let middle = middleSnake(part) else {
        for line in part.old { isRemoved[line] = true }
        for line in part.new { isAdded[line] = true }
        continue
      }
      pending.append(
        Part(
          old: part.old.lowerBound..<middle.old.lowerBound,
          new: part.new.lowerBound..<middle.new.lowerBound))
      pending.append(
        Part(
          old: middle.old.upperBound..<part.old.upperBound,
          new: middle.new.upperBound..<part.new.upperBound))
    }
  }

  /// The part without the equal lines at its ends; nil where a side is then empty, whose lines
  /// are marked.
  private mutating func trimmed(_ part: Part) -> Part? {
    var (low, lowNew) = (part.old.lowerBound, part.new.lowerBound)
    var (high, highNew) = (part.old.upperBound, part.new.upperBound)
    while low < high, lowNew < highNew, old[low] == new[lowNew] {
      low += 1
      lowNew += 1
    }
    while low < high, lowNew < highNew, old[high - 1] == new[highNew - 1] {
      high -= 1
      highNew -= 1
    }
    if low < high, lowNew < highNew { return Part(old: low..<high, new: lowNew..<highNew) }
    for line in low..<high { isRemoved[line] = true }
    for line in lowNew..<highNew { isAdded[line] = true }
    return nil
  }

  // MARK: Lines that stand once

  /// The parts between the lines that stand exactly once in both texts, in the longest sequence
  /// that has the same order in both.
  private func betweenAnchors(_ part: Part) -> [Part] {
    var places: [Int: (old: Int, new: Int)] = [:]
    for line in part.old { places[old[line]] = (places[old[line]] == nil ? line : -1, -2) }
    for line in part.new {
      guard let place = places[new[line]] else { continue }
      places[new[line]] = (place.old, place.new == -2 ? line : -1)
    }
    let unique = part.old.compactMap { line -> (old: Int, new: Int)? in
      guard let place = places[old[line]], place.old >= 0, place.new >= 0 else { return nil }
      return place
    }
    var parts: [Part] = []
    var (start, startNew) = (part.old.lowerBound, part.new.lowerBound)
    for anchor in Self.longestRise(unique) {
      parts.append(Part(old: start..<anchor.old, new: startNew..<anchor.new))
      (start, startNew) = (anchor.old + 1, anchor.new + 1)
    }
    parts.append(Part(old: start..<part.old.upperBound, new: startNew..<part.new.upperBound))
    return parts
  }

  /// The longest subsequence whose places in the new text rise, by patience sorting.
  private static func longestRise(
    _ pairs: [(old: Int, new: Int)]
  ) -> [(old: Int, new: Int)] {
    var piles: [Int] = []
    var previous = [Int](repeating: -1, count: pairs.count)
    for (index, pair) in pairs.enumerated() {
      var low = 0
      var high = piles.count
      while low < high {
        let middle = (low + high) / 2
        if pairs[piles[middle]].new < pair.new { low = middle + 1 } else { high = middle }
      }
      if low > 0 { previous[index] = piles[low - 1] }
      if low == piles.count { piles.append(index) } else { piles[low] = index }
    }
    var result: [(old: Int, new: Int)] = []
    var index = piles.last ?? -1
    while index >= 0 {
      result.append(pairs[index])
      index = previous[index]
    }
    return result.reversed()
  }

  // MARK: Myers

  /// A run of equal lines (maybe empty) in the middle of a shortest script, found from both ends
  /// at once; nil where that takes more effort than is left.
  private mutating func middleSnake(_ part: Part) -> Part? {
    let (n, m) = (part.old.count, part.new.count)
    let delta = n - m
    let isOdd = delta % 2 != 0
    let most = (n + m + 1) / 2
    // What is left of the effort bounds the depth: d rounds look at about d² places.
    var depth = 0
    while depth < most, (depth + 1) * (depth + 1) <= budget { depth = min(most, depth * 2 + 1) }
    var forward = [Int](repeating: 0, count: 2 * depth + 3)
    var backward = forward
    let zero = depth + 1
    for d in 0...depth {
      budget -= 2 * d + 2
      for k in stride(from: -d, through: d, by: 2) where k >= -m && k <= n {
        var x =
          k == -d || (k != d && forward[zero + k - 1] < forward[zero + k + 1])
          ? forward[zero + k + 1] : forward[zero + k - 1] + 1
        if x > n || x - k > m || x < k { continue }
        let start = x
        while x < n, x - k < m,
          old[part.old.lowerBound + x] == new[part.new.lowerBound + x - k]
        {
          x += 1
        }
        budget -= x - start
        forward[zero + k] = x
        let other = delta - k
        if isOdd, abs(other) < d, x + backward[zero + other] >= n {
          return Part(
            old: (part.old.lowerBound + start)..<(part.old.lowerBound + x),
            new: (part.new.lowerBound + start - k)..<(part.new.lowerBound + x - k))
        }
      }
      for k in stride(from: -d, through: d, by: 2) where k >= -m && k <= n {
        var x =
          k == -d || (k != d && backward[zero + k - 1] < backward[zero + k + 1])
          ? backward[zero + k + 1] : backward[zero + k - 1] + 1
        if x > n || x - k > m || x < k { continue }
        let start = x
        while x < n, x - k < m,
          old[part.old.upperBound - 1 - x] == new[part.new.upperBound - 1 - x + k]
        {
          x += 1
        }
        budget -= x - start
        backward[zero + k] = x
        let other = delta - k
        if !isOdd, abs(other) <= d, x + forward[zero + other] >= n {
          return Part(
            old: (part.old.upperBound - x)..<(part.old.upperBound - start),
            new: (part.new.upperBound - x + k)..<(part.new.upperBound - start + k))
        }
      }
      if budget <= 0 { return nil }
    }
    return nil
  }
}
