import YAMLTree

extension Rules {
  private static func tree(_ id: String, _ meaning: String, _ bad: String, _ good: String) -> Rule {
    Rule(id, meaning, .tree, bad: bad, good: good)
  }

  /// What the plan says of a manifest once parameters, `from` and options are known.
  static let planning: [Rule] = [
    tree(
      "param-unknown", "'--param' sets a parameter that the manifest does not have.",
      "== top\nparams: {name: {default: x}}\n== param nmae=y\n",
      "== top\nparams: {name: {default: x}}\n== param name=y\n"),
    tree(
      "param-missing", "A parameter has neither a default nor a value.",
      "== top\nparams: {name: {}}\n",
      "== top\nparams: {name: {}}\n== param name=y\n"),
    tree(
      "param-pattern", "A parameter's value does not match its pattern.",
      "== top\nparams: {port: {pattern: \"[0-9]+\"}}\n== param port=http\n",
      "== top\nparams: {port: {pattern: \"[0-9]+\"}}\n== param port=80\n"),
    tree(
      "step-unknown", "'--only' names no step of the manifest.",
      "== only other\n", "== only s\n"),
    tree(
      "path-protected",
      "An entry touches a manifest of the run (here 'm.yaml'), or git's own folder.",
      "== files\n- {path: m.yaml, content: \"x\\n\"}\n",
      "== files\n- {path: n.yaml, content: \"x: 1\\n\"}\n"),
    tree(
      "from-unreadable", "The file of a 'from' is not there, or is no regular file.",
      "== files\n- {path: licence.txt, from: texts/licence.txt}\n",
      "== beside texts/licence.txt\nFree.\n"
        + "== files\n- {path: licence.txt, from: texts/licence.txt}\n"),
    tree(
      "symlink-git", "A file that git reads would be a link.",
      "== files\n- {path: .gitattributes, symlink: attributes}\n",
      "== files\n- {path: attributes, symlink: .gitattributes}\n"),
    tree(
      "set-number", "A number that JSON does not have would be set in a JSON file.",
      "== a.json\n{\"a\": 1}\n== files\n- path: a.json\n  edit:\n"
        + "    - {set: {pointer: /a, value: .5}}\n",
      "== a.json\n{\"a\": 1}\n== files\n- path: a.json\n  edit:\n"
        + "    - {set: {pointer: /a, value: 0.5}}\n"),
    tree(
      "edit-joins-lines", "Inserted lines would begin or end in the middle of another.",
      "== a.py\nimport os\n== files\n- path: a.py\n  edit:\n"
        + "    - {after: \"import os\", insert: \"import sys\\n\"}\n",
      "== a.py\nimport os\n== files\n- path: a.py\n  edit:\n"
        + "    - {after: \"import os\\n\", insert: \"import sys\\n\"}\n"),
    tree(
      "edit-not-idempotent", "Applied to its own result, an edit would change it once more.",
      "== a.txt\none\n== files\n- path: a.txt\n  edit:\n    - {match: \"one\", replace: \"one one\", count: all}\n",
      "== a.txt\none\n== files\n- path: a.txt\n  edit:\n    - {match: \"one\", replace: \"two\"}\n"),
  ]

