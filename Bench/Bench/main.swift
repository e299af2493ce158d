import Glibc
import Platform

/// The command line of the benchmark.
struct Bench {
  static let usage = """
    bench --mtor PATH [--rounds N] [--work DIR] [--json FILE] [NAME…]
    bench --mtor PATH --scale [--picture FILE]
    bench --list
    """

  var mtor = ""
  var rounds = 5
  var work = "/var/tmp"
  var json: String?
  var picture: String?
  var isScale = false
  var names: [String] = []

  init(_ arguments: [String]) throws(BenchFailure) {
    var rest = arguments[...]
    func value(_ option: String) throws(BenchFailure) -> String {
      guard let value = rest.popFirst() else { throw BenchFailure("\(option) needs a value") }
      return value
    }
    while let word = rest.popFirst() {
      switch word {
      case "--mtor": mtor = try value(word)
      case "--work": work = try value(word)
      case "--json": json = try value(word)
      case "--picture": picture = try value(word)
      case "--scale": isScale = true
      case "--rounds":
        guard let number = Int(try value(word)), (1...99).contains(number) else {
          throw BenchFailure("--rounds is a number from 1 to 99")
        }
        rounds = number
      default:
        guard Row.all.contains(where: { $0.name == word }) else {
          throw BenchFailure("no such row: \(word) (bench --list)\n\(Self.usage)")
        }
        names.append(word)
      }
    }
    guard access(mtor, X_OK) == 0 else { throw BenchFailure("--mtor PATH\n\(Self.usage)") }
  }

  func run() throws(BenchFailure) {
    try Program.becomeReaper()
    let shop = try Workshop(mtor: mtor, work: work)
    defer { shop.remove() }
    if isScale {
      let curves = try Scale(shop: shop).curves { print($0) }
      for curve in curves {
        print("\(curve.name): growth \(curve.growth.map(Table.number) ?? "-") (1 is linear)")
      }
      if let picture { try Files.write(Picture(curves: curves).svg, to: picture) }
      return
    }
    let rows = Row.all.filter { names.isEmpty || names.contains($0.name) }
    let outcomes = try measure(rows, shop)
    let table = Table(
      outcomes: outcomes, machine: try Machine.describe(mtor: mtor, folder: shop.folder))
    print(table.text, terminator: "")
    if let json { try Files.write(table.json.bytes(.pretty), to: json) }
  }

  /// Round after round, all rows in each: what else the machine does then meets all of them.
  private func measure(_ rows: [Row], _ shop: Workshop) throws(BenchFailure) -> [Outcome] {
    var outcomes = rows.map { Outcome(row: $0) }
    for round in 0...rounds {
      for index in outcomes.indices where outcomes[index].failure == nil {
        let row = outcomes[index].row
        if let peer = row.peer, Program.path(of: peer.program) == nil {
          outcomes[index].failure = "\(peer.program) is missing: apt install \(peer.package)"
          continue
        }
        Files.say("\u{1B}[2K\rround \(round) of \(rounds): \(row.name)")
        do {
          let sample = try row.measure(shop, try shop.newFolder())
          // The first round warms caches up.
          if round > 0 { outcomes[index].samples.append(sample) }
        } catch { outcomes[index].failure = error.message }
      }
    }
    Files.say("\u{1B}[2K\r")
    return outcomes
  }
}

let arguments = Array(CommandLine.arguments.dropFirst())
do throws(BenchFailure) {
  if arguments.first == "--inside" {
    try Work.run(Array(arguments.dropFirst()))
  } else if arguments == ["--list"] {
    for row in Row.all { print(Table.padded(row.name, 14) + row.title) }
  } else {
    try Bench(arguments).run()
  }
} catch {
  Files.say("bench: \(error.message)\n")
  exit(1)
}
