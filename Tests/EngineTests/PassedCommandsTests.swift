import Glibc
import Platform
import TestSupport
import Testing

@testable import Engine

/// The memory of passed commands stays small.
@Suite struct PassedCommandsTests {
  private let folder = TemporaryFolder()

  private func digests(_ count: Int) -> [Digest] {
    // All in one folder: those whose text begins with the same byte.
    var found: [Digest] = []
    var number = 0
    while found.count < count {
      let digest = Digest(of: Array("\(number)".utf8))
      if digest.hex.hasPrefix("00") { found.append(digest) }
      number += 1
    }
    return found
  }

  @Test func theOldestGoFirstAndWhatIsUsedStays() throws {
    let passed = PassedCommands(stateHome: folder.path, limit: 8)
    let all = digests(20)
    for (age, digest) in all.enumerated() {
      #expect(passed.products(of: digest) == nil)
      passed.add(digest, making: "")
      // As if each had come a minute after the one before; the first is used all the time.
      let file = "mtor/passed/00/\(digest.hex.dropFirst(2))"
      var times = [
        timespec(tv_sec: 1_000_000 + 60 * age, tv_nsec: 0),
        timespec(tv_sec: 1_000_000 + 60 * age, tv_nsec: 0),
      ]
      #expect(utimensat(AT_FDCWD, folder.file(file), &times, 0) == 0)
      #expect(passed.touch(all[0]))
    }
    let kept = all.filter { digest in
      folder.mode("mtor/passed/00/\(digest.hex.dropFirst(2))") != nil
    }
    #expect(kept.count <= 8 && kept.count >= 6)
    #expect(kept.first == all[0])
    #expect(Array(kept.dropFirst()) == Array(all.suffix(kept.count - 1)))
  }

  @Test func aPassStandsForWhatItMade() throws {
    let passed = PassedCommands(stateHome: folder.path)
    let (command, made, other) = (Digest(of: [1]), "made", "other")
    passed.add(command, making: made)
    #expect(passed.products(of: command) == made)
    passed.add(command, making: other)
    #expect(passed.products(of: command) == other)
    passed.add(command, making: "")
    #expect(passed.products(of: command) == "")
  }

  @Test func whatCannotBeRememberedIsNoError() throws {
    try folder.write("mtor", "a file")
    let passed = PassedCommands(stateHome: folder.path)
    passed.add(Digest(of: [1]), making: "")
    #expect(passed.products(of: Digest(of: [1])) == nil)
  }
}
