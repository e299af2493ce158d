/// What the executable is given: the same changes as `Driver` makes.
extension Subject {
  /// One of each kind of operation.
  static let manifest = """
    mtor: 1
    name: torture
    steps:
      - id: all
        files:
          - path: a.txt
            content: |
              new a, longer
              and with a second line
          - {path: bin/run.sh, mode: "0700"}
          - path: src/x.c
            edit: [{find: "int x;\\n", replace: "int y; int z;\\n", count: all}]
          - {path: src/gone.c, delete: true}
          - {path: only/child, delete: true}
          - {path: new/deep/one, content: "1\\n"}
          - {path: new/deep/two, content: ""}
          - {path: empty, content: "no more empty\\n"}
          - {path: names.py, move_from: name.py}
          - {path: link, symlink: keep.md}
          - {path: top, content: "top\\n"}
    ...

    """

  /// The same changes in two steps with commands, of which the last may fail.
  static func unitManifest(lastTest: String) -> String {
    let second = "      - {path: empty,"
    let parts = manifest.split(separator: second)
    let steps = parts.joined(
      separator: "    tests: [\"true\"]\n  - id: rest\n    files:\n" + second)
    return steps.replacing("...\n", with: "    tests: [\"\(lastTest)\"]\n...\n")
  }

  /// Five files that hold the rival's number.
  static func rivalManifest(_ rival: Int) -> String {
    let prefix = rival % 2 == 0 ? "" : "d/"
    let files = (1...5).map { "      - {path: \"\(prefix)\($0)\", content: \"\(rival)\\n\"}\n" }
    return "mtor: 1\nname: rivals\nsteps:\n  - id: rival\n    files:\n"
      + files.joined() + "...\n"
  }
}
