import Glibc
import Materialising
import Platform

/// The tree that is tortured: built anew for every run, and compared as a whole.
struct TreeScene {
  /// The folder that holds `root` and `home`, and nothing else after a run.
  let work: String
  var root: String { work + "/root" }
  /// `$HOME` and `$XDG_STATE_HOME` of the program.
  var home: String { work + "/home" }
  /// True: the root is the top of a repository, and state lies in `.git/mtor`.
  var isRepository = false
  /// What the ledger holds before a run; nil: there is none yet.
  var ledger: SeededLedger?

  /// Removes what stands and builds the old tree. The machine's secret and ledger go too.
  func build() {
    remove(root)
    remove(home)
    mkdir(work, 0o755)
    mkdir(home, 0o700)
    ledger?.put(into: home)
    mkdir(root, 0o755)
    if isRepository {
      mkdir(root + "/.git", 0o755)
      mkdir(root + "/.git/objects", 0o755)
      mkdir(root + "/.git/refs", 0o755)
      write(".git/HEAD", "ref: refs/heads/main\n", 0o644, 0)
    }
    write("a.txt", "old a\n", 0o644, 1_000_000_001)
    write("bin/run.sh", "#!/bin/sh\necho old\n", 0o755, 1_100_000_000)
    write("src/x.c", String(repeating: "int x;\n", count: 50), 0o640, 1_200_000_000)
    write("src/gone.c", "gone\n", 0o600, 1_300_000_000)
    write("only/child", "child\n", 0o644, 1_350_000_000)
    write("keep.md", "untouched\n", 0o444, 1_400_000_000)
    write("name.py", "name\n", 0o644, 1_500_000_000)
    write("empty", "", 0o644, 1_600_000_000)
    symlink("a.txt", root + "/link")
    // What is edited, deleted and moved belongs to somebody else, where that can be.
    if geteuid() == 0 {
      for name in ["src/x.c", "src/gone.c", "name.py"] { chown(root + "/" + name, 12_345, 12_346) }
    }
  }

  func write(_ name: String, _ text: String, _ mode: mode_t, _ time: Int) {
    var made = root
    for part in name.split(separator: "/").dropLast() {
      made += "/" + part
      mkdir(made, 0o755)
    }
    Self.put(Array(text.utf8), root + "/" + name, mode, time)
  }

  static func put(_ bytes: [UInt8], _ path: String, _ mode: mode_t = 0o600, _ time: Int = 0) {
    let raw = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    if raw < 0 || Glibc.write(raw, bytes, bytes.count) != bytes.count {
      stop("cannot write \(path)")
    }
    fchmod(raw, mode)
    if time != 0 {
      let moment = timespec(tv_sec: time, tv_nsec: 123_456_789)
      futimens(raw, [moment, moment])
    }
    close(raw)
  }

  /// Every path below the root but state, with kind, mode, owner, links, content, and the time of
  /// what was never touched.
  func picture() -> [String] { Self.picture(of: root) }

  static func picture(of root: String) -> [String] {
    var lines: [String] = []
    func walk(_ folder: String, _ prefix: String) {
      for name in names(in: folder) where !(prefix.isEmpty && (name == ".mtor" || name == ".git")) {
        var status = stat()
        lstat(folder + "/" + name, &status)
        let what = prefix + name
        let mode = "\(String(status.st_mode, radix: 8)) \(status.st_uid):\(status.st_gid)"
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
          lines.append("\(what)/ \(mode)")
          walk(folder + "/" + name, what + "/")
        case S_IFLNK: lines.append("\(what) -> \(target(folder + "/" + name))")
        default:
          let isOld = status.st_mtim.tv_sec < 1_700_000_000
          let time = isOld ? "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)" : "now"
          lines.append(
            "\(what) \(mode) \(status.st_nlink) \(time) \(digest(folder + "/" + name))")
        }
      }
    }
    walk(root, "")
    return lines
  }

  /// Every name below root and home with inode, mode, links, size and times: equal only where
  /// nothing at all was done.
  func mark() -> [UInt64] {
    var values: [UInt64] = []
    func walk(_ folder: String) {
      for name in Self.names(in: folder) {
        var status = stat()
        lstat(folder + "/" + name, &status)
        // What was removed and made again has another inode or a later time.
        values += [
          UInt64(status.st_ino), UInt64(status.st_mode), UInt64(status.st_nlink),
          UInt64(status.st_size), UInt64(bitPattern: Int64(status.st_mtim.tv_sec)),
          UInt64(status.st_mtim.tv_nsec), UInt64(bitPattern: Int64(status.st_ctim.tv_sec)),
          UInt64(status.st_ctim.tv_nsec),
        ]
        if status.st_mode & S_IFMT == S_IFDIR { walk(folder + "/" + name) }
      }
    }
    walk(root)
    walk(home)
    return values
  }

  /// What must not be left after recovery: unfinished work in the state folder, and anything
  /// beside root and home.
  func litter() -> [String] {
    var found = Self.names(in: work).filter { $0 != "root" && $0 != "home" }
    let unfinished = ["build", "txn", "trash", "undoing", "outputs", "unit"]
    for state in [root + "/.mtor/state", root + "/.git/mtor"] {
      for room in Self.names(in: state + "/roots") {
        found += Self.names(in: state + "/roots/" + room).filter {
          unfinished.contains($0) || $0.hasPrefix("kept.") || $0.hasSuffix(".new")
        }
      }
    }
    return found
  }

  static func names(in folder: String) -> [String] {
    let raw = open(folder, O_RDONLY | O_DIRECTORY)
    if raw < 0 { return [] }
    do { return try FolderListing.names(of: Descriptor(owning: raw)) } catch {
      stop("cannot list \(folder): \(error)")
    }
  }

  private static func digest(_ path: String) -> String {
    do {
      let file = try Descriptor.open(path, O_RDONLY | O_NONBLOCK)
      return try Digest.ofFile(file.raw).hex
    } catch {
      return "\(error)"
    }
  }

  private static func target(_ path: String) -> String {
    do { return try RootTree.linkTarget(of: path, in: AT_FDCWD) } catch { return "\(error)" }
  }

  static func text(of path: String) -> String? {
    bytes(of: path).map { String(decoding: $0, as: UTF8.self) }
  }

  static func bytes(of path: String) -> [UInt8]? {
    do {
      return try Descriptor.open(path, O_RDONLY | O_NONBLOCK).readAll(limit: 1 << 24)
    } catch {
      return nil
    }
  }

  func remove(_ path: String) {
    var status = stat()
    if lstat(path, &status) < 0 { return }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      unlink(path)
      return
    }
    chmod(path, 0o700)
    for name in Self.names(in: path) { remove(path + "/" + name) }
    rmdir(path)
  }
}

/// Clears away what harnesses left that were killed.
func clearAbandoned() {
  for folder in ["/tmp", "/dev/shm"] {
    for name in TreeScene.names(in: folder) where name.hasPrefix("mtor-torture-") {
      guard let process = pid_t(name.dropFirst("mtor-torture-".count)),
        kill(process, 0) != 0, errno == ESRCH
      else { continue }
      TreeScene(work: folder).remove(folder + "/" + name)
    }
  }
}

/// Ends the harness itself, which cannot go on, and clears away what it has made.
func stop(_ message: String) -> Never {
  let bytes = Array("torture: \(message)\n".utf8)
  _ = Glibc.write(2, bytes, bytes.count)
  for folder in ["/tmp", "/dev/shm"] {
    let scene = TreeScene(work: "\(folder)/mtor-torture-\(getpid())")
    scene.remove(scene.work)
  }
  exit(2)
}
