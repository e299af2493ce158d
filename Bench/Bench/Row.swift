/// What a row must reach.
enum Goal: Sendable {
  /// At most so many times the peer's CPU.
  case ratio(Double)
  /// At most so much of a unit, without a peer.
  case limit(Double, unit: String)
}

/// One comparison: mtor's work in a round, and a peer's on the same.
struct Row: Sendable {
  /// What it is called on the command line.
  let name: String
  let title: String
  let goal: Goal
  /// The peer's program and the Debian package that brings it; nil where there is none.
  var peer: (program: String, package: String)?
  /// Does the work once in a folder of its own; two CPU times in seconds for `ratio`, the figure
  /// alone for `limit`.
  let measure: @Sendable (Workshop, String) throws(BenchFailure) -> Sample
}

struct Sample {
  var mtor: Double
  var peer: Double = 1
  /// What is worth a remark beside the figure, such as system calls or peak memory.
  var remark = ""
}

/// All samples of one row.
struct Outcome {
  let row: Row
  var samples: [Sample] = []
  /// Why there is no figure; nil where there is one.
  var failure: String?

  /// The figures that the goal is about, the smallest first.
  private var figures: [Double] {
    samples.map {
      if case .ratio = row.goal { $0.mtor / $0.peer } else { $0.mtor }
    }.sorted()
  }

  var median: Double? { figures.isEmpty ? nil : figures[figures.count / 2] }
  var least: Double? { figures.first }
  var most: Double? { figures.last }
  var remark: String { samples.last?.remark ?? "" }

  var isReached: Bool? {
    guard let median else { return nil }
    switch row.goal {
    case .ratio(let bound), .limit(let bound, _): return median <= bound
    }
  }
}
