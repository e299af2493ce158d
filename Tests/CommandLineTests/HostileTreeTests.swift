import Testing

/// The states of a tree that some well-known tool gets wrong, one test a row.
@Suite struct HostileTreeTests {
  let tree: HostileTree
  init() throws { tree = try HostileTree() }

  private let write = "- {path: d/victim, content: \"mine\\n\"}"

  @Test func t01ParentIsALink() throws {
    try tree.shell("ln -s ../outside t/d")
    try tree.refuses(write, exit: 4, "link")
    // Also one that stays inside.
    try tree.shell("rm t/d; mkdir t/real; ln -s real t/d")
    try tree.refuses(write, exit: 4, "link")
  }

  @Test func theRootItselfIsALink() throws {
    // The one link that is followed: the user named it.
    try tree.shell("mv t real; ln -s real t")
    try tree.lands(write)
    #expect(try tree.shell("cat real/d/victim; readlink t") == "mine\nreal\n")
    let undone = try tree.folder.run("mtor undo --root real")
    #expect(undone.exit == 0, "\(undone.output)")
    #expect(try tree.shell("ls -A real") == ".mtor\n")
  }

  @Test func t02LeafIsALink() throws {
    try tree.shell("mkdir t/d; ln -s ../../outside/victim t/d/victim")
    try tree.refuses(write, exit: 4, "link")
  }

  @Test func t03LinkSwappedInBetween() throws {
    // As fast as can be, while runs land; the harness does it between any two calls.
    try tree.shell("mkdir t/d; echo old > t/d/victim")
    try tree.folder.writeFile(
      "m.yaml",
      lines: [
        "mtor: 1", "name: hostile", "steps:", "  - id: one", "    files:",
        "      - {path: d/victim, content: \"mine\\n\"}", "...",
      ])
    let result = try tree.folder.run(
      """
      (while [ ! -e stop ]; do mv t/d t/e && ln -s ../outside t/d; rm -f t/d; mv t/e t/d; done) \
      2>/dev/null &
      for i in 1 2 3 4 5 6 7 8 9 10; do mtor apply m.yaml --root t --force >/dev/null 2>&1; done
      touch stop; wait; cat outside/victim; ls outside
      """)
    #expect(result.output == "victim\nvictim\n")
  }

  @Test func t04OwnLinkThenBelowIt() throws {
    let before = try tree.picture()
    let result = try tree.apply(
      "- {path: d, symlink: real}\n- {path: d/victim, content: \"mine\\n\"}")
    #expect([3, 4].contains(result.exit), "\(result.output)")
    #expect(try tree.picture() == before)
  }

  @Test func t05LinkTargets() throws {
    try tree.refuses("- {path: l, symlink: /etc/passwd}", exit: 3, "symlink")
    try tree.refuses("- {path: a/l, symlink: ../../x}", exit: 3, "symlink")
    try tree.lands("- {path: a/l, symlink: ../dangling}")
    #expect(try tree.shell("readlink t/a/l") == "../dangling\n")
  }

  @Test func t06HardLinks() throws {
    try tree.shell("mkdir t/d; ln outside/victim t/d/victim")
    try tree.refuses(write, exit: 4, "hard link", options: "--force")
  }

  @Test func t07SpecialFiles() throws {
    try tree.shell("mkdir t/d; mkfifo t/d/victim")
    try tree.refuses(write, exit: 4, "is neither a file, a folder nor a link", options: "--force")
  }

  @Test func t08TargetIsAFolder() throws {
    try tree.shell("mkdir -p t/d/victim")
    try tree.refuses(write, exit: 4, "folder", options: "--force")
  }

  @Test func t09ParentIsAFile() throws {
    try tree.shell("echo file > t/d")
    try tree.refuses(write, exit: 4, "file", options: "--force")
  }

