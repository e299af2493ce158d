import Glibc
import Platform

/// Runs that stand as a whole or not at all (`--on-failure undo`, `rehearse --land`).
///
/// A record with the run's name is written before its first change and removed when the run is
/// complete. Recovery that finds it takes back every step of the run.
extension Materialiser {
  static let unitKind = "unit"

  /// From now on what lands is of this run, which is one unit. Nothing is written before something
  /// lands.
  public func beginUnit(run: String) { unit = (run, isRecorded: false) }

  /// True from `beginUnit` until the unit is complete or taken back.
  public var isUnitOpen: Bool { unit != nil }

  /// The run stands: recovery leaves it from here on.
  public func completeUnit() throws(TreeError) {
    guard let unit else { return }
    if unit.isRecorded {
      do throws(SystemError) {
        try state.remove(StateFolder.Names.unit)
        try syncRoom()
      } catch {
        throw .system(
          error, note: "the run is whole but counts as cut off; mtor recover takes it back")
      }
    }
    self.unit = nil
  }

  /// Writes the record, once; made durable by the sync that comes before the first change.
  func recordUnit() throws(TreeError) {
    guard let unit, !unit.isRecorded else { return }
    let line = Array("run \(JournalLines.escaped(unit.run))\n".utf8)
    try state.writeSealed(
      StateFolder.Names.unit, SealedFile.heading(Self.unitKind) + line)
    self.unit = (unit.run, isRecorded: true)
  }

  /// The run that was cut off as a unit; nil where none was.
  func readUnit() throws(TreeError) -> String? {
    let name = StateFolder.Names.unit
    guard var body = try state.readSealed(name, kind: Self.unitKind) else { return nil }
    var line = JournalLines.nextLine(&body)
    guard JournalLines.word(&line) == "run", let run = JournalLines.word(&line) else {
      throw state.fault(.damaged, in: name)
    }
    return JournalLines.unescaped(run)
  }

  /// Takes back every step of a unit that was cut off; what somebody else changed meanwhile is
  /// left and named.
  func recoverUnit(_ run: String) throws(TreeError) -> [String] {
    let entries = try state.undoStore().filter { $0.journal.header.run == run }
    guard entries.contains(where: \.changesFiles) else {
      do throws(SystemError) {
        for entry in entries { try discard(entry.name) }
        try state.remove(StateFolder.Names.unit)
        try syncRoom()
      } catch {
        throw .system(error, note: "mtor recover puts the rest right")
      }
      return []
    }
    let report = try undo(entries, run: run)
    recovered = report.following(recovered)
    return [
      "run \(Printable.escaped(run)) was to land whole or not at all and was cut off: "
        + (report.left.isEmpty
          ? "all of it was taken back, the tree is as before it"
          : "it was taken back, but for what was changed meanwhile")
    ] + report.kept
  }
}
