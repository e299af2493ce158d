import CFault
import Events
import Glibc

/// An apply beside a ledger that is cut, flipped, foreign or held by another process: it lands, it
/// ends with 0, and what is not recorded is said.
struct TornLedgers {
  static let cuts = 40

  let subject: Subject

  func run(share: Share) -> Tally {
    var tally = Tally("torn and locked ledgers")
    var subject = subject
    if subject.mtor == nil {
      say("torn and locked ledgers: skipped, the room alone keeps none")
      return tally
    }
    subject.seedLedger()
    guard let seeded = subject.scene.ledger, let whole = seeded.contents[SeededLedger.name] else {
      return tally
    }
    let faults = SingleFaults(subject: subject, command: .apply)
    for cut in 0..<Self.cuts {
      var torn = whole
      let place = whole.count * cut / Self.cuts
      torn.removeLast(whole.count - place)
      one("cut at \(place)", torn, faults, &tally)
      torn = whole
      for offset in 0..<64 { torn[(place + offset * 61) % torn.count] ^= 0xFF }
      one("flipped from \(place)", torn, faults, &tally)
    }
    one("a letter", Array("This is a letter and no ledger.\n".utf8), faults, &tally)
    locked(faults, &tally)
    tally.report(to: share)
    return tally
  }

  private func one(
    _ what: String, _ bytes: [UInt8], _ faults: SingleFaults, _ tally: inout Tally
  ) {
    let scene = subject.scene
    scene.build()
    mkdir(scene.home + "/mtor", 0o700)
    TreeScene.put(bytes, scene.home + "/" + SeededLedger.name)
    judge(what, faults, &tally)
  }

  /// Another process holds the ledger from before the run to after it.
  private func locked(_ faults: SingleFaults, _ tally: inout Tally) {
    let scene = faults.subject.scene
    scene.build()
    let ledger = scene.home + "/" + SeededLedger.name
    let ready = subject.folder + "/held"
    unlink(ready)
    let script = """
      import sqlite3, sys, time
      ledger = sqlite3.connect(sys.argv[1], isolation_level=None)
      ledger.execute('BEGIN IMMEDIATE')
      open(sys.argv[2], 'w').close()
      time.sleep(600)
      """
    guard let holder = Spawn(["python3", "-c", script, ledger, ready]) else {
      say("a locked ledger: skipped, there is no python3")
      return
    }
    while access(ready, F_OK) != 0 { usleep(2000) }
    judge("held by another process", faults, &tally)
    kill(holder.process, SIGKILL)
    _ = holder.wait()
    // What was there before is there still.
    let wrong = LedgerTruth(home: scene.home, before: scene.ledger).faults(
      exit: 1, isNew: true, isTorn: false, messages: "")
    if !wrong.isEmpty {
      tally.fail("held: \(wrong)", [], repeating: subject.repeating("torn-ledgers"))
    }
  }

  private func judge(_ what: String, _ faults: SingleFaults, _ tally: inout Tally) {
    let code = subject.run(.apply).exit_code
    let messages = subject.lastMessages()
    let isNew = subject.scene.picture() == faults.new
    let isSaid = messages.contains("is not recorded") || messages.contains("is recorded in part")
    let isRecorded = !isSaid && isInLedger()
    tally.count(isSaid ? "landed and said" : isRecorded ? "landed and recorded" : "LOST")
    if code == 0 && isNew && (isSaid || isRecorded) { return }
    tally.fail(
      "\(what): exit \(code), the tree is \(isNew ? "new" : "not new")", [messages],
      repeating: subject.repeating("torn-ledgers"))
  }

  private func isInLedger() -> Bool {
    do {
      let path = subject.scene.home + "/" + SeededLedger.name
      let before = subject.scene.ledger?.rows ?? [:]
      return try LedgerTruth.reports(at: path).contains {
        before[$0.run] == nil && $0.end?.exit == 0
      }
    } catch {
      return false
    }
  }
}
