import Platform
import YAMLTree

/// Rules on the paths of a whole manifest: each once in a step, none a folder and a file, no two
/// that some file system takes for one.
///
/// The paths are kept as a tree of names.
struct PathChecks {
  /// A name in a folder. Spellings that some file system takes for one share a node.
  private struct Node {
    let parent: Int
    /// As it was written first, where something was put there.
    var name: String
    /// The place that first put something there; nil for a name that was only taken away.
    var put: Mark?
    /// The place of the file that the steps so far leave there.
    var file: Mark?
    /// How many files they leave below it, and the place of the first one.
    var inside = 0
    var firstInside: Mark?
    /// The last step that named the path, and where.
    var step = -1
    var named: Mark?
    var children: [Int] = []
    /// True if this or a folder above it is a device on Windows.
    var isDevice = false
  }

  /// A path's node, and whether the path is spelt as the node was first.
  private typealias Found = (node: Int, isSpelling: Bool)

  private struct Key: Hashable {
    let parent: Int
    let name: String
  }

  private let diagnostics: Diagnostics
  private var nodes = [Node(parent: -1, name: "")]
  private var index: [Key: Int] = [:]

  private init(_ diagnostics: Diagnostics) { self.diagnostics = diagnostics }

  static func run(on manifest: Manifest, into diagnostics: Diagnostics) {
    var checks = PathChecks(diagnostics)
    let count = manifest.steps.reduce(0) { $0 + $1.files.count }
    // Folders have nodes as well: growing for the last few would copy all of them.
    let room = count + count / 8 + 16
    checks.nodes.reserveCapacity(room)
    checks.index.reserveCapacity(room)
    for (number, step) in manifest.steps.enumerated() { checks.check(step, number) }
  }

  private mutating func check(_ step: Step, _ number: Int) {
    var expanded: [String: Mark] = [:]
    var found: [Found?] = []
    found.reserveCapacity(step.files.count)
    for entry in step.files {
      found.append(name(entry.path, entry.mark, number, &expanded))
      if let source = entry.moveSource { _ = name(source, entry.mark, number, &expanded) }
    }
    // Deletes run before creates.
    for entry in step.files where !entry.leavesFile || entry.moveSource != nil {
      if let path = entry.removedPath { remove(path, isTree: entry.isTree) }
    }
    for (entry, found) in zip(step.files, found) where entry.leavesFile {
      if let found { put(entry.path, found, entry.mark) }
    }
  }

  /// A path that a step names; twice is a fault. Nil for one that parameters decide.
  private mutating func name(
    _ path: String, _ mark: Mark, _ step: Int, _ expanded: inout [String: Mark]
  ) -> Found? {
    var first: Mark?
    var found: Found?
    if Expansion.stands(in: path) {
      first = expanded.updateValue(mark, forKey: path)
    } else {
      let known = self.found(path)
      found = known
      if known.isSpelling {
        if nodes[known.node].step == step { first = nodes[known.node].named }
        (nodes[known.node].step, nodes[known.node].named) = (step, first ?? mark)
      }
    }
    if let first {
      diagnostics.error(
        "path-twice", "'\(Printable.escaped(path))' stands twice in this step", at: mark,
        notes: [.init("it stands here first", at: first)],
        hint: "say all of it in one entry, or put the second into a later step")
    }
    return found
  }

  // MARK: What stands

  private mutating func remove(_ path: String, isTree: Bool) {
    guard !Expansion.stands(in: path) else { return }
    let (node, isSpelling) = found(path)
    guard isSpelling else { return }
    if nodes[node].file != nil { take(node) }
    guard isTree, nodes[node].inside > 0 else { return }
    var pending = nodes[node].children
    while let next = pending.popLast() {
      if nodes[next].file != nil { take(next) }
      if nodes[next].inside > 0 { pending += nodes[next].children }
    }
  }

  private mutating func take(_ node: Int) {
    nodes[node].file = nil
    var folder = nodes[node].parent
    while folder > 0 {
      nodes[folder].inside -= 1
      folder = nodes[folder].parent
    }
  }

  private mutating func put(_ path: String, _ found: Found, _ mark: Mark) {
    let node = found.node
    if nodes[node].inside > 0 {
      diagnostics.error(
        "path-kind", "'\(Printable.escaped(path))' is both a file and a folder", at: mark,
        notes: [.init("a file inside it", at: nodes[node].firstInside)],
        hint: "rename one, or delete what is in the way in the same step")
    }
    var folder = nodes[node].parent
    while folder > 0 {
      if let file = nodes[folder].file {
        diagnostics.error(
          "path-kind", "'\(Printable.escaped(text(of: folder)))' is both a file and a folder",
          at: mark, notes: [.init("the file", at: file)],
          hint: "rename one, or delete what is in the way in the same step")
      }
      folder = nodes[folder].parent
    }
    if nodes[node].isDevice, let device = device(in: node) {
      diagnostics.report(
        .warning, "path-device",
        "'\(Printable.escaped(device))' is a device on Windows, where such a file cannot be",
        at: mark, hint: "choose another name")
    }
    if nodes[node].file == nil { count(mark, above: node) }
    nodes[node].file = mark
    if found.isSpelling { notePut(node, mark) } else { checkSpelling(path, node, mark) }
  }

