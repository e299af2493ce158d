import Platform

/// Paths as arguments of `git ls-files`, so that it tells of them and of the submodules above them.
struct GitPathspecs {
  /// Pathspecs as git reads them where `environment` is set.
  let arguments: [String]

  /// The calls of `GitRepository` are literal otherwise.
  static let environment = ["GIT_LITERAL_PATHSPECS": "0"]

  /// Git compares every entry with every pathspec: beyond these, a whole listing is sooner there.
  private static let most = 200
  private static let mostBytes = 100_000

  /// - Parameter prefix: the root below the top of the work tree, empty or ending with a slash.
  init(_ paths: [RelativePath], below prefix: String) {
    let above = Self.folders(of: prefix).map { ":(top,glob)" + Self.alone($0) }
    var folders: Set<RelativePath> = []
    for path in paths {
      var folder = path.parent
      while let next = folder, folders.insert(next).inserted { folder = next.parent }
    }
    let named =
      paths.map { ":(literal)" + $0.text }
      + folders.sorted().map { ":(glob)" + Self.alone($0.text) }
    let bytes = named.reduce(0) { $0 + $1.utf8.count + 1 }
    let isShort = named.count <= Self.most && bytes <= Self.mostBytes
    arguments = above + (isShort ? named : [":(literal)."])
  }

  /// A pattern that is only the path itself. A literal pathspec is everything below it, too, and of
  /// a folder that would be a listing of all its files; what has a wildcard has to match whole names.
  static func alone(_ path: String) -> String {
    let special = ["*", "?", "[", "\\"].map { UInt8(ascii: $0) }
    var bytes: [UInt8] = []
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let name = slash.map { path.utf8.index(after: $0) } ?? path.utf8.startIndex
    for (index, byte) in zip(path.utf8.indices, path.utf8) {
      if index == name || special.contains(byte) { bytes.append(UInt8(ascii: "\\")) }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `a/b/` as `a` and `a/b`.
  private static func folders(of prefix: String) -> [String] {
    var folders: [String] = []
    for name in prefix.split(separator: "/") {
      folders.append(folders.last.map { $0 + "/" + name } ?? String(name))
    }
    return folders
  }
}
