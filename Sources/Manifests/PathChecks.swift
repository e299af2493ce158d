import Platform
import YAMLTree

/// Rules on the paths of a whole manifest: each once in a step, none a folder and a file, no two
/// that some file system takes for one.
struct PathChecks {
  private let diagnostics: Diagnostics
  /// What the steps so far leave standing, with the place that put it there.
  private var standing: [String: Mark] = [:]
  /// Folders that those stand in: how many do, and where one of them is declared.
  private var folders: [String: (count: Int, mark: Mark)] = [:]
  /// Spellings of every path and folder that was put somewhere, by what they collide on.
  private var spellings: [String: (text: String, mark: Mark)] = [:]
  private var knownFolders: Set<String> = []

  private init(_ diagnostics: Diagnostics) { self.diagnostics = diagnostics }

  static func run(on manifest: Manifest, into diagnostics: Diagnostics) {
    var checks = PathChecks(diagnostics)
    for step in manifest.steps { checks.check(step) }
  }

  private mutating func check(_ step: Step) {
    // String equality calls two normalisations one path; those are a fault of their own.
    var seen: [String: (path: String, mark: Mark)] = [:]
    for entry in step.files {
      for path in entry.touchedPaths {
        if let first = seen[path], first.path.utf8.elementsEqual(path.utf8) {
          diagnostics.error(
            "path-twice", "'\(Printable.escaped(path))' stands twice in this step", at: entry.mark,
            notes: [.init("it stands here first", at: first.mark)],
            hint: "say all of it in one entry, or put the second into a later step")
        } else {
          seen[path] = (path, entry.mark)
        }
      }
    }
    // Deletes run before creates.
    for entry in step.files {
      for path in entry.removedPaths { remove(path, isTree: entry.isTree) }
    }
    for entry in step.files where entry.leavesFile && !Expansion.stands(in: entry.path) {
      put(entry.path, entry.mark)
    }
  }

  private mutating func remove(_ path: String, isTree: Bool) {
    if standing.removeValue(forKey: path) != nil { countFolders(of: path, by: -1) }
    guard isTree, folders[path] != nil else { return }
    for inside in standing.keys where inside.hasPrefix(path + "/") {
      standing[inside] = nil
      countFolders(of: inside, by: -1)
    }
  }

  private mutating func put(_ path: String, _ mark: Mark) {
    if let folder = folders[path] {
      diagnostics.error(
        "path-kind", "'\(Printable.escaped(path))' is both a file and a folder", at: mark,
        notes: [.init("a file inside it", at: folder.mark)],
        hint: "rename one, or delete what is in the way in the same step")
    }
    var folder = parent(of: path)
    while let name = folder {
      if let file = standing[name] {
        diagnostics.error(
          "path-kind", "'\(Printable.escaped(name))' is both a file and a folder", at: mark,
          notes: [.init("the file", at: file)],
          hint: "rename one, or delete what is in the way in the same step")
      }
      folder = parent(of: name)
    }
    if let device = path.split(separator: "/").first(where: Self.isDevice) {
      diagnostics.report(
        .warning, "path-device",
        "'\(Printable.escaped(String(device)))' is a device on Windows, "
          + "where such a file cannot be", at: mark, hint: "choose another name")
    }
    if standing.updateValue(mark, forKey: path) == nil { countFolders(of: path, by: 1, mark) }
    checkSpelling(path, mark)
  }

  private static func isDevice(_ component: Substring) -> Bool {
    guard let first = component.utf8.first, "CPANLcpanl".utf8.contains(first) else { return false }
    let stem = component.prefix { $0 != "." }.uppercased()
    if ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(stem) { return true }
    guard stem.count == 4, stem.hasPrefix("COM") || stem.hasPrefix("LPT") else { return false }
    return "0123456789¹²³".contains(stem.suffix(1))
  }

  private mutating func countFolders(of path: String, by change: Int, _ mark: Mark? = nil) {
    var folder = parent(of: path)
    while let name = folder {
      if let known = folders[name] {
        let count = known.count + change
        folders[name] = count > 0 ? (count, known.mark) : nil
      } else if let mark, change > 0 {
        folders[name] = (change, mark)
      }
      folder = parent(of: name)
    }
  }

  private mutating func checkSpelling(_ path: String, _ mark: Mark) {
    var spelling: String? = path
    while let text = spelling {
      if text != path, !knownFolders.insert(text).inserted { return }
      let key = Self.collisionKey(text)
      if let first = spellings[key] {
        if !first.text.utf8.elementsEqual(text.utf8) {
          diagnostics.error(
            "path-collision",
            "'\(Printable.escaped(text))' and '\(Printable.escaped(first.text))' are one file "
              + "where case or Unicode form does not count", at: mark,
            notes: [.init("the other one", at: first.mark)], hint: "choose one spelling")
          return
        }
      } else {
        spellings[key] = (text, mark)
      }
      spelling = parent(of: text)
    }
  }

  private static func collisionKey(_ text: String) -> String {
    // Most paths are small letters of ASCII, which collide with nothing but themselves.
    if text.utf8.allSatisfy({ $0 < 0x80 && !(0x41...0x5A ~= $0) }) { return text }
    guard text.utf8.contains(where: { $0 >= 0x80 }) else { return text.lowercased() }
    return text.uppercased().lowercased()
  }

  private func parent(of path: String) -> String? {
    path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) }
  }
}

extension FileEntry {
  /// The paths that the entry takes away.
  var removedPaths: [String] {
    switch action {
    case .delete, .deleteTree: [path]
    case .move(let source, _), .moveTree(let source): [source]
    default: []
    }
  }

  /// True if the entry speaks of a folder.
  var isTree: Bool {
    switch action {
    case .deleteTree, .moveTree: true
    default: false
    }
  }

  /// Every path that the entry writes or takes away.
  var touchedPaths: [String] {
    switch action {
    case .move(let source, _), .moveTree(let source): [path, source]
    default: [path]
    }
  }

  /// True if a file or a link stands at the path afterwards.
  var leavesFile: Bool {
    switch action {
    case .delete, .deleteTree, .moveTree: false
    default: true
    }
  }
}
