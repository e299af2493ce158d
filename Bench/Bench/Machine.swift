import Glibc

/// What figures belong to: processor, kernel, and the versions of mtor and its peers.
enum Machine {
  static func describe(mtor: String, folder: String) throws(BenchFailure) -> [(
    name: String, value: String
  )] {
    let processor = String(decoding: try Files.read("/proc/cpuinfo"), as: UTF8.self)
      .split(separator: "\n").first { $0.hasPrefix("model name") }
      .flatMap { $0.split(separator: ":").last }.map { String($0.drop { $0 == " " }) }
    let count = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    var facts = [("processor", "\(count) × \(processor ?? "unknown")")]
    for (name, words) in [
      ("kernel", ["uname", "-sr"]), ("mtor", [mtor, "--version"]), ("git", ["git", "--version"]),
      ("tar", ["tar", "--version"]), ("ninja", ["ninja", "--version"]),
    ] {
      guard words[0].contains("/") || Program.path(of: words[0]) != nil else {
        facts.append((name, "missing"))
        continue
      }
      let output = "\(folder)/version-\(name)"
      try Program(words, output: output).run()
      let text = String(decoding: try Files.read(output), as: UTF8.self)
      facts.append((name, String(text.prefix { $0 != "\n" })))
    }
    return facts
  }
}
