import Platform

extension Row {
  static let all = reading + applying + commands

  private static let reading: [Row] = [
    Row(
      name: "version", title: "mtor --version, against git --version", goal: .ratio(1.6),
      peer: ("git", "git")
    ) { shop, _ throws(BenchFailure) in
      var sample = Sample(mtor: 0, peer: 0)
      for _ in 0..<20 {
        sample.mtor += try Program([shop.mtor, "--version"]).run().cpu
        sample.peer += try Program(["git", "--version"]).run().cpu
      }
      return sample
    },
    Row(
      name: "check", title: "check of 12 MB with 10,000 contents, against libyaml's event loop",
      goal: .ratio(1.35)
    ) { shop, _ throws(BenchFailure) in
      let manifest = try shop.manifest(10_000)
      let mtor = try Program([shop.mtor, "check", manifest]).run()
      return Sample(mtor: mtor.cpu, peer: try Work.program("yaml-events", manifest).run().cpu)
    },
    Row(
      name: "memory", title: "memory for it: manifest + 2 × largest file + 8 MB",
      goal: .limit(1, unit: "of that")
    ) { shop, _ throws(BenchFailure) in
      let manifest = try shop.manifest(10_000)
      let cost = try Program([shop.mtor, "check", manifest]).run()
      let allowed = try Files.size(of: manifest) + 2 * 1100 + 8 << 20
      return Sample(mtor: Double(cost.peak) / Double(allowed), remark: peak(cost))
    },
  ]

  private static let commands: [Row] = [
    Row(
      name: "commands", title: "1,000 commands `true`, 2 at a time, against ninja -j2",
      goal: .ratio(1.3), peer: ("ninja", "ninja-build")
    ) { shop, folder throws(BenchFailure) in
      let manifest = try shop.material("commands.yaml") {
        Material.manifest(commands: 1000, parallel: true)
      }
      let mtor = try shop.apply(manifest, to: folder + "/root", "-j", "2")
      let build = folder + "/build.ninja"
      var text = "rule run\n  command = true\n"
      for number in 0..<1000 { text += "build out\(number): run\n" }
      try Files.write(text, to: build)
      let peer = try Program(["ninja", "-j2", "-C", folder]).run()
      return Sample(mtor: mtor.cpu, peer: peer.cpu)
    },
    Row(
      name: "capture", title: "capture of 1 GB of output, beyond what the writer costs",
      goal: .limit(200, unit: "ms")
    ) { shop, folder throws(BenchFailure) in
      let manifest = try shop.material("capture.yaml") {
        Array(
          """
          mtor: 1
          name: capture
          steps:
            - id: write
              tests: ["head -c 1G /dev/zero"]
          ...

          """.utf8)
      }
      let report = folder + "/report.json"
      let mtor = try shop.apply(manifest, to: folder + "/root", "--json", report)
      let writer = try commandCPU(in: try Files.read(report))
      return Sample(mtor: (mtor.cpu - writer) * 1000, remark: peak(mtor))
    },
    Row(
      name: "spawn", title: "300 commands from a process of 1 GB, against one of 1 MB",
      goal: .ratio(1.2)
    ) { shop, folder throws(BenchFailure) in
      func cpu(_ megabytes: Int) throws(BenchFailure) -> Double {
        let output = "\(folder)/\(megabytes)"
        try Work.program("spawn", "\(megabytes)", "300", shop.mtor, output).run()
        return Double(String(decoding: try Files.read(output), as: UTF8.self)) ?? .nan
      }
      return Sample(mtor: try cpu(1024), peer: try cpu(1))
    },
    Row(
      name: "ledger", title: "ledger, a command recorded in a step of ten",
      goal: .limit(12, unit: "µs")
    ) { shop, folder throws(BenchFailure) in
      let full = try Work.program("ledger", folder + "/a.db", "2000", "10").run()
      let empty = try Work.program("ledger", folder + "/b.db", "2000", "0").run()
      return Sample(mtor: (full.cpu - empty.cpu) / 20_000 * 1e6)
    },
  ]

  /// The CPU that a run report gives to its commands, in seconds.
  private static func commandCPU(in report: [UInt8]) throws(BenchFailure) -> Double {
    do throws(JSONError) {
      var sum = 0.0
      for step in try JSON(parsing: report)["steps"]?.array ?? [] {
        for command in step["commands"]?.array ?? [] {
          sum += command["cpu_seconds"]?.double ?? 0
        }
      }
      return sum
    } catch { throw BenchFailure("the run report cannot be read: \(error)") }
  }
}
