/// What to tell a model so that it writes good manifests: under 1,500 tokens, its examples checked
/// by a test.
enum GuideText {
  /// For a system prompt.
  static let plain = ##"""
    # Writing manifests for mtor

    You write a manifest. `mtor` puts its files into the tree byte for byte, then runs the commands
    that must pass. Only a failing test costs tokens, so write whole, correct files, and tests that
    would fail if the work were wrong.

    ```yaml
    mtor: 1
    name: add-greeter
    description: "Greets people by name."
    steps:
      - id: greeter
        intent: "A pure function; no I/O."
        files:
          - path: app/greeter.py
            content: |
              def greet(name: str) -> str:
                  return f"Hello, {name}!"
          - path: app/__init__.py
            edit: |
              <<<<<<< SEARCH
              __all__ = []
              =======
              from app.greeter import greet
              __all__ = ["greet"]
              >>>>>>> REPLACE
        tests:
          - python3 -m unittest -q tests.test_greeter
    verify:
      - python3 -m unittest -q
    ...
    ```

    ## Shape
    - The last line is `...`; without it the text counts as cut off: refused on standard input, a
      warning in a file.
    - A step is one purpose: its `files` land together, then its `run` commands (generate, install),
      then its `tests`. Steps happen in order. `verify` runs after the last;
      `commit: "message"` beside it then commits what passed.
    - `intent` says in a sentence what the step is for; a repair reads it.
    - `name` is lower case: `a-z 0-9 . _ -`; an `id` may have upper case too.
    - Unknown and duplicate keys, anchors, aliases and tags are errors.

    ## Files
    Each entry has a `path` (relative, `/`) and exactly one of:
    - `content: |` the whole file, indented under the key. `|-`: no final newline. `|2`: the first
      line begins with spaces. Tabs of a Makefile stand behind the indentation as they are.
    - `edit: |` SEARCH/REPLACE blocks as above. Each SEARCH text must stand in the file exactly once:
      copy whole lines, with their indentation.
    - `edit:` a list of `{find, replace}`, `{after, insert}`, `{before, insert}`, `{append}`,
      `{prepend}`; `count: N` or `count: all` where a text occurs more than once;
      `{set: {pointer: /scripts/test, value: "node --test"}}` for a value of JSON or YAML.
    - `delete: true`, `move_from: OLD` (with or without `edit`), `symlink: TARGET`,
      `base64: TEXT`, `from: FILE`.

    And where needed `executable: true`, `was: absent` (or `present`, `sha256:HEX`), and
    `frozen: true` for a file that no repair may touch, such as the tests.

    Never abbreviate a content: a line such as `# ... rest unchanged` is refused. Change a part of a
    large file with `edit`, write new and small files whole.

    ## Commands
    A line is run by `sh -e` in the root, without a terminal, for at most ten minutes. More needs a
    mapping:

    ```yaml
    mtor: 1
    name: commands
    steps:
      - id: commands
        tests:
          - run: ./convert --list
            timeout: 90s
            expect: {exit: 0, stdout: {contains: "png"}}
          - run: "[[ -n $HOME ]]"
            shell: bash
            env: {LC_ALL: "C"}
    ...
    ```

    - Quote a command that holds `: ` or ` #`, or begins with one of ``[ { & * ! | > ' " % @ ` ``.
    - Do not hide a failure: no `|| true`, no pipe into `tail`, `head`, `grep` or `tee`.
    - Commands run without the network's help where they can: no installation inside `tests`; use
      `setup`, a list beside `steps` that runs first: `{run: "npm ci", creates: node_modules}` runs
      only where that path is missing.
    - Test each step by the narrowest command, and everything once in `verify`.

    Before you hand it over: `mtor check FILE` reports every fault with its place and a correction;
    `mtor plan FILE` shows the differences. After a red run correct the manifest and apply it again:
    what is in place already is left alone.

    """##

  /// A section of an AGENTS.md, between marks by which it is found again.
  static let begin = "<!-- mtor guide: begin; 'mtor guide --install agents' rewrites this part -->"
  static let end = "<!-- mtor guide: end -->"

  static var section: String {
    let plain = plain.replacing("\n## ", with: "\n### ")
    return "\(begin)\n#\(plain)\(end)\n"
  }

  /// A skill file.
  static var skill: String {
    """
    ---
    name: mtor
    description: "Write and apply mtor manifests: exact file contents and the commands that must \
    pass. Use when a change is to be handed over as a manifest, or a YAML file that begins with \
    'mtor: 1' is to be written or corrected."
    ---

    \(plain)
    """
  }
}
