/// How long an endpoint asks to be left alone, from all the headers that say so.
enum RetryAfter {
  /// In seconds from `now` (seconds since 1970); nil where nothing valid is said.
  static func seconds(_ headers: [String: String], now: Double) -> Double? {
    if let text = headers["retry-after-ms"], let value = number(text) { return value / 1000 }
    if let text = headers["retry-after"] {
      if let value = number(text) { return value }
      if let date = HTTPDate.seconds(text) { return max(0, date - now) }
    }
    return reset(headers, now: now)
  }

  /// The latest of the providers' own reset headers whose budget is spent.
  private static func reset(_ headers: [String: String], now: Double) -> Double? {
    var waits: [Double] = []
    for kind in ["requests", "tokens"] {
      // OpenAI and Groq: a duration such as 6m0s.
      if headers["x-ratelimit-remaining-\(kind)"] == "0",
        let wait = headers["x-ratelimit-reset-\(kind)"].flatMap(duration)
      {
        waits.append(wait)
      }
    }
    for kind in ["requests", "tokens", "input-tokens", "output-tokens"] {
      if headers["anthropic-ratelimit-\(kind)-remaining"] == "0",
        let date = headers["anthropic-ratelimit-\(kind)-reset"].flatMap(HTTPDate.seconds)
      {
        waits.append(max(0, date - now))
      }
    }
    // OpenRouter: milliseconds since 1970.
    if headers["x-ratelimit-remaining"] == "0",
      let reset = headers["x-ratelimit-reset"].flatMap(number)
    {
      waits.append(max(0, (reset > 1e11 ? reset / 1000 : reset) - now))
    }
    return waits.max()
  }

  /// A finite decimal number that is not negative.
  private static func number(_ text: String) -> Double? {
    let text = text.trimmed
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }),
      let value = Double(text), value.isFinite
    else { return nil }
    return value
  }

  /// `1h2m3.5s`, `120ms`, in seconds.
  static func duration(_ text: String) -> Double? {
    var rest = text.trimmed[...]
    var total = 0.0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest[digits.endIndex...]
      let unit = rest.prefix { $0.isASCII && $0.isLetter }
      rest = rest[unit.endIndex...]
      guard let value = Double(digits) else { return nil }
      switch unit {
      case "h": total += value * 3600
      case "m": total += value * 60
      case "s": total += value
      case "ms": total += value / 1000
      default: return nil
      }
    }
    return total
  }
}

/// Dates of HTTP headers.
enum HTTPDate {
  /// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT` or `2026-01-02T03:04:05Z`.
  static func seconds(_ text: String) -> Double? {
    let text = text.trimmed
    return internet(text) ?? timestamp(text)
  }

  private static func internet(_ text: String) -> Double? {
    let parts = text.split(separator: " ")
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    guard parts.count == 6, parts[5] == "GMT", let day = Int(parts[1]), let year = Int(parts[3]),
      let month = months.firstIndex(of: String(parts[2])), let clock = clock(parts[4])
    else { return nil }
    return days(year, month + 1, day).map { Double($0) * 86_400 + clock }
  }

  private static func timestamp(_ text: String) -> Double? {
    let halves = text.split(separator: "T")
    guard halves.count == 2 else { return nil }
    let date = halves[0].split(separator: "-")
    guard date.count == 3, let year = Int(date[0]), let month = Int(date[1]),
      let day = Int(date[2]), let number = days(year, month, day)
    else { return nil }
    var clockText = halves[1]
    var offset = 0.0
    if clockText.hasSuffix("Z") {
      clockText = clockText.dropLast()
    } else if let sign = clockText.lastIndex(where: { $0 == "+" || $0 == "-" }) {
      let zone = clockText[clockText.index(after: sign)...].split(separator: ":")
      guard zone.count == 2, let hours = Double(zone[0]), let minutes = Double(zone[1]) else {
        return nil
      }
      offset = (hours * 3600 + minutes * 60) * (clockText[sign] == "+" ? 1 : -1)
      clockText = clockText[..<sign]
    } else {
      return nil
    }
    return clock(clockText).map { Double(number) * 86_400 + $0 - offset }
  }

  private static func clock(_ text: some StringProtocol) -> Double? {
    let parts = text.split(separator: ":")
    guard parts.count == 3, let hours = Int(parts[0]), let minutes = Int(parts[1]),
      let seconds = Double(String(parts[2])), (0..<24).contains(hours),
      (0..<60).contains(minutes), seconds >= 0, seconds <= 60
    else { return nil }
    return Double(hours * 3600 + minutes * 60) + seconds
  }

  /// Days since 1970-01-01 of a date of the Gregorian calendar.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int? {
    guard (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else {
      return nil
    }
    // Years that begin in March, so that the leap day is the last.
    let years = month > 2 ? year : year - 1
    let era = years / 400
    let yearOfEra = years - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}