  @Test func t10ChangedBetweenPlanAndApply() throws {
    try tree.shell("mkdir t/d")
    _ = try tree.apply(write)
    try tree.folder.writeFile(
      "n.yaml",
      lines: [
        "mtor: 1", "name: hostile", "steps:", "  - id: one", "    files:",
        "      - {path: d/victim, content: \"other\\n\"}", "...",
      ])
    _ = try tree.folder.run("mtor plan n.yaml --root t --out saved")
    try tree.shell("echo person > t/d/victim")
    let result = try tree.folder.run("mtor apply saved --root t")
    #expect(result.exit == 4 && result.output.contains("d/victim"), "\(result.output)")
    #expect(try tree.shell("cat t/d/victim") == "person\n")
  }

  @Test func t11ChangedDuringTheRun() throws {
    try tree.folder.writeFile(
      "n.yaml",
      lines: [
        "mtor: 1", "name: hostile", "steps:", "  - id: one",
        "    run: [\"echo person > two\"]", "  - id: two", "    files:",
        "      - {path: two, content: \"mine\\n\"}", "...",
      ])
    let result = try tree.folder.run("mtor apply n.yaml --root t")
    #expect(result.exit == 4 && result.output.contains("two"), "\(result.output)")
    #expect(try tree.shell("cat t/two") == "person\n")
  }

  @Test func t12ReadOnlyFolders() throws {
    // As a user without rights, also where the tests run as root.
    try tree.shell("mkdir t/d; echo old > t/d/victim; chmod 555 t/d")
    try tree.shell("[ $(id -u) != 0 ] || chattr +i t/d")
    let before = try tree.picture()
    let result = try tree.apply(write, options: "--force")
    try tree.shell("[ $(id -u) != 0 ] || chattr -i t/d; chmod 755 t/d")
    #expect(result.exit == 7, "\(result.output)")
    #expect(try tree.picture().replacing("t/d d 755", with: "t/d d 555") == before)
  }

  @Test func t13NoSpace() throws {
    // A limit on the size of files stands for a full disk, which only root can make.
    try tree.shell("echo old > t/a")
    let text = String(repeating: "0123456789abcdef", count: 4096)
    try tree.folder.writeFile(
      "m.yaml",
      lines: [
        "mtor: 1", "name: hostile", "steps:", "  - id: one", "    files:",
        "      - {path: a, content: \"new\\n\"}", "      - {path: b, content: \"\(text)\\n\"}",
        "...",
      ])
    let before = try tree.picture()
    let result = try tree.folder.run(
      "trap '' XFSZ; ulimit -f 64; mtor apply m.yaml --root t --force")
    #expect(result.exit == 7, "\(result.output)")
    #expect(try tree.picture() == before)
  }

  @Test func t14Interrupted() throws {
    try tree.folder.writeFile(
      "n.yaml",
      lines: [
        "mtor: 1", "name: hostile", "steps:", "  - id: one", "    files:",
        "      - {path: a, content: \"1\\n\"}", "  - id: two", "    run: [\"sleep 60\"]",
        "  - id: three", "    files:", "      - {path: b, content: \"1\\n\"}", "...",
      ])
    let result = try tree.folder.run(
      """
      mtor apply n.yaml --root t & run=$!
      while [ ! -e t/a ]; do sleep 0.05; done
      kill -TERM $run; wait $run; echo "exit $?"; ls t
      """)
    // Steps that have landed stay; the one that was interrupted left nothing, and none came after.
    #expect(result.output.hasSuffix("exit 143\na\n"), "\(result.output)")
  }

  @Test func t15TwoRunsOnOneTree() throws {
    try tree.folder.writeFile(
      "n.yaml",
      lines: [
        "mtor: 1", "name: slow", "steps:", "  - id: one", "    files:",
        "      - {path: a, content: \"1\\n\"}",
        "    run: [\"while [ ! -e ../go ]; do sleep 0.05; done\"]", "...",
      ])
    let result = try tree.folder.run(
      """
      mtor apply n.yaml --root t >/dev/null 2>&1 & first=$!
      while [ ! -e t/a ]; do sleep 0.05; done
      mtor apply n.yaml --root t; echo "second $?"
      mkdir -p t/inner; mtor apply n.yaml --root t/inner; echo "inner $?"
      touch go; wait $first; echo "first $?"
      """)
    #expect(result.output.contains("second 8") && result.output.contains("inner 8"))
    #expect(result.output.contains("first 0"), "\(result.output)")
    #expect(result.output.contains("another run holds the tree: process "))
  }

