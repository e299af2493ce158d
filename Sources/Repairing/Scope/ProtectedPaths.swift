import Platform

/// Paths that a repair never touches, whatever a manifest allows: what makes other programs run
/// something, what steers agents and editors, and mtor's own folder.
enum ProtectedPaths {
  /// Folders, wherever they stand, with everything in them.
  private static let folders: Set<String> = [
    ".git", ".mtor", ".github", ".gitlab", ".circleci", ".buildkite", ".woodpecker", ".forgejo",
    ".gitea", ".teamcity", ".semaphore", ".tekton", ".builds", ".husky", ".githooks", ".hooks",
    ".lefthook", ".vscode", ".idea", ".zed", ".fleet", ".devcontainer", ".claude", ".cursor",
    ".codex", ".gemini", ".continue", ".windsurf", ".roo", ".kiro", ".opencode", ".goose",
    ".clinerules", ".amazonq", ".junie",
  ]

  /// Files by their whole name.
  private static let files: Set<String> = [
    "conftest.py", ".gitattributes", ".gitmodules", ".gitconfig", ".gitlab-ci.yml",
    ".gitlab-ci.yaml", ".travis.yml", "azure-pipelines.yml", "azure-pipelines.yaml",
    "jenkinsfile", "bitbucket-pipelines.yml", ".drone.yml", ".woodpecker.yml", "appveyor.yml",
    ".appveyor.yml", "cloudbuild.yaml", "cloudbuild.yml", ".cirrus.yml", ".build.yml",
    ".pre-commit-config.yaml", ".pre-commit-hooks.yaml", "lefthook.yml", "lefthook.yaml",
    ".lefthook.yml", ".envrc", ".mcp.json", "mcp.json", "claude.md", "claude.local.md",
    "agents.md", "gemini.md", ".cursorrules", ".windsurfrules", ".clinerules", ".goosehints",
    "opencode.json", ".exrc", ".nvimrc", ".vimrc", ".netrc", ".npmrc", ".pypirc",
  ]

  /// Beginnings and ends of file names.
  private static let prefixes = [".aider", ".lintstagedrc"]
  private static let suffixes = [".code-workspace"]

  /// True for a path that no rule can open.
  ///
  /// Names are compared without case: on some file systems the other spelling is the same file.
  static func contains(_ path: RelativePath) -> Bool {
    let parts = path.components.map { $0.lowercased() }
    guard let name = parts.last else { return false }
    return parts.contains(where: folders.contains) || files.contains(name)
      || prefixes.contains { name.hasPrefix($0) } || suffixes.contains { name.hasSuffix($0) }
  }
}
