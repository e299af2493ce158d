import Glibc

/// The beginning of a stream and its latest bytes, in memory that does not grow.
///
/// The stream is read straight into it: a gigabyte is not copied a second time only to be
/// forgotten.
struct OutputRing: ~Copyable {
  private let head: UnsafeMutableRawBufferPointer
  private let ring: UnsafeMutableRawBufferPointer
  private var headCount = 0
  /// Where the next byte of the ring goes.
  private var position = 0
  /// Bytes that have gone into the ring, all in all.
  private var passed = 0

  /// Allocates; untouched pages cost nothing. `tail` is at least 1.
  init(head: Int, tail: Int) {
    self.head = .allocate(byteCount: max(head, 0), alignment: 1)
    ring = .allocate(byteCount: max(tail, 1), alignment: 1)
  }

  deinit {
    head.deallocate()
    ring.deallocate()
  }

  /// Bytes that have come, all in all.
  var total: Int { headCount + passed }

  /// The place for the next bytes, never empty; tell `advance` how many came.
  var room: UnsafeMutableRawBufferPointer {
    headCount < head.count
      ? UnsafeMutableRawBufferPointer(rebasing: head[headCount...])
      : UnsafeMutableRawBufferPointer(rebasing: ring[position...])
  }

  mutating func advance(_ count: Int) {
    if headCount < head.count {
      headCount += count
    } else {
      passed += count
      position = (position + count) % ring.count
    }
  }

  /// So many of the stream's next bytes may be left out if at least as many follow them; nil while
  /// every byte counts.
  var longestTail: Int? { headCount < head.count ? nil : ring.count }

  /// Takes note of bytes that were left out: at least `longestTail` follow before `finish`.
  mutating func skip(_ count: Int) { passed += count }

  func finish() -> CapturedOutput {
    var tail: [UInt8] = []
    if passed > ring.count { tail += ring[position...] }
    tail += ring[..<min(passed > ring.count ? position : passed, ring.count)]
    return CapturedOutput(
      head: Array(head[..<headCount]), tail: tail, omitted: passed - tail.count)
  }
}
