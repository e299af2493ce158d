import CPCRE2
import Glibc

/// A regular expression that was refused, or gave up on a text.
public struct PatternError: Error, Hashable, Sendable {
  /// One sentence, safe to print.
  public let message: String
  /// Where in the pattern, in UTF-8 bytes from 0; nil where the text matters, not the pattern.
  public let offset: Int?

  public init(message: String, offset: Int?) {
    self.message = message
    self.offset = offset
  }
}

/// A PCRE2 pattern: `^` and `$` match at lines, `.` at no line end, letters are Unicode's.
///
/// Neither a pattern nor a text can make it run for long: backtracking and memory have limits,
/// and a search has a deadline of its own.
public final class Pattern: @unchecked Sendable {
  // PCRE2's compiled code is read only once it is made; every match has its own data block.
  private let code: OpaquePointer
  private let groups: Int

  /// What a search may take.
  public struct Effort: Sendable {
    /// Steps at one place of the text.
    public var steps: UInt32
    /// Seconds of this thread's processor time.
    public var seconds: Double

    public init(steps: UInt32 = 1_000_000, seconds: Double = 5) {
      self.steps = steps
      self.seconds = seconds
    }
  }

  private let effort: Effort
  private static let heapLimitKB: UInt32 = 64 * 1024

  /// Compiles a pattern.
  ///
  /// - Parameter whole: true if a match must be the whole text.
  public init(
    _ pattern: String, whole: Bool = false, effort: Effort = Effort()
  ) throws(PatternError) {
    self.effort = effort
    var options = PCRE2_UTF | PCRE2_UCP | PCRE2_USE_OFFSET_LIMIT | PCRE2_NEVER_BACKSLASH_C
    options |= whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : PCRE2_MULTILINE
    let context = pcre2_compile_context_create_8(nil)
    defer { pcre2_compile_context_free_8(context) }
    pcre2_set_newline_8(context, UInt32(PCRE2_NEWLINE_ANYCRLF))
    pcre2_set_max_pattern_length_8(context, 64 * 1024)
    var problem: Int32 = 0
    var offset = 0
    let bytes = Array(pattern.utf8)
    guard
      let code = bytes.withUnsafeBufferPointer({
        // An empty array may have no address; PCRE2 wants one all the same.
        pcre2_compile_8(
          $0.baseAddress ?? UnsafePointer(bitPattern: 1), $0.count, options, &problem, &offset,
          context)
      })
    else {
      throw PatternError(message: Self.text(of: problem), offset: offset)
    }
    self.code = code
    var count: UInt32 = 0
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_CAPTURECOUNT), &count)
    groups = Int(count) + 1
  }

  deinit { pcre2_code_free_8(code) }

  /// True if the pattern matches somewhere in the text (all of it, for a `whole` pattern).
  public func matches(_ text: some StringProtocol) throws(PatternError) -> Bool {
    try first(in: Array(text.utf8)) != nil
  }

  /// The first match at or after an offset; nil where there is none.
  public func first(in text: [UInt8], from start: Int = 0) throws(PatternError) -> PatternMatch? {
    var search = try Search(self, in: text)
    return try search.next(from: start)
  }

  /// Every match that does not overlap the one before it, at most `limit` of them.
  public func all(in text: [UInt8], limit: Int = .max) throws(PatternError) -> [PatternMatch] {
    var search = try Search(self, in: text)
    var result: [PatternMatch] = []
    var start = 0
    while result.count < limit, let match = try search.next(from: start) {
      result.append(match)
      start = match.range.upperBound
      // After an empty match go on behind the next character.
      if match.range.isEmpty {
        guard start < text.count else { break }
        start += 1
        while start < text.count, text[start] & 0xC0 == 0x80 { start += 1 }
      }
    }
    return result
  }

  /// The number of a named group; nil where the pattern has none of that name.
  public func group(named name: some StringProtocol) -> Int? {
    let bytes = name.utf8.map { $0 } + [0]
    let number = bytes.withUnsafeBufferPointer {
      pcre2_substring_number_from_name_8(code, $0.baseAddress)
    }
    return number > 0 ? Int(number) : nil
  }

  /// How many groups the pattern has, the whole match (group 0) included.
  public var groupCount: Int { groups }

  fileprivate static func text(of code: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 256)
    let length = buffer.withUnsafeMutableBufferPointer {
      pcre2_get_error_message_8(code, $0.baseAddress, $0.count)
    }
    guard length > 0 else { return "the pattern is not valid" }
    return String(decoding: buffer.prefix(Int(length)), as: UTF8.self)
  }

  /// The state of a search through one text.
  private struct Search: ~Copyable {
    let pattern: Pattern
    let text: [UInt8]
    let data: OpaquePointer
    let context: OpaquePointer
    let deadline: Double

    init(_ pattern: Pattern, in text: [UInt8]) throws(PatternError) {
      guard UTF8Check.isValid(text) else {
        throw PatternError(message: "the text is not UTF-8, which patterns need", offset: nil)
      }
      guard let data = pcre2_match_data_create_from_pattern_8(pattern.code, nil),
        let context = pcre2_match_context_create_8(nil)
      else { throw PatternError(message: "no memory for a search", offset: nil) }
      pcre2_set_match_limit_8(context, pattern.effort.steps)
      pcre2_set_heap_limit_8(context, Pattern.heapLimitKB)
      self.pattern = pattern
      self.text = text
      self.data = data
      self.context = context
      deadline = Self.seconds() + pattern.effort.seconds
    }

    deinit {
      pcre2_match_data_free_8(data)
      pcre2_match_context_free_8(context)
    }

    /// Looks from window to window of starting places, so that the deadline is seen in time even
    /// where every place costs a walk through the rest of the text.
    mutating func next(from start: Int) throws(PatternError) -> PatternMatch? {
      var from = start
      var window = 1024
      while true {
        let last = min(text.count, from + window)
        let began = Self.seconds()
        if let match = try match(from: from, startingBy: last) { return match }
        guard last < text.count else { return nil }
        let now = Self.seconds()
        if now > deadline {
          throw PatternError(
            message: "the pattern takes too long on this text: make it more exact", offset: nil)
        }
        window = now - began < 0.02 ? window * 4 : max(1, window / 4)
        from = last
        // A window may end inside a character; matches begin at its first byte.
        while from > start, text[from] & 0xC0 == 0x80 { from -= 1 }
      }
    }

    private func match(
      from: Int, startingBy last: Int
    ) throws(PatternError) -> PatternMatch? {
      pcre2_set_offset_limit_8(context, last)
      let result = text.withUnsafeBufferPointer {
        pcre2_match_8(
          pattern.code, $0.baseAddress ?? UnsafePointer(bitPattern: 1), $0.count, from,
          PCRE2_NO_UTF_CHECK, data, context)
      }
      if result == PCRE2_ERROR_NOMATCH { return nil }
      guard result > 0 else {
        throw PatternError(
          message: "the pattern gave up on this text (\(Pattern.text(of: result)))", offset: nil)
      }
      let vector = UnsafeBufferPointer(
        start: pcre2_get_ovector_pointer_8(data), count: pattern.groups * 2)
      return PatternMatch(
        groups: (0..<pattern.groups).map { group in
          let (low, high) = (vector[2 * group], vector[2 * group + 1])
          // A group that took no part is PCRE2_UNSET, all bits set; `\K` in a lookaround can put
          // the end before the beginning.
          return low < 0 || low > high || high > text.count ? nil : low..<high
        })
    }

    private static func seconds() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
  }
}

/// Where a pattern matched: byte ranges of the whole (group 0) and of each group.
public struct PatternMatch: Hashable, Sendable {
  /// Nil for a group that took no part.
  public let groups: [Range<Int>?]

  /// The whole match.
  public var range: Range<Int> { groups[0] ?? 0..<0 }
}

/// Whether bytes are UTF-8.
enum UTF8Check {
  static func isValid(_ bytes: [UInt8]) -> Bool {
    do {
      _ = try UTF8Span(validating: bytes.span)
      return true
    } catch {
      return false
    }
  }
}
