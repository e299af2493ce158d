import CMtor
import Glibc
import Platform

/// The reading side of a command's output: one pipe, or two where they are wanted apart.
///
/// Belongs to the thread that runs the command.
final class OutputReader {
  /// The ends that the command writes to; one pipe serves for both streams where nobody wants
  /// them apart. Closed as soon as the command has them.
  struct Writers: ~Copyable {
    let out: Int32
    /// Equal to `out` where one pipe serves.
    let err: Int32

    init(out: Int32, err: Int32?) {
      self.out = out
      self.err = err ?? out
    }

    deinit {
      close(out)
      if err != out { close(err) }
    }
  }

  private let streams: [Stream]
  private let log: Log?
  private var lines: LineSplitter?
  private var combined: OutputRing
  private var writers: Writers?
  private var flood = OutputFlood()
  /// Where the middle of a flood goes; nil before there is one, and where it is wanted.
  private var drain: Descriptor?

  /// Makes the pipes and the log.
  init(
    _ capture: Command.Capture, _ rate: CommandRunner.LineRate, onLine: (([UInt8]) -> Void)?
  ) throws(SystemError) {
    log = if let path = capture.log { try Log(path) } else { nil }
    lines = onLine.map { LineSplitter(rate, $0) }
    combined = OutputRing(head: capture.head, tail: capture.tail)
    let (out, outEnd) = try Stream.make(separate: capture.separate)
    if capture.separate == nil {
      streams = [out]
      writers = Writers(out: outEnd, err: nil)
    } else {
      let (err, errEnd) = try Stream.make(separate: capture.separate)
      streams = [out, err]
      writers = Writers(out: outEnd, err: errEnd)
    }
  }

  /// Gives the writing ends away; once.
  func takeWriters() -> Writers? { writers.take() }

  /// Waits until there is something to do, reads what output there is, and returns true if
  /// `lifeline` is ready. `signals` is a descriptor that ends the wait, or -1.
  func wait(lifeline: Int32, signals: Int32, milliseconds: Int32) throws(SystemError) -> Bool {
    let isPausing = flood.pause > 0
    var watched = streams.map { stream in
      pollfd(
        fd: stream.isOpen && !isPausing ? stream.descriptor.raw : -1, events: Int16(POLLIN),
        revents: 0)
    }
    watched.append(pollfd(fd: lifeline, events: Int16(POLLIN), revents: 0))
    watched.append(pollfd(fd: signals, events: Int16(POLLIN), revents: 0))
    let patience = isPausing ? Int64(flood.pause) : Int64(milliseconds) * 1_000_000
    let code = mtor_poll(&watched, UInt(watched.count), patience)
    if code == -EINTR { return false }
    if code < 0 { throw SystemError("ppoll", code: -code) }
    let before = total
    for (index, stream) in streams.enumerated()
    where watched[index].revents != 0 || (isPausing && stream.isOpen) {
      // A limit, so that endless output cannot keep the lifeline from being looked at.
      try read(stream, atMost: OutputFlood.pipeSize)
    }
    if flood.took(total - before) {
      try flood.grown(to: grow())
      if log == nil, lines?.wantsAll != true { openDrain() }
    }
    return watched[streams.count].revents != 0
  }

  /// Grows the pipes as far as the kernel lets it, and returns the bytes that they hold then.
  private func grow() throws(SystemError) -> Int {
    var sum = 0
    for stream in streams {
      let size = mtor_grow_pipe(stream.descriptor.raw, Int32(OutputFlood.pipeSize))
      if size < 0 { throw SystemError("fcntl", code: -size) }
      sum += Int(size)
    }
    return sum
  }

  /// Reads what the pipes still hold when the command is over, and closes the books.
  ///
  /// Never waits for the end of the stream: somebody outside (a service that was handed the
  /// pipe) may hold it for ever. More than the pipes can hold is not read.
  func finish() throws(SystemError) {
    drain = nil
    for stream in streams where stream.isOpen {
      try read(stream, atMost: OutputFlood.pipeSize)
    }
    lines?.finish()
  }

  /// Bytes that have come so far.
  var total: Int { combined.total }

  /// Standard output and error in the order of arrival.
  var output: CapturedOutput { combined.finish() }
  var standardOutput: CapturedOutput? { streams[0].captured }
  var standardError: CapturedOutput? { streams.count > 1 ? streams[1].captured : nil }

  private func read(_ stream: Stream, atMost limit: Int) throws(SystemError) {
    // What is left is more than the tail, and is read when the flood is over.
    if skip(stream), streams.count == 1, lines?.wantsNext != true { return }
    var total = 0
    while total < limit {
      let place = combined.room
      let count = Glibc.read(stream.descriptor.raw, place.baseAddress!, place.count)
      if count > 0 {
        total += count
        let chunk = UnsafeRawBufferPointer(rebasing: place[..<count])
        stream.keep(chunk)
        lines?.append(chunk)
        try log?.write(chunk)
        combined.advance(count)
        // A short read has emptied the pipe: asking again would only cost a call.
        if count < place.count { return }
      } else if count == 0 {
        stream.isOpen = false
        return
      } else if errno == EAGAIN {
        return
      } else if errno != EINTR {
        throw SystemError("read")
      }
    }
  }

  /// Without it, where no file can be opened any more, all is read, which only costs more.
  private func openDrain() {
    do throws(SystemError) {
      drain = try Descriptor.open("/dev/null", O_WRONLY)
    } catch {
      drain = nil
    }
  }

  /// Leaves out of a flood, unread, what would be overwritten by what the pipe holds already; false
  /// where that is nothing.
  private func skip(_ stream: Stream) -> Bool {
    guard let tail = combined.longestTail, stream.isFull else { return false }
    let null: Int32
    switch drain {
    case .some(let drain): null = drain.raw
    case nil: return false
    }
    let count = Int(mtor_drop_all_but(stream.descriptor.raw, tail, null))
    stream.skip(count)
    combined.skip(count)
    return count > 0
  }

  /// One pipe's reading end, and what is kept of it alone.
  private final class Stream {
    let descriptor: Descriptor
    var isOpen = true
    private var kept: [UInt8] = []
    private var omitted = 0
    private let limit: Int?

    static func make(separate: Int?) throws(SystemError) -> (Stream, writer: Int32) {
      var ends: [Int32] = [-1, -1]
      let code = mtor_pipe(&ends)
      if code < 0 { throw SystemError("pipe2", code: -code) }
      return (Stream(Descriptor(owning: ends[0]), limit: separate), ends[1])
    }

    private init(_ descriptor: consuming Descriptor, limit: Int?) {
      self.descriptor = descriptor
      self.limit = limit
    }

    func keep(_ chunk: UnsafeRawBufferPointer) {
      guard let limit else { return }
      let count = min(max(limit - kept.count, 0), chunk.count)
      kept.append(contentsOf: chunk[..<count])
      omitted += chunk.count - count
    }

    /// True if no further byte will be kept.
    var isFull: Bool { limit.map { kept.count >= $0 } ?? true }

    func skip(_ count: Int) { omitted += count }

    var captured: CapturedOutput? {
      limit.map { _ in CapturedOutput(head: kept, omitted: omitted) }
    }
  }

  /// The file that takes the whole output.
  private final class Log {
    private let descriptor: Descriptor
    private let path: String

    init(_ path: String) throws(SystemError) {
      self.path = path
      descriptor = try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
      try descriptor.writeAll(bytes, path: path)
    }
  }
}
