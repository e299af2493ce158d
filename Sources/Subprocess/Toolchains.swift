/// The tools that people keep in their home, which a sandboxed command may read.
enum Toolchains {
  /// Folders of a home that tool managers own, by their usual names.
  private static let known = [
    ".asdf", ".bun", ".cargo", ".deno", ".dotnet", ".ghcup", ".goenv", ".juliaup", ".jenv",
    ".local/share/mise", ".local/share/pnpm", ".local/share/swiftly", ".local/share/uv",
    ".nodenv", ".nvm", ".opam", ".pyenv", ".rbenv", ".rustup", ".rvm", ".sdkman", ".swiftenv",
    ".volta", "anaconda3", "go", "miniconda3", "miniforge3",
  ]

  /// What stands in such folders and is secret.
  static let credentials = [
    ".cargo/credentials", ".cargo/credentials.toml", ".asdf/.npmrc", ".gem/credentials",
  ]

  /// The folders of a home that its PATH shows to be in use: of a known manager the whole of it
  /// (and rustup's, where it is cargo's), of another the very folder of PATH, and its `lib`.
  static func folders(home: String, path: String) -> [String] {
    var result: [String] = []
    for entry in path.split(separator: ":") where entry.hasPrefix(home + "/") {
      let inside = entry.dropFirst(home.count + 1)
      if let manager = known.first(where: { inside == $0 || inside.hasPrefix($0 + "/") }) {
        result.append("\(home)/\(manager)")
        if manager == ".cargo" { result.append("\(home)/.rustup") }
      } else {
        result.append(String(entry))
        if entry.hasSuffix("/bin") { result.append("\(entry.dropLast(4))/lib") }
      }
    }
    return result
  }
}
