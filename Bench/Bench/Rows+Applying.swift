extension Row {
  private static let tar = (program: "tar", package: "tar")
  private static let git = (program: "git", package: "git")

  static let applying: [Row] = [
    Row(
      name: "first", title: "first apply, 10,000 × 1 KB, against tar x", goal: .ratio(2.0),
      peer: tar
    ) { shop, folder throws(BenchFailure) in
      let mtor = try shop.apply(try shop.manifest(10_000), to: folder + "/root")
      try Files.makeFolder(folder + "/peer")
      let peer = try Program(["tar", "xf", try shop.archive(10_000), "-C", folder + "/peer"]).run()
      return Sample(mtor: mtor.cpu, peer: peer.cpu, remark: peak(mtor))
    },
    Row(
      name: "first-git", title: "the same, against git checkout", goal: .ratio(1.0), peer: git
    ) { shop, folder throws(BenchFailure) in
      let mtor = try shop.apply(try shop.manifest(10_000), to: folder + "/root")
      let repository = try shop.repository(10_000)
      let clone = folder + "/peer"
      try Program(["git", "clone", "-q", "--no-checkout", repository, clone]).run()
      let peer = try Program(["git", "-C", clone, "checkout", "-q", "HEAD"]).run()
      return Sample(mtor: mtor.cpu, peer: peer.cpu)
    },
    Row(
      name: "first-script", title: "the same, against a PyYAML script of 30 lines",
      goal: .ratio(0.25), peer: ("python3", "python3-yaml")
    ) { shop, folder throws(BenchFailure) in
      let manifest = try shop.manifest(10_000)
      let mtor = try shop.apply(manifest, to: folder + "/root")
      let program = try shop.material("apply.py") { Array(script.utf8) }
      let peer = try Program([shop.python, program, manifest, folder + "/peer"]).run()
      return Sample(mtor: mtor.cpu, peer: peer.cpu)
    },
    Row(
      name: "small", title: "first apply, 1,000 × 1 KB, against tar x", goal: .ratio(1.8),
      peer: tar
    ) { shop, folder throws(BenchFailure) in
      let mtor = try shop.apply(try shop.manifest(1000), to: folder + "/root")
      try Files.makeFolder(folder + "/peer")
      let peer = try Program(["tar", "xf", try shop.archive(1000), "-C", folder + "/peer"]).run()
      return Sample(mtor: mtor.cpu, peer: peer.cpu)
    },
    Row(
      name: "replace", title: "replacing 5,000 files, undo kept, against cp -r over them",
      goal: .ratio(1.5), peer: ("cp", "coreutils")
    ) { shop, folder throws(BenchFailure) in
      let old = try shop.manifest(5000, size: 900)
      try shop.apply(old, to: folder + "/root")
      let mtor = try shop.apply(try shop.manifest(5000), to: folder + "/root", "--force")
      try shop.apply(old, to: folder + "/peer")
      let new = try shop.landed(5000)
      let peer = try Program(["cp", "-r", new + "/.", folder + "/peer"]).run()
      return Sample(mtor: mtor.cpu, peer: peer.cpu)
    },
    Row(
      name: "durable", title: "durable against power loss, against --durability kill",
      goal: .ratio(1.2)
    ) { shop, folder throws(BenchFailure) in
      let manifest = try shop.manifest(10_000)
      let full = try shop.apply(manifest, to: folder + "/full")
      let kill = try shop.apply(manifest, to: folder + "/kill", "--durability", "kill")
      let calls = try shop.systemCalls(
        of: [shop.mtor, "apply", try shop.manifest(1000), "--root", folder + "/calls", "-q"],
        only: "fsync,fdatasync,sync,syncfs,sync_file_range,msync", output: folder + "/trace")
      let number = calls.values.reduce(0, +)
      guard number <= 4 else { throw BenchFailure("\(number) sync calls") }
      return Sample(mtor: full.cpu, peer: kill.cpu, remark: "\(number) sync calls")
    },
    Row(
      name: "nothing", title: "nothing to do, 10,000 files, against git status",
      goal: .ratio(1.1), peer: git
    ) { shop, folder throws(BenchFailure) in
      let root = try shop.landed(10_000)
      let mtor = try shop.apply(try shop.manifest(10_000), to: root)
      let peer = try Program(["git", "-C", try shop.repository(10_000), "status", "-s"]).run()
      let calls = try shop.systemCalls(
        of: [shop.mtor, "apply", try shop.manifest(10_000), "--root", root, "-q"],
        only: "write,pwrite64,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,symlinkat,"
          + "linkat,ftruncate,fchmod,fchown,utimensat,fsync,syncfs", output: folder + "/trace")
      // What goes to the screen is no writing in a tree.
      let number = calls.filter { $0.key != "write" }.values.reduce(0, +)
      guard number == 0 else { throw BenchFailure("\(number) calls that write: \(calls)") }
      return Sample(mtor: mtor.cpu, peer: peer.cpu, remark: "0 calls that write, " + peak(mtor))
    },
    Row(
      name: "verified", title: "the same, contents verified", goal: .ratio(3.2), peer: git
    ) { shop, _ throws(BenchFailure) in
      let root = try shop.landed(10_000)
      let mtor = try shop.apply(try shop.manifest(10_000), to: root, "--verify")
      let peer = try Program(["git", "-C", try shop.repository(10_000), "status", "-s"]).run()
      return Sample(mtor: mtor.cpu, peer: peer.cpu)
    },
  ]

  static func peak(_ cost: Cost) -> String { "peak \((cost.peak + (1 << 19)) >> 20) MB" }

  /// What a person would write in an afternoon: every file, no check, no journal, no undo.
  private static let script = """
    import os, sys, yaml
    with open(sys.argv[1], encoding="utf-8") as source:
        manifest = yaml.load(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for step in manifest["steps"]:
        for entry in step.get("files", []):
            path = os.path.join(sys.argv[2], entry["path"])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8", newline="") as target:
                target.write(entry["content"])
    """ + "\n"
}