  /// Notes the place of a path that is spelt as it was first, with the folders above it.
  private mutating func notePut(_ node: Int, _ mark: Mark) {
    var node = node
    while node > 0, nodes[node].put == nil {
      nodes[node].put = mark
      node = nodes[node].parent
    }
  }

  private mutating func count(_ mark: Mark, above node: Int) {
    var folder = nodes[node].parent
    while folder > 0 {
      if nodes[folder].inside == 0 { nodes[folder].firstInside = mark }
      nodes[folder].inside += 1
      folder = nodes[folder].parent
    }
  }

  private func device(in node: Int) -> String? {
    var node = node
    var found: String?
    while node > 0 {
      if Self.isDevice(nodes[node].name) { found = nodes[node].name }
      node = nodes[node].parent
    }
    return found
  }

  private static func isDevice(_ component: String) -> Bool {
    guard let first = component.utf8.first, "CPANLcpanl".utf8.contains(first) else { return false }
    let stem = component.prefix { $0 != "." }.uppercased()
    if ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(stem) { return true }
    guard stem.count == 4, stem.hasPrefix("COM") || stem.hasPrefix("LPT") else { return false }
    return "0123456789¹²³".contains(stem.suffix(1))
  }

  /// Reports a path of which a part is spelt otherwise than the first time.
  private mutating func checkSpelling(_ path: String, _ node: Int, _ mark: Mark) {
    // From the whole path upwards: what was put before, with what stands above it, was checked.
    var end = path.utf8.endIndex
    var node = node
    while node > 0 {
      let start =
        path.utf8[..<end].lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) }
        ?? path.utf8.startIndex
      if let first = nodes[node].put {
        if !path.utf8[start..<end].elementsEqual(nodes[node].name.utf8) {
          diagnostics.error(
            "path-collision",
            "'\(Printable.escaped(String(path[..<end])))' and "
              + "'\(Printable.escaped(text(of: node)))' are one file "
              + "where case or Unicode form does not count", at: mark,
            notes: [.init("the other one", at: first)], hint: "choose one spelling")
          return
        }
      } else {
        nodes[node].put = mark
        nodes[node].name = String(decoding: path.utf8[start..<end], as: UTF8.self)
      }
      node = nodes[node].parent
      end = start > path.utf8.startIndex ? path.utf8.index(before: start) : start
    }
  }

  // MARK: Nodes

  /// The node of a path, made where there is none.
  private mutating func found(_ path: String) -> Found {
    var path = path
    return path.withUTF8 { bytes in
      var found: Found = (0, true)
      var start = 0
      for end in 0...bytes.count where end == bytes.count || bytes[end] == UInt8(ascii: "/") {
        let name = UnsafeBufferPointer(rebasing: bytes[start..<end])
        found.node = child(name, of: found.node)
        found.isSpelling =
          found.isSpelling && nodes[found.node].name.utf8.elementsEqual(name)
        start = end + 1
      }
      return found
    }
  }

  private mutating func child(_ bytes: UnsafeBufferPointer<UInt8>, of folder: Int) -> Int {
    let name = String(decoding: bytes, as: UTF8.self)
    let key = Key(parent: folder, name: Self.collisionKey(name, bytes))
    if let known = index[key] { return known }
    let node = nodes.count
    nodes.append(Node(parent: folder, name: name))
    nodes[node].isDevice = nodes[folder].isDevice || Self.isDevice(name)
    nodes[folder].children.append(node)
    index[key] = node
    return node
  }

  private func text(of node: Int) -> String {
    var parts: [String] = []
    var node = node
    while node > 0 {
      parts.append(nodes[node].name)
      node = nodes[node].parent
    }
    return parts.reversed().joined(separator: "/")
  }

  private static func collisionKey(
    _ name: String, _ bytes: UnsafeBufferPointer<UInt8>
  ) -> String {
    // Most names are small letters of ASCII, which collide with nothing but themselves.
    var (isSmall, isASCII) = (true, true)
    for byte in bytes {
      if 0x41...0x5A ~= byte { isSmall = false }
      if byte >= 0x80 { isASCII = false }
    }
    if isASCII { return isSmall ? name : name.lowercased() }
    return name.uppercased().lowercased()
  }
}

extension FileEntry {
  /// The path that a move takes away.
  fileprivate var moveSource: String? {
    switch action {
    case .move(let source, _), .moveTree(let source): source
    default: nil
    }
  }

  /// The path that the entry takes away.
  fileprivate var removedPath: String? {
    switch action {
    case .delete, .deleteTree: path
    default: moveSource
    }
  }

  /// True if the entry speaks of a folder.
  fileprivate var isTree: Bool {
    switch action {
    case .deleteTree, .moveTree: true
    default: false
    }
  }

  /// True if a file or a link stands at the path afterwards.
  fileprivate var leavesFile: Bool {
    switch action {
    case .delete, .deleteTree, .moveTree: false
    default: true
    }
  }
}
