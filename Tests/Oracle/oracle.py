#!/usr/bin/env python3
"""Random manifests on random trees, against an independent model of what they must do.

usage: oracle.py MTOR FIRST LAST [--verbose] [--keep]

Each number from FIRST up to LAST is the seed of one tree (in a git repository two times of three)
and of one manifest of one to four steps. A model (oracle_model.py), made from the contract alone,
says what the first apply must make of the tree, or that it must be refused. Promised, and compared:
the plan changes nothing and foretells the result; a rehearsal leaves the tree alone; bytes, modes
and links after apply; its exit code; the files of its report against the real difference; the
commit, the index and a person's staged changes; a second apply has nothing to do; undo brings the
tree back; apply then works again; a changed manifest gives what it gives on the tree from before.
Where the contract leaves open whether a thing is refused, either is right, but a refusal touches
nothing. A fault is told with its seed, its manifest and what differed; the exit code is 1 then.
"""
import hashlib
import json
import os
import re
import subprocess

from oracle_manifests import PERSONS, manifest, tree, written
from oracle_model import Item, Model, Refused, Unsure
from oracle_place import Place, difference, keys, look, sweep


class Trial(Place):
    """One manifest on one tree."""

    def __init__(self, mtor, place, seed):
        super().__init__(mtor, place, seed)
        chance = self.chance
        self.maybe = []
        os.makedirs(place + "/manifests/texts")
        beside = {"texts/one.txt": b"from one\n", "texts/win.bin": b"a\r\n\0\xff", "texts/no": b""}
        for name, data in beside.items():
            self.write(place + "/manifests/" + name, Item(data))
        items, free = tree(chance, self.is_git)
        self.build(items)
        items, self.empty = look(self.root)
        self.before = items
        self.is_forced = not self.is_git and chance.random() < 0.8 or chance.random() < 0.1
        self.model = Model(items, free | {".gitignore"}, self.empty, self.is_forced, beside,
                           {"who": "Zoë"})
        self.has_tests = chance.random() < 0.6
        self.data = manifest(chance, self.model, beside, self.has_tests, self.is_git)
        self.text = written(self.data, chance)
        self.file = place + "/manifests/m.yaml"
        self.write(self.file, Item(self.text.encode()))
        self.options = []
        for option, odds in ((["--strict"], 0.1), (["--keep-going"], 0.25),
                             (["--on-failure", "undo"], 0.25), (["--no-tests"], 0.05),
                             (["--durability", "kill"], 0.3)):
            if chance.random() < odds:
                self.options += option
        if self.is_git and "commit" not in self.data and chance.random() < 0.2:
            self.options += ["--commit", "By option"]
        self.way = chance.choice(["apply"] * 5 + ["saved", "markdown", "land"])
        self.only = None
        if self.way == "apply" and chance.random() < 0.1:
            self.only = chance.choice(self.data["steps"])["id"]
            # One step is not committed: the two options do not go together.
            self.options = [o for o in self.options if o not in ("--commit", "By option")]

    def build(self, items):
        os.makedirs(self.root)
        for path, item in items.items():
            if path not in PERSONS or path in ("dirty.txt", "staged.txt"):
                self.write(f"{self.root}/{path}", item)
        if self.is_git:
            self.write(self.root + "/.gitignore", Item(b"build/\n"))
            self.run("sh", "-c", "git init -q && git add -A && git commit -qm start")
        for path, item in items.items():
            if path in PERSONS:
                data = item.data + b"changed\n"
                self.write(f"{self.root}/{path}", Item(data, item.mode))
        if self.is_git and "staged.txt" in items:
            self.run("git", "add", "staged.txt")
        if self.chance.random() < 0.3:
            os.makedirs(self.root + "/" + self.chance.choice(["hollow", "d/hollow", "f/g/hollow"]),
                        exist_ok=True)

    def ask(self, verb, *options):
        # A plan that was made by force is applied as it is.
        is_saved = self.file.endswith("/plan.json")
        more = ["--force"] if self.is_forced and not is_saved else []
        more += ["--only", self.only] if self.only else []
        return self.run(self.mtor, verb, self.file, "--root", self.root, *more, *options)

    def first(self):
        """The first apply: of the manifest, its plan or Markdown, or as a rehearsal lands it."""
        if self.way == "land":
            return self.ask("rehearse", "--land", "--format", "json", *self.options)
        source = self.file
        if self.way == "markdown":
            self.file = source[:-4] + "md"
            self.write(self.file, Item(
                self.run(self.mtor, "fmt", source, "--to", "md").stdout.encode()))
        elif self.way == "saved":
            if self.ask("plan", "--out", self.place + "/plan.json").returncode == 0:
                self.file = self.place + "/plan.json"
        result = self.ask("apply", "--format", "json", *self.options)
        self.file = source
        return result

    # The expected course of the whole run.
    def foresee(self):
        """Plan all steps, then run them; sets `wanted` (items), `exit` and `landed`."""
        model, states = self.model.copy(), []
        steps = [s for s in self.data["steps"] if self.only in (None, s["id"])]
        for step in steps:
            performs = model.step(step)
            states.append((step, performs, model.copy()))
        self.planned = model
        current, failed, skipped = self.model, [], []
        tested = False
        for step, performs, state in states:
            if failed and ("--keep-going" not in self.options or any(
                    name in failed + skipped for name in step.get("needs", []))):
                skipped.append(step["id"])
                continue
            if skipped:
                # Planned on what is not there now: done again on what is.
                state = current.copy()
                try:
                    performs = state.step(step)
                except Refused:
                    raise Unsure("a later step on a tree that lacks a skipped one")
            if not performs:
                continue
            current = state
            for test in step.get("tests", []):
                if "--no-tests" in self.options:
                    break
                tested = True
                if test == "false" or (test == "test -e a.txt" and not self.stands(state, "a.txt")):
                    failed.append(step["id"])
                    break
        if not failed and "--no-tests" not in self.options and not self.only:
            tested = tested or "verify" in self.data
            if self.data.get("verify") == ["false"]:
                failed.append("verify")
        # What --strict refuses for its lack of tests is as red as a failing test.
        is_refused = "--strict" in self.options and not tested
        self.is_red = bool(failed) or is_refused
        is_unit = "undo" in self.options or self.way == "land"
        self.final = self.model if self.is_red and is_unit else current
        self.exit = 1 if failed or ("--strict" in self.options and not tested) else 0
        self.maybe = model.maybe + current.maybe
        self.asks_commit = ("commit" in self.data or "--commit" in self.options) and not self.only
        if self.asks_commit and "staged.txt" in model.declared and self.is_git:
            self.maybe.append("a declared path is staged with other content")

    @staticmethod
    def stands(model, path):
        item = model.items.get(path)
        if item is None:
            return model.is_folder(path)
        return item.link is None or item.link in model.items or model.is_folder(item.link)

    def trial(self):
        """What became of it: 'applied', 'refused' or 'unsure'."""
        expected, why = "applied", ""
        try:
            self.foresee()
        except Refused as refusal:
            expected, why, codes = "refused", str(refusal), refusal.codes
            # An entry that contradicts itself is told before the tree is looked at.
            if any("bytes" in e for step in self.data["steps"] for e in step.get("files", [])):
                codes += (3,)
            if "run: [" in self.text:  # what is missing may be made by a command
                expected = "unsure"
        except Unsure as doubt:
            expected, why = "unsure", str(doubt)
        before, index = keys(self.before), self.git_state()
        plan = self.ask("plan", "--format", "json")
        if self.now() != before:
            self.fault("the plan changed the tree\n" + difference(before, self.now()))
        rehearsed = None
        if self.seed % 4 == 0:
            options = [o for o in self.options if o not in ("--commit", "By option")]
            rehearsed = self.ask("rehearse", "--format", "json", *options)
            if self.now() != before or self.git_state() != index:
                self.fault("the rehearsal changed the tree or git")
        first = self.first()
        after = self.now()
        if first.returncode not in (0, 1, 3, 4):
            self.fault(f"apply ends with {first.returncode}", first)
        is_same = "--commit" not in self.options  # which a rehearsal may not have
        if rehearsed and is_same and rehearsed.returncode != first.returncode:
            self.fault(f"rehearse ends with {rehearsed.returncode}, apply with "
                       f"{first.returncode}\n{rehearsed.stdout[-800:]}{rehearsed.stderr}", first)
        if first.returncode in (3, 4):
            if after != before:
                if expected != "unsure":
                    self.fault("a refusal changed the tree\n" + difference(before, after), first)
                return "refused"
            if self.git_state() != index:
                self.fault("a refusal changed git")
            if plan.returncode != first.returncode and not self.maybe:
                self.fault(f"plan ends with {plan.returncode}, apply refuses", first)
            if expected == "applied" and not self.maybe:
                self.fault("refused, but must be applied", first)
            if expected == "refused" and first.returncode not in codes:
                self.fault(f"refused by {first.returncode}, not {codes}: {why}", first)
            return "refused"
        if expected == "refused":
            self.fault(f"applied, but must be refused: {why}", first)
            return "applied"
        if plan.returncode != 0:
            self.fault(f"plan ends with {plan.returncode}, apply goes on", plan)
        elif expected == "applied":
            self.compare_plan(json.loads(plan.stdout))
        if expected == "applied":
            wanted = keys(self.final.items)
            if after != wanted:
                self.fault("the tree is not as it must be\n" + difference(wanted, after), first)
            if first.returncode != self.exit:
                reason = json.loads(first.stdout)["reason"]
                self.fault(f"exit code {first.returncode}, not {self.exit}: {reason}", first)
            left = look(self.root)[1] - self.final.folders
            if left and not self.maybe:
                self.fault(f"empty folders are left: {left}", first)
            gone = {f for f in self.final.folders - look(self.root)[1]}
            if gone and not self.maybe:
                self.fault(f"empty folders of a person are gone: {gone}", first)
            self.compare_report(first, before, after)
            if self.is_git:
                self.compare_commit(first, index)
        run = json.loads(first.stdout)["run"]
        if first.returncode == 0 and self.seed % 2 and "when: " not in self.text and (
                '"when"' not in self.text):
            self.again(after)
            if self.has_tests and after != before:
                # What the second run put there for a moment, where a command may have needed it.
                self.run(self.mtor, "undo", "--root", self.root)
                run = run if self.now() != before else ""
        is_plain = first.returncode == 0 and expected == "applied" and "when" not in self.text
        if is_plain and self.seed % 5 == 2 and self.changed_manifest():
            return "applied"
        if after != before and run and self.seed % 7 == 3:
            self.edited_by_a_person(before, after, run)
        if after != before and run:
            self.undo(before, after, first.returncode, run)
        return expected if expected == "unsure" else "applied"

    def compare_plan(self, plan):
        """What the plan says of the last entry of each path is what the model says."""
        said = {}
        for step in (step for one in plan["plans"] for step in one["steps"]):
            for file in step["files"]:
                if file.get("moved_from"):
                    said[file["moved_from"]] = None
                if file["action"] not in ("skipped", "unknown"):
                    said[file["path"]] = file["after"]
        for path, after in said.items():
            item = self.planned.items.get(path)
            if item is None or after is None:
                right = item is None and after is None
            elif item.link is not None:
                right = item.link in after.values()
            else:
                right = hashlib.sha256(item.data).hexdigest() == after.get("sha256")
                right &= after.get("mode") in (None, f"0{item.mode:o}")
            if not right:
                self.fault(f"the plan says of {path}: {after}, not {item and item.key()}")

    def compare_report(self, first, before, after):
        report = json.loads(first.stdout)
        if report["exit"] != first.returncode or report["ok"] != (first.returncode == 0):
            self.fault("the report's 'exit' or 'ok' is not the exit code", first)
        told = {}
        counts = dict.fromkeys(report["files"], 0)
        for step in report["steps"]:
            for file in step["files"]:
                if file["action"] in counts:
                    counts[file["action"]] += 1
                told.setdefault(file["path"], []).append(file)
        if counts != report["files"]:
            self.fault(f"the report counts {report['files']}, its steps {counts}")
        if self.is_red and ("undo" in self.options or self.way == "land"):
            return
        changed = {path for path in set(before) | set(after) if before.get(path) != after.get(path)}
        silent = {path for path in changed if path in after and path[:4] != "gen/" and all(
            file["action"] in ("unchanged", "skipped") for file in told.get(path, []))}
        if silent:
            self.fault(f"changed, and the report does not say so: {silent}", first)
        for path, files in told.items():
            found = after.get(path)
            sha = files[-1]["sha256"]
            if files[-1]["action"] == "skipped":
                continue
            if found and found[0] != "link" and sha != hashlib.sha256(found[1]).hexdigest():
                self.fault(f"the report's sha256 of {path} is not the file's", first)
        if self.is_red or len(self.data["steps"]) > 1:
            return
        wanted = sorted((path, action) for _, path, action in self.final.actions)
        said = sorted((path, file["action"]) for path, files in told.items() for file in files
                      if file["action"] != "skipped")
        if wanted != said and not any(a == "unchanged" for _, a in said):
            self.fault(f"the report says {said}, not {wanted}")

    def compare_commit(self, first, index):
        head = self.run("git", "rev-parse", "HEAD").stdout
        if not self.asks_commit or first.returncode != 0 or self.is_red:
            if head != index[1]:
                self.fault("a commit that nobody asked for", first)
            if self.git_state() != index:
                self.fault("the index was changed", first)
            return
        names = set(filter(None, self.run(
            "git", "-c", "core.quotePath=off", "diff", "-z", "--no-renames", "--name-only",
            index[1].strip(), "HEAD").stdout.split("\0")))
        if not names <= self.final.declared:
            self.fault(f"committed, but not declared: {names - self.final.declared}", first)
        for path in self.final.declared:
            shown = subprocess.run(["git", "cat-file", "blob", f"HEAD:{path}"], cwd=self.root,
                                   env=self.environment, capture_output=True)
            item = self.final.items.get(path)
            if self.final.is_folder(path):
                continue
            data = None if item is None else item.link.encode() if item.link else item.data
            found = shown.stdout if shown.returncode == 0 else None
            if data != found:
                self.fault(f"in HEAD {path} is {found}, not {data}", first)
        old = {row.split("\t")[1]: row for row in index[0].splitlines()}
        new = {row.split("\t")[1]: row for row in self.git_state()[0].splitlines()}
        quoted = {json.dumps(p) for p in self.final.declared} | self.final.declared
        for path in set(old) | set(new):
            if old.get(path) != new.get(path) and path not in quoted and "\\" not in path:
                self.fault(f"the index was changed at {path}", first)
        status = self.run("git", "-c", "core.quotePath=off", "status", "--porcelain",
                          "-uno").stdout
        for row in status.splitlines():
            if row[3:].strip('"') in self.final.declared:
                self.fault(f"after the commit git still says {row!r}", first)

    def again(self, after):
        second = self.ask("apply", "--format", "json", *self.options)
        may_fail = "test -e a.txt" in self.text  # which a later step may have taken away
        if second.returncode != 0 and not (may_fail and second.returncode == 1):
            self.fault(f"the second apply ends with {second.returncode}", second)
        elif second.returncode == 0 and self.now() != after and "gen/" not in self.text:
            self.fault("the second apply changed the tree\n"
                       + difference(after, self.now()), second)

    def changed_manifest(self):
        """The same manifest with one word changed gives what it gives on the tree from before."""
        words = sorted(set(re.findall(r"~\d+(?![\dv])", self.text)))
        if not words or "sha256" in self.text or "gen/" in self.text or self.only:
            return False
        word = self.chance.choice(words)
        pattern = re.escape(word) + r"(?!\d)"
        text = re.sub(pattern, word + "v", self.text)
        model = self.model.copy()
        try:
            for step in json.loads(re.sub(pattern, word + "v", json.dumps(self.data)))["steps"]:
                model.step(step)
        except (Refused, Unsure):
            return False
        self.write(self.file, Item(text.encode()))
        middle = self.now()
        result = self.ask("apply", "--format", "json", *self.options)
        if result.returncode == 0 and self.now() != keys(model.items):
            self.fault(f"the manifest with {word}v gives another tree\n"
                       + difference(keys(model.items), self.now()), result)
        elif result.returncode != 0 and self.now() != middle:
            self.fault(f"the manifest with {word}v changed the tree, and ends with "
                       f"{result.returncode}", result)
        elif result.returncode != 0 and not self.maybe:
            self.fault(f"the manifest with {word}v is refused by {result.returncode}", result)
        return True

    def edited_by_a_person(self, before, after, run):
        """Undo refuses, and touches nothing, while a file of the run is edited."""
        files = sorted(path for path, key in after.items()
                       if key != before.get(path) and key[0] != "link")
        if not files:
            return
        path = f"{self.root}/{self.chance.choice(files)}"
        with open(path, "r+b") as file:
            data = file.read()
            file.write(b"a person's\n")
        edited = self.now()
        undone = self.run(self.mtor, "undo", "--root", self.root, run)
        if undone.returncode != 4 or self.now() != edited:
            self.fault(f"undo of an edited {path} ends with {undone.returncode}\n"
                       + difference(edited, self.now()), undone)
        with open(path, "wb") as file:
            file.write(data)

    def undo(self, before, after, code, run):
        named = [run] if self.seed % 2 else []
        undone = self.run(self.mtor, "undo", "--root", self.root, *named)
        if undone.returncode != 0:
            self.fault(f"undo ends with {undone.returncode}", undone)
        elif self.now() != before:
            self.fault("after undo the tree is not as it was\n" + difference(before, self.now()),
                       undone)
        elif look(self.root)[1] != self.empty:
            self.fault(f"after undo empty folders are {look(self.root)[1]}, not {self.empty}")
        else:
            third = self.ask("apply", "--format", "json", *self.options)
            if third.returncode != code or self.now() != after:
                self.fault(f"apply after undo ends with {third.returncode}, not {code}\n"
                           + difference(after, self.now()), third)


    def told(self):
        options = self.options + (["--force"] if self.is_forced else []) + (
            ["--only", self.only] if self.only else [])
        return f"{super().told()}, {self.way}, {' '.join(options)}"


if __name__ == "__main__":
    sweep(Trial, __doc__, "applied")
