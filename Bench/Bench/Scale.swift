/// How time and memory grow with the input, each measured once for each size.
struct Scale {
  struct Point {
    var size: Int
    var cost: Cost
  }

  struct Curve {
    let name: String
    let unit: String
    var points: [Point] = []

    /// How the CPU grows from the last size but one to the last: 1 is linear, below is less.
    var growth: Double? {
      guard let last = points.last, let previous = points.dropLast().last else { return nil }
      return last.cost.cpu / previous.cost.cpu / (Double(last.size) / Double(previous.size))
    }
  }

  let shop: Workshop

  /// Bytes of a file: 100,000 of them stay below the 64 MB that a manifest may have.
  private static let bytes = 400

  func curves(_ say: (String) -> Void) throws(BenchFailure) -> [Curve] {
    var curves: [Curve] = []
    func curve(
      _ name: String, _ unit: String, _ sizes: [Int],
      _ measure: (Int) throws(BenchFailure) -> Cost
    ) throws(BenchFailure) {
      var curve = Curve(name: name, unit: unit)
      for size in sizes {
        let cost = try measure(size)
        curve.points.append(Point(size: size, cost: cost))
        say(
          "\(name), \(size) \(unit): \(Table.number(cost.cpu * 1000)) ms CPU, "
            + "\(Table.number(cost.wall * 1000)) ms, \(cost.peak >> 20) MB")
      }
      curves.append(curve)
    }
    try curve("first apply", "files", [1000, 10_000, 100_000]) { size throws(BenchFailure) in
      try shop.apply(try shop.manifest(size, size: Self.bytes), to: try shop.newFolder())
    }
    try curve("nothing to do", "files", [1000, 10_000, 100_000]) { size throws(BenchFailure) in
      try shop.apply(
        try shop.manifest(size, size: Self.bytes), to: try shop.landed(size, size: Self.bytes))
    }
    try curve("steps", "steps", [100, 1000, 10_000]) { size throws(BenchFailure) in
      let manifest = try shop.material("steps-\(size).yaml") { Material.manifest(steps: size) }
      return try shop.apply(manifest, to: try shop.newFolder())
    }
    try curve("parallel tests", "tests", [10, 100, 1000]) { size throws(BenchFailure) in
      let manifest = try shop.material("tests-\(size).yaml") {
        Material.manifest(commands: size, parallel: true)
      }
      return try shop.apply(manifest, to: try shop.newFolder())
    }
    try curve("a tree by 'from'", "MB", [10, 100, 1000]) { size throws(BenchFailure) in
      let folder = try shop.fromTree(megabytes: size)
      return try shop.apply(folder + "/manifest.yaml", to: try shop.newFolder())
    }
    for words in [["log", "--all"], ["stats"]] {
      try curve("mtor \(words[0])", "ledger rows", [10_000, 100_000, 1_000_000]) {
        size throws(BenchFailure) in
        let ledger = try shop.ledger(commands: size)
        return try Program(
          ["env", "XDG_STATE_HOME=\(ledger)", shop.mtor] + words
        ).run()
      }
    }
    return curves
  }
}

extension Workshop {
  /// A folder with a manifest that takes so many files of 1 MB beside it.
  func fromTree(megabytes: Int) throws(BenchFailure) -> String {
    try tree("from-\(megabytes)") { folder throws(BenchFailure) in
      var material = Material()
      let piece = Array(material.lines(1 << 20).joined(separator: "\n").utf8) + [0x0A]
      var text = "mtor: 1\nname: from\nsteps:\n  - id: copy\n    files:\n"
      for number in 0..<megabytes {
        let name = "f\(number).txt"
        try Files.write(Array("\(number)\n".utf8) + piece, to: "\(folder)/\(name)")
        text += "      - path: \(name)\n        from: \(name)\n"
      }
      try Files.write(text + "...\n", to: folder + "/manifest.yaml")
    }
  }

  /// A state folder whose ledger has so many commands, ten in a step, a hundred steps in a run.
  func ledger(commands: Int) throws(BenchFailure) -> String {
    try tree("ledger-\(commands)") { folder throws(BenchFailure) in
      try Files.makeFolder(folder + "/mtor")
      for run in 0..<max(commands / 1000, 1) {
        try Work.program("ledger", folder + "/mtor/ledger.sqlite", "100", "10", "\(run)").run()
      }
    }
  }
}
