import Manifests
import Platform
import Records
import Subprocess

/// How long the endpoints of a worker's models ask to be left alone: what a `Retry-After` said, or
/// a circuit that is open. The runs of all tasks put it into the ledger.
enum EndpointPause {
  /// The longest pause that is believed, in seconds.
  static let limit = 3600.0

  /// Seconds until the first of the models may be asked; nil where one may be now, or nothing is
  /// known. Throws where the ledger cannot be read.
  static func seconds(
    _ configuration: Configuration, now: Int64 = Clock.now
  ) throws(LedgerError) -> Double? {
    guard let ledger = configuration.ledger ?? LedgerFile.defaultPath else { return nil }
    let names = configuration.repair.models ?? configuration.models.map(\.name)
    let models = names.compactMap { configuration.model(named: $0)?.model }
    guard !models.isEmpty else { return nil }
    let states = try RepairRecords(path: ledger).endpoints()
    let wait =
      models.map { model in
        states.filter { $0.name.hasSuffix(" \(model)") }.map { state in
          let until = max(
            state.state["not_before"]?.double ?? 0, state.state["open_until"]?.double ?? 0)
          return until - Double(now) / 1e9
        }.max() ?? 0
      }.min() ?? 0
    return wait > 0 ? min(wait, limit) : nil
  }
}