  /// What stands in the way in the tree: exit code 4, and nothing was touched.
  static let conflicts: [Rule] = [
    tree(
      "conflict-changed", "A file that a person has and git has not would be replaced.",
      "== person a.txt\nmine\n== files\n- {path: a.txt, content: \"x\\n\"}\n",
      "== a.txt\ncommitted\n== files\n- {path: a.txt, content: \"changed\\n\"}\n"),
    tree(
      "conflict-git",
      "Git would change the bytes, or the path belongs to another repository (here a submodule).",
      "== submodule lib\n== files\n- {path: lib/a.txt, content: \"x\\n\"}\n",
      "== files\n- {path: lib/a.txt, content: \"x\\n\"}\n"),
    tree(
      "conflict-base", "The file differs from what the commit of 'base' has.",
      "== differs a.txt\nnew\n== top\nbase: 3f2a1bc\n== files\n- {path: a.txt, content: \"x\\n\"}\n",
      "== a.txt\nold\n== top\nbase: 3f2a1bc\n== files\n- {path: a.txt, content: \"x\\n\"}\n"),
    tree(
      "conflict-was", "What stands there is not what 'was' asks for.",
      "== a.txt\nold\n== files\n- {path: a.txt, content: \"x\\n\", was: absent}\n",
      "== a.txt\nold\n== files\n- {path: a.txt, content: \"x\\n\", was: present}\n"),
    tree(
      "conflict-absent", "An edit, a move or a mode needs a file that is not there.",
      "== files\n- path: a.txt\n  edit:\n    - {append: \"x\\n\"}\n",
      "== a.txt\nold\n== files\n- path: a.txt\n  edit:\n    - {append: \"x\\n\"}\n"),
    tree(
      "conflict-exists", "A file stands where a file of a moved folder is to go.",
      "== old/a\nx\n== new/a\ny\n== files\n- {path: new, move_tree: old}\n",
      "== old/a\nx\n== files\n- {path: new, move_tree: old}\n"),
    tree(
      "conflict-moved", "The source of a move is gone, and its target may be another file.",
      "== person new.txt\nx\n== files\n- {path: new.txt, move_from: old.txt}\n",
      "== old.txt\nx\n== files\n- {path: new.txt, move_from: old.txt}\n"),
    tree(
      "conflict-folder", "A folder stands where a file is to be.",
      "== a/b.txt\nx\n== files\n- {path: a, content: \"x\\n\"}\n",
      "== a/b.txt\nx\n== files\n- {path: a/c.txt, content: \"x\\n\"}\n"),
    tree(
      "conflict-file", "A file stands where a folder is to be.",
      "== a\nx\n== files\n- {path: a, delete_tree: true}\n",
      "== a\nx\n== files\n- {path: a, delete: true}\n"),
    tree(
      "conflict-link", "A symbolic link stands at the path or above it.",
      "== link a.txt\nb.txt\n== files\n- {path: a.txt, content: \"x\\n\"}\n",
      "== link a.txt\nb.txt\n"
        + "== files\n- {path: a.txt, content: \"x\\n\", was: \"symlink:b.txt\"}\n"),
    tree(
      "conflict-parent", "A file stands above the path.",
      "== a\nx\n== files\n- {path: a/b.txt, content: \"x\\n\"}\n",
      "== a\nx\n== files\n- {path: a, delete: true}\n- {path: a/b.txt, content: \"x\\n\"}\n"),
    tree(
      "conflict-special", "A pipe, a socket or a device stands at the path.",
      "== pipe a\n== files\n- {path: a, content: \"x\\n\"}\n",
      "== files\n- {path: a, content: \"x\\n\"}\n"),
    tree(
      "conflict-hard-link", "The file has several names: to replace it would part them.",
      "== hard a.txt\nx\n== files\n- {path: a.txt, content: \"y\\n\"}\n",
      "== a.txt\nx\n== files\n- {path: a.txt, content: \"y\\n\"}\n"),
    tree(
      "conflict-large",
      "The file that is to be edited is larger than 'limits: {file: …}' (here 8).",
      "== limit 8\n== a.txt\nmore than eight\n== files\n- path: a.txt\n  edit:\n"
        + "    - {append: \"x\\n\"}\n",
      "== limit 8\n== a.txt\nless\n== files\n- path: a.txt\n  edit:\n    - {append: \"x\\n\"}\n"),
    tree(
      "conflict-no-match", "The text that an edit or a patch looks for is not in the file.",
      "== a.txt\none\n== files\n- path: a.txt\n  edit:\n    - {find: \"two\", replace: \"x\"}\n",
      "== a.txt\none\n== files\n- path: a.txt\n  edit:\n    - {find: \"one\", replace: \"x\"}\n"),
    tree(
      "conflict-count", "The text is not there as often as the edit says.",
      "== a.txt\none one\n== files\n- path: a.txt\n  edit:\n    - {find: \"one\", replace: \"x\"}\n",
      "== a.txt\none one\n== files\n- path: a.txt\n  edit:\n"
        + "    - {find: \"one\", replace: \"x\", count: 2}\n"),
    tree(
      "conflict-pattern", "A pattern needs too many steps on this file.",
      "== a.txt\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\n== files\n- path: a.txt\n  edit:\n"
        + "    - {match: \"^(a+)+$\", replace: \"x\"}\n",
      "== a.txt\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\n== files\n- path: a.txt\n  edit:\n"
        + "    - {match: \"^a+b$\", replace: \"x\"}\n"),
    tree(
      "conflict-mix", "Some edits or hunks stand in the file already, others do not.",
      "== a.txt\nONE\ntwo\n== files\n- path: a.txt\n  edit:\n"
        + "    - {find: \"one\", replace: \"ONE\"}\n    - {find: \"two\", replace: \"TWO\"}\n",
      "== a.txt\nONE\ntwo\n== files\n- path: a.txt\n  edit:\n"
        + "    - {find: \"two\", replace: \"TWO\"}\n"),
    tree(
      "conflict-patch", "A hunk fits at several places, none of which its header names.",
      "== a.txt\n0\n1\n2\n1\n2\n== files\n- path: a.txt\n  patch: |\n"
        + "    @@ -1 +1 @@\n    -1\n    +x\n",
      "== a.txt\n0\n1\n2\n1\n2\n== files\n- path: a.txt\n  patch: |\n"
        + "    @@ -2 +2 @@\n    -1\n    +x\n"),
    tree(
      "conflict-set",
      "A value cannot be set exactly: its place is not there, or the file is neither.",
      "== a.json\n{\"a\": 1}\n== files\n- path: a.json\n  edit:\n"
        + "    - {set: {pointer: /b/c, value: 2}}\n",
      "== a.json\n{\"a\": 1}\n== files\n- path: a.json\n  edit:\n"
        + "    - {set: {pointer: /b, value: 2}}\n"),
    tree(
      "conflict-original",
      "The file holds what an earlier version of the edit left, and the bytes before it are gone.",
      "== edited a.txt\none two\n== files\n- path: a.txt\n  edit:\n"
        + "    - {find: \"two\", replace: \"three\"}\n",
      "== a.txt\none two\n== files\n- path: a.txt\n  edit:\n"
        + "    - {find: \"two\", replace: \"three\"}\n"),
  ]
}
