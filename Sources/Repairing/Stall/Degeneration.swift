/// Text that has begun to repeat itself for ever.
public enum Degeneration {
  /// How much of the end is looked at, in bytes.
  static let window = 2000
  private static let longestUnit = 400

  /// The repeated unit, if at the end of the text one stands at least 5 times (20 times inside a
  /// fence) over at least half of the last 2,000 bytes.
  public static func unit(in text: String) -> String? {
    var fences = FenceFollower()
    return unit(in: text, isInFence: fences.isOpen(at: text))
  }

  static func unit(in text: String, isInFence: Bool) -> String? {
    let tail = Array(text.utf8.suffix(window))
    guard tail.count >= window / 2 else { return nil }
    let wanted = isInFence ? 20 : 5
    for period in 1...longestUnit {
      var run = 0
      var index = tail.count - 1
      while index >= period, tail[index] == tail[index - period] {
        run += 1
        index -= 1
      }
      let covered = run + period
      if covered >= window / 2, covered / period >= wanted {
        return String(decoding: tail.suffix(period), as: UTF8.self)
      }
    }
    return nil
  }
}

/// Looks at a growing text now and then, so that looking costs less than the text.
public final class DegenerationWatch {
  private var next = Degeneration.window / 2
  private var fences = FenceFollower()

  public init() {}

  /// True if the text may go on.
  public func allows(_ text: String) -> Bool {
    guard text.utf8.count >= next else { return true }
    next = text.utf8.count + 500
    return Degeneration.unit(in: text, isInFence: fences.isOpen(at: text)) == nil
  }
}

/// Says whether a growing text ends inside a fence; reads every line once.
struct FenceFollower {
  /// The longest line that opens or closes a fence, in bytes.
  private static let longestLine = 1000

  private var open: Fence?
  /// Where the line begins that is not whole yet, and how far it was looked through for its end.
  private var line = 0, searched = 0

  /// True if the text, of which the beginning was given before, ends inside a fence.
  mutating func isOpen(at text: String) -> Bool {
    let bytes = text.utf8
    var start = bytes.index(bytes.startIndex, offsetBy: line)
    var from = bytes.index(bytes.startIndex, offsetBy: searched)
    while let end = bytes[from...].firstIndex(of: 0x0A) {
      open = after(text[start..<end])
      start = bytes.index(after: end)
      from = start
    }
    line = bytes.distance(from: bytes.startIndex, to: start)
    searched = bytes.count
    return after(text[start...]) != nil
  }

  /// The fence that is open after one more line.
  private func after(_ line: Substring) -> Fence? {
    if line.isEmpty || line.utf8.count > Self.longestLine { return open }
    guard let open else { return Fence(opening: line) }
    return open.isClosed(by: line) ? nil : open
  }
}
