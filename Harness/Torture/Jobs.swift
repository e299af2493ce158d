import Glibc

/// The same suites in several processes, a share of the numbers in each; their tallies as one.
struct Jobs {
  let count: Int
  let arguments: [String]

  /// Prints what the shares print, and a suite's sum when all have ended it; 0 if none failed.
  func run() -> Int32 {
    let parts = (0..<count).map { index in
      guard
        let part = Spawn(
          [executablePath()] + arguments + ["--part", "\(index)/\(count)"],
          environment: Self.environment, readingOutput: true)
      else { stop("cannot start a job") }
      return part
    }
    var sums: [String: (tally: Tally, parts: Int)] = [:]
    var order: [String] = []
    var rests = parts.map { _ in [UInt8]() }
    var polls = parts.map { pollfd(fd: $0.output, events: Int16(POLLIN), revents: 0) }
    while polls.contains(where: { $0.fd >= 0 }) {
      if poll(&polls, nfds_t(polls.count), -1) < 0 { continue }
      for index in polls.indices where polls[index].revents != 0 {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let got = read(polls[index].fd, &bytes, bytes.count)
        if got <= 0 {
          close(polls[index].fd)
          polls[index].fd = -1
          continue
        }
        rests[index] += bytes[..<got]
        while let end = rests[index].firstIndex(of: 0x0A) {
          let line = String(decoding: rests[index][..<end], as: UTF8.self)
          rests[index].removeFirst(end + 1)
          guard let tally = Tally(encoded: line) else {
            say(line)
            continue
          }
          if sums[tally.name] == nil {
            sums[tally.name] = (tally, 1)
            order.append(tally.name)
          } else {
            sums[tally.name]?.tally.add(tally)
            sums[tally.name]?.parts += 1
          }
          if let sum = sums[tally.name], sum.parts == sum.tally.parts { say(sum.tally.text) }
        }
      }
    }
    let codes = parts.map { $0.wait() }
    let tallies = order.compactMap { sums[$0] }
    for (index, code) in codes.enumerated() where code != 0 {
      say("part \(index)/\(count) ended with \(code)")
    }
    for sum in tallies where sum.parts != sum.tally.parts { say("\(sum.tally.text) (incomplete)") }
    let runs = tallies.reduce(0) { $0 + $1.tally.runs }
    let failures = tallies.reduce(0) { $0 + $1.tally.failures }
    say("\(runs) runs, \(failures) failed")
    return failures == 0 && codes.allSatisfy { $0 == 0 } ? 0 : 1
  }

  private static var environment: [String] {
    ["PATH", "HOME", "TMPDIR"].compactMap { (name: String) in
      getenv(name).map { "\(name)=\(String(cString: $0))" }
    }
  }
}