  @Test func t16DirtyTreeAndUntrackedFiles() throws {
    try tree.shell(
      "cd t; git init -q; mkdir d; echo one > d/victim; git add .; git commit -qm one; "
        + "echo two > d/victim; echo mine > untracked")
    try tree.refuses(write, exit: 4, "d/victim")
    try tree.refuses("- {path: untracked, content: \"x\\n\"}", exit: 4, "untracked")
    // Only touched paths have to be clean.
    try tree.lands("- {path: another, content: \"x\\n\"}")
  }

  @Test func t17SubmodulesAndNestedRepositories() throws {
    try tree.shell(
      "git init -q outside/r; cd outside/r; echo x > x; git add .; git commit -qm one; cd ../../t; "
        + "git init -q; git -c protocol.file.allow=always submodule add -q ../outside/r sub; "
        + "git commit -qm two")
    try tree.refuses("- {path: sub/new, content: \"x\\n\"}", exit: 4, "submodule")
  }

  @Test func t18LineEndsAndMarksOfEditedFiles() throws {
    try tree.shell(#"printf '\357\273\277one\r\ntwo\r\nthree\r\n' > t/a"#)
    try tree.lands("- {path: a, edit: [{find: \"two\\n\", replace: \"2\\nII\\n\"}]}")
    #expect(
      try tree.shell("od -An -c t/a | tr -d ' \\n'") == #"357273277one\r\n2\r\nII\r\nthree\r\n"#)
  }

  @Test func t19ContentFilters() throws {
    try tree.shell(
      "cd t; git init -q; printf '*.bin filter=lfs\\n*.txt text eol=crlf\\n' > .gitattributes; "
        + "git add .; git commit -qm one")
    try tree.refuses("- {path: a.bin, content: \"x\\n\"}", exit: 4, "filter")
    try tree.refuses("- {path: a.txt, content: \"x\\n\"}", exit: 4, "line")
  }

  @Test func t20SetIdBits() throws {
    for mode in ["04755", "2755", "1777", "0o4755"] {
      try tree.refuses(
        "- {path: a, content: \"x\\n\", mode: \"\(mode)\"}", exit: 3, "mode")
    }
  }

  @Test func t21UmaskAndModes() throws {
    try tree.folder.writeFile(
      "n.yaml",
      lines: [
        "mtor: 1", "name: hostile", "steps:", "  - id: one", "    files:",
        "      - {path: n/a, content: \"1\\n\"}", "      - {path: b, content: \"1\\n\"}",
        "      - {path: x, content: \"1\\n\", executable: true}", "...",
      ])
    try tree.shell("echo old > t/b; chmod 604 t/b")
    let result = try tree.folder.run("umask 077; mtor apply n.yaml --root t --force")
    #expect(result.exit == 0, "\(result.output)")
    #expect(
      try tree.shell("stat -c '%n %a' t/n t/n/a t/b t/x")
        == "t/n 700\nt/n/a 600\nt/b 604\nt/x 700\n")
  }

  @Test func t22CaseOnlyRename() throws {
    try tree.shell("cd t; git init -q; echo x > a; git add .; git commit -qm one")
    try tree.lands("- {path: A, move_from: a}")
    #expect(try tree.shell("ls t") == "A\n")
  }

  @Test func t23DeleteOfAFolder() throws {
    try tree.shell("mkdir t/d; echo x > t/d/x")
    try tree.refuses("- {path: d, delete: true}", exit: 4, "folder", options: "--force")
    try tree.refuses("- {path: \".\", delete_tree: true}", exit: 3, "path")
  }

  @Test func t24ForeignOwners() throws {
    guard try tree.shell("id -u") == "0\n" else { return }
    try tree.shell("chown 12345 t")
    let result = try tree.apply("- {path: a, content: \"x\\n\"}")
    #expect(result.exit == 0, "\(result.output)")
    #expect(result.output.contains("belongs to"), "\(result.output)")
    // As root a new file takes its folder's owner.
    #expect(try tree.shell("stat -c %u t/a") == "12345\n")
  }
}
