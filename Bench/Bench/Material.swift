/// Manifests and contents of a given size, the same in every run.
struct Material {
  private var state: UInt64 = 0x6D74_6F72

  private static let words = """
    return value for index in the list if other count print result of def class self name path
    open read write close data node next token parse check apply step file error message raise
    """.split { $0 == " " || $0 == "\n" }

  private mutating func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }

  /// Lines of code-like words, together at least `size` bytes long.
  mutating func lines(_ size: Int) -> [String] {
    var lines: [String] = []
    var count = 0
    while count < size {
      var line = String(repeating: "    ", count: count == 0 ? 0 : next(4))
      for word in 0...next(9) {
        line += (word == 0 ? "" : " ") + Self.words[next(Self.words.count)]
      }
      count += line.utf8.count + 1
      lines.append(line)
    }
    return lines
  }

  /// A manifest of one step that writes `count` files of about `size` bytes into 100 folders.
  static func manifest(files count: Int, of size: Int) -> [UInt8] {
    var material = Material()
    var text: [UInt8] = Array("mtor: 1\nname: bench\nsteps:\n  - id: write\n    files:\n".utf8)
    text.reserveCapacity(count * (size + size / 3 + 64))
    for number in 0..<count {
      text += "      - path: \(path(number))\n        content: |\n".utf8
      for line in material.lines(size) { text += "          \(line)\n".utf8 }
    }
    return text + Array("...\n".utf8)
  }

  static func path(_ number: Int) -> String { "d\(number % 100)/f\(number).txt" }

  /// A manifest of `count` steps, each with one tiny file.
  static func manifest(steps count: Int) -> [UInt8] {
    var text: [UInt8] = Array("mtor: 1\nname: bench\nsteps:\n".utf8)
    for number in 0..<count {
      text += "  - id: s\(number)\n    files:\n      - path: \(path(number))\n".utf8
      text += "        content: |\n          \(number)\n".utf8
    }
    return text + Array("...\n".utf8)
  }

  /// A manifest of one step that runs `count` times `true`.
  static func manifest(commands count: Int, parallel: Bool) -> [UInt8] {
    var text: [UInt8] = Array("mtor: 1\nname: bench\nsteps:\n  - id: run\n".utf8)
    text += "    parallel: \(parallel)\n    tests:\n".utf8
    for _ in 0..<count { text += "      - \"true\"\n".utf8 }
    return text + Array("...\n".utf8)
  }
}
