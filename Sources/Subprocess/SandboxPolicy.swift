import Glibc
public import Platform

/// What a command may do that nobody has read: one that a model wrote, or that runs what a model
/// wrote.
///
/// It sees the machine read-only, without anybody's home and without sockets of services. It may
/// write to one tree, which is a shadow, and to a private HOME and TMP; it has no network, no
/// capability, an environment by allow-list, and limits on what it uses.
public struct SandboxPolicy: Sendable, Hashable {
  /// The tree it may write to; absolute. A shadow's `workingRoot`.
  public var root: String
  /// Files and folders in the tree, and git folders beside it, that it may only read.
  public var readOnly: [String]
  /// Further folders and files that it must not see: mtor's own.
  public var hidden: [String]
  /// Folders in hidden places that it may read: package caches.
  public var readable: [String]
  public var hasNetwork: Bool
  /// True if the tree is a shadow that was made sealed (`Shadow.Description.isSealed`).
  public var isSealed: Bool
  /// The user's home.
  public var home: String
  /// A folder in which its HOME and TMP are made; nil: they are kept in memory.
  public var scratch: String?
  /// Where the user's tools are: PATH.
  public var path: String

  public init(
    root: String, scratch: String? = nil,
    environment: [String: String] = CommandEnvironment.inherited
  ) {
    self.root = root
    self.scratch = scratch
    readOnly = []
    hidden = []
    readable = []
    hasNetwork = false
    isSealed = false
    home = environment["HOME"] ?? "/root"
    path = environment["PATH"] ?? CommandEnvironment.fallbackPath
  }

  /// Folders that are nobody's business: homes, other programs' temporary files, sockets.
  var hiddenFolders: [String] {
    let usual = [home, "/root", "/home", "/tmp", "/var/tmp", "/run", "/mnt", "/media"]
    // The outer ones first: the inner ones are made in them.
    return Self.unique(usual + hidden).filter { Self.kind($0) == S_IFDIR }
      .sorted { $0.utf8.count < $1.utf8.count }
  }

  /// Files that hold secrets in a place that is otherwise read.
  var hiddenFiles: [String] {
    let usual = [
      "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers",
      "/etc/krb5.keytab", "/etc/machine-id",
    ]
    let credentials = Toolchains.credentials.map { home + "/" + $0 }
    return Self.unique(usual + hidden + credentials).filter { Self.kind($0) == S_IFREG }
  }

  /// Sockets of services that stand in the open: a read-only file system does not keep anybody
  /// from talking to them.
  func hiddenSockets() throws(SystemError) -> [String] {
    let folders = hiddenFolders
    return try sockets().filter { path in !folders.contains { Shadow.isWithin(path, $0) } }
  }

  /// Every socket outside the tree that has a path.
  ///
  /// A machine whose sockets cannot be listed has no sandbox: some of them would stay in reach.
  public func sockets() throws(SystemError) -> [String] {
    let table: [UInt8]
    do throws(SystemError) {
      table = try Descriptor.open("/proc/net/unix", O_RDONLY).readAll()
    } catch {
      // A kernel without such sockets.
      if error.code == ENOENT { return [] }
      throw error
    }
    let paths = String(decoding: table, as: UTF8.self).split(separator: "\n").compactMap { line in
      line.firstIndex(of: "/").map { String(line[$0...]) }
    }
    return Self.unique(paths).filter { path in
      Self.kind(path) == S_IFSOCK && !Shadow.isWithin(path, root)
    }
  }

  /// Folders that hold secrets in a place that is otherwise read.
  var secretFolders: [String] {
    ["/etc/ssh", "/etc/ssl/private", "/etc/sudoers.d", "/var/lib/private"].filter {
      Self.kind($0) == S_IFDIR
    }
  }

  /// What of the hidden places is read all the same: the user's tools, caches, git folders.
  var readableFolders: [String] {
    Self.unique(Toolchains.folders(home: home, path: path) + readable).filter {
      Self.kind($0) != nil
    }
  }

  /// Limits that ordinary compilers do not come near.
  var limits: Command.Limits {
    var limits = Command.Limits()
    limits.coreSize = 0
    limits.processes = 4096
    limits.fileSize = 16 << 30
    let memory = Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))
    limits.memory = max(4 << 30, memory / 4 * 3)
    return limits
  }

  /// The type of what stands at a path, links not followed: a link is neither hidden nor bound,
  /// its target is.
  static func kind(_ path: String) -> mode_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  private static func unique(_ paths: [String]) -> [String] {
    var seen: Set<String> = []
    return paths.filter { seen.insert($0).inserted }
  }
}
