extension Workshop {
  /// The manifest that writes so many files.
  func manifest(_ count: Int, size: Int = 1024) throws(BenchFailure) -> String {
    try material("manifest-\(count)-\(size).yaml") { Material.manifest(files: count, of: size) }
  }

  @discardableResult
  func apply(_ manifest: String, to root: String, _ options: String...) throws(BenchFailure) -> Cost
  {
    try Files.makeFolder(root)
    return try Program([mtor, "apply", manifest, "--root", root, "--quiet"] + options).run()
  }

  /// A folder in which the manifest of so many files stands already, for some time: an index
  /// trusts no file that is as young as itself.
  func landed(_ count: Int, size: Int = 1024) throws(BenchFailure) -> String {
    try tree("landed-\(count)-\(size)") { root throws(BenchFailure) in
      let manifest = try self.manifest(count, size: size)
      try self.apply(manifest, to: root)
      try Program(["sleep", "2"]).run()
      try self.apply(manifest, to: root)
    }
  }

  /// The files of `landed` as an archive.
  func archive(_ count: Int) throws(BenchFailure) -> String {
    let path = "\(folder)/archive-\(count).tar"
    _ = try tree("archived-\(count)") { _ throws(BenchFailure) in
      try Program([
        "tar", "cf", path, "-C", try self.landed(count), "--exclude", ".mtor", ".",
      ]).run()
    }
    return path
  }

  /// The files of `landed`, committed.
  func repository(_ count: Int) throws(BenchFailure) -> String {
    try tree("repository-\(count)") { root throws(BenchFailure) in
      try Program(["tar", "xf", try self.archive(count), "-C", root]).run()
      for words in [["init", "-q"], ["add", "."], ["commit", "-q", "-m", "files"]] {
        try Program(["git", "-C", root] + words).run()
      }
      try Program(["sleep", "2"]).run()
      try Program(["git", "-C", root, "status", "-s"]).run()
    }
  }

  /// The system's Python, which Debian's packages are for.
  var python: String { Program.path(of: "python3") == nil ? "python3" : "/usr/bin/python3" }
}
