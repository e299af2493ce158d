/// Finds which of many keywords stand in a text, in one pass over it.
struct KeywordIndex: Sendable {
  private struct Entry: Sendable {
    let keyword: [UInt8]
    let owner: Int
  }

  /// For each pair of bytes in lower case the bucket of the keywords that begin with it, 0 for none.
  private var bucketOfPair = [UInt16](repeating: 0, count: 1 << 16)
  private var buckets: [[Entry]] = [[]]
  /// How many owners there are.
  private let count: Int

  /// Each list of keywords, in lower case, belongs to the owner of its place.
  init(_ keywords: [[[UInt8]]]) {
    count = keywords.count
    for (owner, words) in keywords.enumerated() {
      for word in words {
        guard let first = word.first else { continue }
        // A keyword of one byte stands before any other.
        let seconds = word.count > 1 ? [word[1]] : Array(UInt8.min...UInt8.max)
        for second in seconds { add(Entry(keyword: word, owner: owner), Self.pair(first, second)) }
      }
    }
  }

  private mutating func add(_ entry: Entry, _ pair: Int) {
    if bucketOfPair[pair] == 0 {
      bucketOfPair[pair] = UInt16(buckets.count)
      buckets.append([])
    }
    buckets[Int(bucketOfPair[pair])].append(entry)
  }

  /// The owners of the keywords in these bytes, in their order.
  func owners(in bytes: UnsafeBufferPointer<UInt8>) -> [Int] {
    var found: [Bool] = []
    for index in bytes.indices {
      let next = index + 1 < bytes.count ? bytes[index + 1] : 0
      let bucket = Int(bucketOfPair[Self.pair(bytes[index], next)])
      if bucket == 0 { continue }
      if found.isEmpty { found = [Bool](repeating: false, count: count) }
      for entry in buckets[bucket] where !found[entry.owner] {
        found[entry.owner] = Self.stands(entry.keyword, at: index, in: bytes)
      }
    }
    return found.indices.filter { found[$0] }
  }

  private static func stands(
    _ keyword: [UInt8], at index: Int, in bytes: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    guard bytes.count - index >= keyword.count else { return false }
    for offset in keyword.indices where lower(bytes[index + offset]) != keyword[offset] {
      return false
    }
    return true
  }

  private static func pair(_ first: UInt8, _ second: UInt8) -> Int {
    Int(lower(first)) << 8 | Int(lower(second))
  }

  private static func lower(_ byte: UInt8) -> UInt8 {
    byte &- 0x41 < 26 ? byte | 0x20 : byte
  }
}
