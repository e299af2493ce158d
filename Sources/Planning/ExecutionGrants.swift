public import Platform

/// Files that do something by standing where they stand: the one table of them.
public enum ExecutionGrants {
  /// True for a file that makes another program run something: a workflow, a hook, a task of an
  /// editor, the settings of an agent, a script of a package manager.
  public static func grantsExecution(_ path: RelativePath) -> Bool {
    let text = path.text.lowercased()
    let bytes = Array(text.utf8)
    let starts = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") }.map { $0 + 1 }
    let name = String(text.utf8.suffix(bytes.count - (starts.last ?? 0))) ?? text
    if names.contains(name) || paths.contains(text) { return true }
    // Byte by byte: every declared path comes here, and a search in a String builds tables.
    if suffixes.contains(where: { bytes.suffix($0.count).elementsEqual($0) }) { return true }
    return starts.contains { start in
      folders.contains { bytes[start...].starts(with: $0) }
    }
  }

  /// True for a file that changes what git itself does.
  public static func changesGit(_ path: RelativePath) -> Bool {
    [".gitignore", ".gitattributes", ".gitmodules", ".mailmap", ".gitconfig", ".lfsconfig"]
      .contains(path.name.lowercased())
  }

  /// File names that are read wherever they stand, in lower case.
  private static let names: Set<String> = [
    ".envrc", ".env", "conftest.py", "sitecustomize.py", "usercustomize.py", "noxfile.py",
    "tox.ini", "setup.py", "setup.cfg", "pyproject.toml", "pytest.ini", "package.json", ".npmrc",
    ".yarnrc", ".yarnrc.yml", ".pnpmfile.cjs", "makefile", "gnumakefile", "justfile", ".justfile",
    "taskfile.yml", "taskfile.yaml", "rakefile", "gemfile", "build.rs", "build.gradle",
    "build.gradle.kts", "settings.gradle", "settings.gradle.kts", "gradlew", "mvnw", "pom.xml",
    "cmakelists.txt", "meson.build", "build.xml", "sconstruct", "dockerfile", "containerfile",
    "docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml", "vagrantfile",
    "jenkinsfile", "procfile", "package.swift", "flake.nix", "shell.nix", "default.nix",
    ".gitlab-ci.yml", ".gitlab-ci.yaml", ".travis.yml", "azure-pipelines.yml", "appveyor.yml",
    ".appveyor.yml", "bitbucket-pipelines.yml", ".drone.yml", ".woodpecker.yml", "cloudbuild.yaml",
    ".pre-commit-config.yaml", ".pre-commit-hooks.yaml", "lefthook.yml", "lefthook.yaml",
    ".lefthook.yml", ".mcp.json", "mcp.json", ".bashrc", ".bash_profile", ".profile", ".zshrc",
    ".zshenv", ".vimrc", ".exrc", ".nvimrc", ".nvim.lua", ".gdbinit", ".lldbinit", ".tool-versions",
    "mise.toml", ".mise.toml", "claude.md", "agents.md", "gemini.md", ".cursorrules",
    ".windsurfrules", ".clinerules", ".aider.conf.yml",
  ]

  private static let paths: Set<String> = [".devcontainer.json", "opencode.json"]

  private static let suffixes = [
    ".code-workspace", ".mk", ".service", ".desktop", ".pth", "/cargo/config.toml",
    ".cargo/config.toml", ".cargo/config",
  ].map { Array($0.utf8) }

  /// Folders all of whose files count.
  private static let folders = [
    ".github/workflows/", ".github/actions/", ".gitea/workflows/", ".forgejo/workflows/",
    ".circleci/", ".buildkite/", ".husky/", ".githooks/", "githooks/", ".hooks/", ".vscode/",
    ".idea/", ".devcontainer/", ".cursor/", ".claude/", ".codex/", ".gemini/", ".windsurf/",
    ".continue/", ".aider/", ".opencode/", ".kiro/", ".mtor/", ".bundle/", ".config/direnv/",
    ".vim/", ".nvim/",
  ].map { Array($0.utf8) }
}
