import Events
import Platform

/// What the live line says: the running step, its command, the elapsed time, the last output.
struct LiveLine: Sendable {
  /// Such as `2/5`; empty for `setup` and `verify`.
  var place = ""
  /// The step's id, `setup` or `verify`.
  var subject = ""
  /// What runs: a command's name, or an attempt.
  var activity = ""
  /// The last line of its output, escaped.
  var output = ""
  /// When the activity began, on the monotonic clock.
  var since: Int64 = 0

  private static let frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]

  /// The line, at most `width` columns without the colours, and its columns.
  func text(width: Int, now: Int64, _ style: Style) -> (text: String, columns: Int) {
    let elapsed = max(0, now - since)
    let frame = Self.frames[Int(elapsed / 100_000_000) % Self.frames.count]
    let time = Self.elapsed(elapsed)
    var room = width - 2 - Columns.count(time)
    var plain = 2 + Columns.count(time)
    var parts = [style(.news, frame)]

    func add(_ text: String, _ meaning: Style.Meaning?, atLeast: Int) {
      guard !text.isEmpty, room - 2 >= atLeast else { return }
      let cut = Columns.cut(text, to: room - 2)
      parts.append(meaning.map { style($0, cut) } ?? cut)
      room -= Columns.count(cut) + 2
      plain += Columns.count(cut) + 2
    }
    add(place.isEmpty ? subject : "\(place) \(subject)", .strong, atLeast: 1)
    add(activity, nil, atLeast: 8)
    let head = parts.removeFirst()
    var line = head + " " + parts.joined(separator: "  ")
    if parts.isEmpty { line = head }
    line += (parts.isEmpty ? " " : "  ") + style(.faint, time)
    if !output.isEmpty, room - 2 >= 12 {
      let cut = Columns.cut(output, to: room - 2)
      line += "  " + style(.faint, cut)
      plain += Columns.count(cut) + 2
    }
    return (line, plain)
  }

  /// Whole seconds: a tenth that changes ten times a second is noise.
  private static func elapsed(_ nanoseconds: Int64) -> String {
    let seconds = Int(nanoseconds / 1_000_000_000)
    return seconds < 60 ? "\(seconds)s" : Phrases.duration(Double(seconds))
  }
}
