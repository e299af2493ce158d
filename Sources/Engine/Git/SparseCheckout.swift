/// The folders of a sparse checkout in cone mode, as git writes them to `info/sparse-checkout`.
struct SparseCheckout {
  /// Folders with everything below them.
  private var whole: Set<String> = []
  /// Folders with only the files directly in them.
  private var shallow: Set<String> = []

  /// Reads the file's text; nil where it is not of the cone form, whose meaning only git knows.
  init?(text: String) {
    var parents: Set<String> = []
    var all: Set<String> = []
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      switch line {
      case "/*", "!/*/": continue
      default: break
      }
      if line.hasPrefix("!/"), line.hasSuffix("/*/") {
        parents.insert(String(line.dropFirst(2).dropLast(3)))
      } else if line.hasPrefix("/"), line.hasSuffix("/") {
        all.insert(String(line.dropFirst().dropLast()))
      } else {
        return nil
      }
    }
    whole = all.subtracting(parents)
    shallow = parents
  }

  /// True if a path, relative to the top of the work tree, is inside.
  func contains(_ path: String) -> Bool {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return true }
    var folder = path[..<slash]
    if shallow.contains(String(folder)) { return true }
    while true {
      if whole.contains(String(folder)) { return true }
      guard let next = folder.utf8.lastIndex(of: UInt8(ascii: "/")) else { return false }
      folder = folder[..<next]
    }
  }
}
