/// Text that has begun to repeat itself for ever.
public enum Degeneration {
  /// How much of the end is looked at, in bytes.
  static let window = 2000
  private static let longestUnit = 400

  /// The repeated unit, if at the end of the text one stands at least 5 times (20 times inside a
  /// fence) over at least half of the last 2,000 bytes.
  public static func unit(in text: String) -> String? {
    let tail = Array(text.utf8.suffix(window))
    guard tail.count >= window / 2 else { return nil }
    let wanted = isInFence(text) ? 20 : 5
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

  private static func isInFence(_ text: String) -> Bool {
    var open: Fence?
    for line in text.split(separator: "\n") {
      if let fence = open {
        if fence.isClosed(by: line) { open = nil }
      } else {
        open = Fence(opening: line)
      }
    }
    return open != nil
  }
}

/// Looks at a growing text now and then, so that looking costs less than the text.
public final class DegenerationWatch {
  private var next = Degeneration.window / 2

  public init() {}

  /// True if the text may go on.
  public func allows(_ text: String) -> Bool {
    guard text.utf8.count >= next else { return true }
    next = text.utf8.count + 500
    return Degeneration.unit(in: text) == nil
  }
}
