#!/usr/bin/env python3
"""Random manifests on a small tree: what was applied once has nothing to do the second time.

usage: twice.py MTOR FIRST LAST [--commands]

Each number from FIRST up to LAST is the seed of one manifest of one to four steps, in a git
repository where it is even and applied by --force where it is odd. Where the first apply ends with
0, the tree is compared after: a plan, which must see no change; a second apply, which must say that
nothing changed; an undo, after which the tree is as before. With --commands some steps have tests.
A fault is told with its seed, its manifest and what mtor said; the exit code is 1 then.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

from oracle_place import keys, look

PATHS = ["a.txt", "b.txt", "d/c.txt", "d/e.txt", "f/g/h.txt"]
TARGETS = PATHS + ["n/new.txt", "z.txt"]
FOLDERS = ["d", "f", "n"]
WORDS = ["one", "two", "three"]


def patch(path, word):
    return f"--- a/{path}\n+++ b/{path}\n@@ -1,2 +1,3 @@\n top\n+patched {word}\n base\n"


def edit(path, **operation):
    return {"path": path, "edit": [operation]}


def entry(chance):
    """A random entry, as a mapping."""
    path, word = chance.choice(PATHS), chance.choice(WORDS)
    block = f"<<<<<<< SEARCH\nbase\n=======\ndone {word}\n>>>>>>> REPLACE\n"
    moved = {"path": chance.choice(TARGETS), "move_from": path}
    return chance.choice([
        {"path": path, "content": f"{word}\nx\n"},
        {"path": path, "content": f"{word}\nx\n"},
        {"path": path, "content": f"{word}\n", "executable": True},
        {"path": path, "content": f"{word}\n", "eol": "crlf"},
        {"path": path, "content": f"{word}\nk\n", "eol": "keep"},
        edit(path, append=f"end {word}\n"),
        edit(path, prepend=f"top {word}\n"),
        edit(path, find=chance.choice(["base", "one", "x"]), replace=f"new{word}"),
        edit(path, after="base\n", insert=f"in {word}\n"),
        edit(path, before="base\n", insert=f"above {word}\n"),
        edit(path, match="b(a)se", replace=f"q$1{word}"),
        edit("s.json", set={"pointer": f"/{word}", "value": chance.randrange(3)}),
        {"path": path, "edit": block},
        {"path": path, "patch": patch(path, word)},
        {"path": path, "delete": True},
        moved,
        {**moved, "edit": [{"append": f"moved {word}\n"}]},
        {"path": path, "symlink": chance.choice(["a.txt", "zz"])},
        {"path": path, "mode": chance.choice(["0640", "0755", "0644"])},
        {"path": path, "executable": chance.choice([True, False])},
        {"path": chance.choice(FOLDERS), "delete_tree": True},
        {"path": chance.choice(["n", "m/o", "d"]), "move_tree": chance.choice(FOLDERS)},
    ])


def manifest(chance, has_commands):
    text = "mtor: 1\nname: twice\nsteps:\n"
    for number in range(chance.randrange(1, 5)):
        text += f"  - id: s{number}\n    files:\n"
        for _ in range(chance.randrange(1, 4)):
            text += f"      - {json.dumps(entry(chance))}\n"
        if has_commands and chance.random() < 0.5:
            text += "    tests: ['true']\n"
    return text + "...\n"


def picture(root):
    found, empty = look(root)
    return keys(found), empty


class Trial:
    """One manifest on one tree."""

    def __init__(self, mtor, place, seed, has_commands):
        self.mtor, self.root, self.seed = mtor, place + "/tree", seed
        self.is_git = seed % 2 == 0
        self.environment = dict(
            os.environ, HOME=place, XDG_STATE_HOME=place + "/state", NO_COLOR="1",
            XDG_CONFIG_HOME=place + "/config", GIT_CONFIG_GLOBAL="/dev/null",
            GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@b", GIT_COMMITTER_NAME="a",
            GIT_COMMITTER_EMAIL="a@b")
        for path in PATHS:
            self.write(self.root + "/" + path, f"top\nbase\nend of {path}\n")
        self.write(self.root + "/s.json", '{"one": 0}\n')
        if self.is_git:
            self.run(["sh", "-c", "git init -q && git add -A && git commit -qm start"])
        self.text = manifest(random.Random(seed), has_commands)
        self.file = place + "/m.yaml"
        self.write(self.file, self.text)
        self.has_commands = has_commands

    @staticmethod
    def write(path, text):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def run(self, arguments):
        return subprocess.run(
            arguments, cwd=self.root, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")

    def ask(self, verb, *arguments):
        return self.run([self.mtor, verb, self.file, "--root", self.root, *arguments])

    def fault(self):
        """What is wrong, None where nothing is; False where the manifest does not apply at all."""
        before = picture(self.root)
        first = self.ask(
            "apply", "--on-failure", "undo", *([] if self.is_git else ["--force"]))
        if first.returncode in (1, 3, 4):
            return "a refusal changed the tree" if picture(self.root) != before else False
        if first.returncode != 0:
            return f"the first apply ends with {first.returncode}\n{first.stdout}"
        landed = picture(self.root)
        plan = self.ask("plan", "--detailed-exitcode")
        # What comes and goes again with a command between is made each time, in case it needs it.
        passes = self.has_commands and plan.returncode == 10
        if plan.returncode != 0 and not passes:
            return f"the plan after it ends with {plan.returncode}\n{plan.stdout}"
        second = self.ask("apply")
        if second.returncode != 0:
            return f"the second apply ends with {second.returncode}\n{second.stdout}"
        if picture(self.root) != landed:
            return f"the second apply changed the tree\n{second.stdout}"
        if not passes and "nothing changed" not in second.stdout:
            return f"the second apply does not say that nothing changed\n{second.stdout}"
        if landed == before or passes:
            return None
        undone = self.run([self.mtor, "undo", "--root", self.root])
        if undone.returncode != 0:
            return f"undo ends with {undone.returncode}\n{undone.stdout}"
        if picture(self.root) != before:
            return "after undo the tree is not as it was"
        return None


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    mtor, first, last = os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    has_commands = "--commands" in sys.argv
    applied = faults = 0
    for seed in range(first, last):
        place = tempfile.mkdtemp(prefix="mtor-twice-")
        try:
            trial = Trial(mtor, place, seed, has_commands)
            fault = trial.fault()
        finally:
            shutil.rmtree(place, ignore_errors=True)
        applied += fault is not False
        if fault:
            faults += 1
            print(f"seed {seed}: {fault}\n{trial.text}")
    kind = " with commands" if has_commands else ""
    print(f"twice{kind}: {last - first} manifests, {applied} applied, {faults} faults")
    if faults or not applied:
        sys.exit(1)


main()
