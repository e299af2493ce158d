"""Random trees and manifests, for oracle.py."""
import base64
import difflib
import hashlib
import json
import re

from oracle_model import Item, Refused, Unsure, is_text, lines_of

NAMES = ["a.txt", "b.txt", "d/c.txt", "d/e.txt", "d/x/y.txt", "f/g/h.txt",
         "with blank/two words.txt", "größe/naïve ☃.txt", "win.txt", "d/win2.txt", "cut.txt",
         "empty.txt", "run.sh", "secret.cfg", "data.json", "conf.yaml",
         "mixed.txt", "-dash", "#hash", "d.txt", "[a-b]*.txt"]
NEW = ["new.txt", "d/new.txt", "n/m/new.txt", "with blank/new one.txt", "größe/neu.txt", "z"]
PERSONS = ["mine.txt", "d/mine.txt", "build/out.log", "dirty.txt", "staged.txt"]
FOLDERS = ["d", "d/x", "f", "f/g", "with blank", "größe"]
WORDS = ["one", "two", "three", "größer", "x+y", "$1", "a.b*"]


def tree(chance, is_git):
    """A random tree: its items, the paths that equal HEAD, those that git ignores or has staged."""
    items, number = {}, 0
    for path in NAMES + PERSONS:
        if chance.random() < 0.25:
            continue
        rows = [f"{chance.choice(WORDS)} {path} {number + row}\n"
                for row in range(chance.randrange(1, 9))]
        number += len(rows)
        data = "".join(rows)
        if "win" in path:
            data = data.replace("\n", "\r\n")
        elif path == "mixed.txt":
            data = data.replace("\n", "\r\n", 1) + "last\n"
        elif path == "cut.txt":
            data = data[:-1]
        elif path == "empty.txt":
            data = ""
        elif path == "data.json":
            data = '{\n  "name": "x",  "deep": {"n": 1, "t": "é"},\n\t"list": [1, 2]\n}'
        elif path == "conf.yaml":
            data = '# top\nname: "x"   # why\ndeep:\n    n: 1\n    t: "é"\n'
        mode = {"run.sh": 0o755, "secret.cfg": 0o600}.get(path, 0o644)
        items[path] = Item(data.encode(), mode)
    if chance.random() < 0.7:
        items["link"] = Item(link=chance.choice(["a.txt", "nowhere", "d"]))
    free = {path for path in items if path not in PERSONS} if is_git else set()
    return items, free


class Writer:
    """Makes entries that mostly fit the tree as the model has it."""

    def __init__(self, chance, beside):
        self.chance, self.number, self.beside = chance, 0, beside

    def word(self):
        self.number += 1
        return f"{self.chance.choice(WORDS)}~{self.number}"

    def text(self):
        text = "".join(f"{self.word()}\n" for _ in range(self.chance.randrange(0, 6)))
        return text[:-1] if self.chance.random() < 0.15 else text

    def path(self, model, kinds=None):
        """A file that stands."""
        paths = [path for path, item in sorted(model.items.items()) if item.link is None]
        paths = [path for path in paths if is_text(model.items[path].data)]
        paths = [path for path in paths if path not in ("data.json", "conf.yaml", ".gitignore")
                 or self.chance.random() < 0.3]
        if self.chance.random() < 0.7:
            paths = [path for path in paths if path in model.free] or paths
        return self.chance.choice(paths or ["a.txt"])

    def lines(self, model, path):
        data = model.items[path].data if path in model.items else b"nothing\n"
        rows = data.decode(errors="replace").replace("\r\n", "\n").splitlines(keepends=True)
        return rows or ["nothing\n"]

    def one_edit(self, model, path):
        chance, rows = self.chance, self.lines(model, path)
        row = chance.choice(rows)
        core = row.rstrip("\n")
        kind = chance.randrange(12)
        if kind == 0:
            return {"find": row, "replace": self.word() + "\n" * row.endswith("\n")}
        if kind == 1:
            return {"find": core, "replace": chance.choice([self.word(), f"{core} {self.word()}"])}
        if kind == 2:
            return {"find": path if path in core else core, "replace": self.word(), "count": "all"}
        if kind == 3:
            word = re.findall(r"[^\W\d_]+", core) or ["one"]
            return {"find": word[0], "replace": self.word(), "count": chance.choice(["all", 1, 2]),
                    "word": True}
        if kind == 4:
            return {"find": row, "replace": ""}
        if kind == 5:
            return {"after": row, "insert": self.word() + "\n"}
        if kind == 6:
            return {"before": row, "insert": self.word() + "\n"}
        if kind == 7:
            return {"after": core, "insert": f" {self.word()}"}
        if kind == 8:
            return {"append": chance.choice(["", "\n"]) + self.word() + chance.choice(["", "\n"])}
        if kind == 9:
            return {"prepend": f"{self.word()}\n"}
        ends = re.search(r"(\d+)$", core)
        if kind == 10 and ends:
            return {"match": r"^([^~\n]*) (?P<n>%s)$" % ends[0], "replace": "${n}~$1~$$~$0~e"}
        return {"match": r"(\w+) (\d+)$", "replace": "$2~$1.", "count": "all"}

    def edit(self, model, path):
        if path in ("data.json", "conf.yaml"):
            return [{"set": self.chance.choice([
                {"pointer": "/name", "value": self.word()},
                {"pointer": "/deep/n", "value": self.chance.randrange(2, 99)},
                {"pointer": "/deep/t", "value": f"ü {self.number}"}])}]
        if self.chance.random() < 0.3:
            rows = self.lines(model, path)
            at = self.chance.randrange(len(rows))
            search = "".join(rows[at:at + 2])
            new = self.text()
            new = new if not new or new.endswith("\n") else new + "\n"
            text = f"<<<<<<< SEARCH\n{search}=======\n{new}>>>>>>> REPLACE\n"
            if search.endswith("\n"):
                return text
        return [self.one_edit(model, path) for _ in range(self.chance.choice([1, 1, 1, 2]))]

    def patch(self, model, path):
        """A patch made by another differ, whose line numbers may be off."""
        rows = self.lines(model, path)
        new = list(rows)
        for _ in range(self.chance.choice([1, 1, 2])):
            at = self.chance.randrange(len(new) + 1)
            end = at + self.chance.choice([0, 1])
            new[at:end] = [self.word() + "\n"] * self.chance.choice([0, 1])
        if not new or any(not row.endswith("\n") for row in new[:-1]):
            return None
        off = self.chance.choice([0, 0, 0, 3, -1])
        text = f"--- a/{path}\n+++ b/{path}\n"
        for row in list(difflib.unified_diff(rows, new, n=self.chance.choice([1, 2, 3])))[2:]:
            found = re.match(r"@@ -(\d+)(.*?) \+(\d+)(.*?) @@", row)
            if found:
                old = max(int(found[1]) + off, 1)
                row = f"@@ -{old}{found[2]} +{max(int(found[3]) + off, 1)}{found[4]} @@\n"
            text += row if row.endswith("\n") else row + "\n\\ No newline at end of file\n"
        return text if "@@" in text else None

    def entry(self, model, params):
        chance, kind = self.chance, self.chance.randrange(20)
        path = self.path(model)
        target = chance.choice(NEW + [path, path])
        folder = chance.choice(FOLDERS)
        if kind <= 4:
            entry = {"path": target, "content": self.text()}
            extra = chance.randrange(9)
            if extra == 0:
                entry["eol"] = chance.choice(["crlf", "keep"])
            elif extra == 1:
                entry["executable"] = chance.choice([True, False])
            elif extra == 2:
                entry["mode"] = chance.choice(["0600", "0755", "0640", "0444"])
            elif extra == 3:
                entry["was"] = chance.choice(["absent", "present"])
            elif extra == 4:
                wrong = chance.random() < 0.1
                entry["bytes"] = len(entry["content"].encode()) + wrong
                entry["lines"] = lines_of(entry["content"])
                entry["sha256"] = hashlib.sha256(entry["content"].encode()).hexdigest()
            elif extra == 5:
                entry["content"] += "${{ params.who }} ${{ github.x }}\n"
                entry["expand"] = chance.choice([True, False])
                entry["path"] = target if chance.random() < 0.5 else "p/${{ params.who }}.txt"
            elif extra == 6 and path in model.items:
                entry = {"path": path, "content": "".join(self.lines(model, path))}
            return entry
        if kind == 5 and chance.random() < 0.5:
            data = bytes(chance.randrange(256) for _ in range(chance.randrange(9)))
            return {"path": target, "base64": base64.b64encode(data).decode()}
        if kind == 5:
            return {"path": target, "from": chance.choice(sorted(self.beside)),
                    "frozen": chance.choice([True, False])}
        if kind <= 10:
            entry = {"path": path, "edit": self.edit(model, path)}
            if chance.random() < 0.1:
                entry["executable"] = True
            return entry
        if kind <= 12 and path not in ("data.json", "conf.yaml"):
            text = self.patch(model, path)
            return {"path": path, "patch": text} if text else {"path": path, "delete": True}
        if kind == 13:
            return {"path": chance.choice([path, path, "link", "nothing"]), "delete": True}
        if kind == 14:
            return {"path": folder, "delete_tree": True}
        if kind in (15, 16):
            entry = {"path": target if target != path else "moved/away.txt", "move_from": path}
            if chance.random() < 0.4 and path not in ("data.json", "conf.yaml"):
                entry["edit"] = self.edit(model, path)
            return entry
        if kind == 17:
            name = chance.choice(["n/t", "moved", "größe/x", "d", "f"])
            is_apart = name.split("/")[0] != folder.split("/")[0]
            return {"path": name if is_apart else "apart", "move_tree": folder}
        if kind == 18 and path != ".gitignore":
            name = chance.choice(["newlink", "d/newlink", path])
            return {"path": name, "symlink": chance.choice(["a.txt", "nowhere", "größe"])}
        return chance.choice([
            {"path": path, "mode": chance.choice(["0600", "0755", "0640"])},
            {"path": path, "executable": chance.choice([True, False])}])


def manifest(chance, model, beside, has_tests, is_git):
    """A random manifest and what the model says of it: a mapping, states, outcome."""
    writer, work, steps = Writer(chance, beside), model.copy(), []
    for number in range(chance.choice([1, 1, 2, 3, 4])):
        step = {"id": f"s{number}", "files": []}
        for _ in range(chance.choice([1, 1, 2, 3])):
            entry = writer.entry(work, None)
            taken = {p for e in step["files"] for p in (e["path"], e.get("move_from"),
                                                         e.get("move_tree")) if p}
            names = {entry[key] for key in ("path", "move_from", "move_tree") if key in entry}
            clash = any(a == b or a.startswith(b + "/") or b.startswith(a + "/")
                        for a in taken for b in names)
            if clash and not ("content" in entry and entry["path"].count("/") and any(
                    e.get("delete") and entry["path"].startswith(e["path"] + "/")
                    for e in step["files"]) and entry["path"] not in taken):
                continue
            if chance.random() < 0.06:
                entry["when"] = chance.choice([
                    {"exists": "a.txt"}, {"missing": "b.txt"},
                    {"contains": {"path": "d/c.txt", "text": "one"}}])
            step["files"].append(entry)
        if not step["files"]:
            step["files"] = [{"path": f"only{number}.txt", "content": "x\n"}]
        if chance.random() < 0.06:
            step["when"] = chance.choice([{"exists": "d"}, {"missing": "new.txt"}])
        if has_tests and chance.random() < 0.2:
            step["run"] = [f"mkdir -p gen && echo {number} >> gen/{number}.txt"]
            step["outputs"] = ["gen/**"]
        if has_tests and chance.random() < 0.6:
            step["tests"] = [chance.choice(["true", "true", "true", "test -e a.txt", "false"])]
        if steps and chance.random() < 0.3:
            step["needs"] = [chance.choice(steps)["id"]]
        steps.append(step)
        try:
            trial = work.copy()
            trial.step(step)
            work = trial
        except Refused:
            if chance.random() < 0.7:  # most manifests are to be good ones
                steps.pop()
        except Unsure:
            if chance.random() < 0.9:
                steps.pop()
    if not steps:
        steps = [{"id": "s", "files": [{"path": "fresh.txt", "content": "x\n"}]}]
    ids = [step["id"] for step in steps]
    for step in steps:
        step["needs"] = [name for name in step.get("needs", []) if name in ids]
        if not step["needs"]:
            del step["needs"]
    result = {"mtor": 1, "name": "oracle", "params": {"who": {"default": "Zoë"}}, "steps": steps}
    if has_tests and chance.random() < 0.4:
        result["verify"] = [chance.choice(["true", "true", "test -d .", "false"])]
    if is_git and chance.random() < 0.4:
        result["commit"] = "Done: ${{ params.who }}"
    return result


def written(data, chance):
    """The manifest as YAML: entries in flow style, some contents as literal blocks."""
    text = ""
    for key, value in data.items():
        if key != "steps":
            text += f"{key}: {json.dumps(value, ensure_ascii=False)}\n"
            continue
        text += "steps:\n"
        for step in value:
            text += f"  - id: {step['id']}\n"
            for name in ("needs", "when", "run", "outputs", "tests"):
                if name in step:
                    text += f"    {name}: {json.dumps(step[name], ensure_ascii=False)}\n"
            text += "    files:\n"
            for entry in step["files"]:
                text += entry_text(entry, chance)
    return text + "...\n"


def entry_text(entry, chance):
    content = entry.get("content", entry.get("patch", entry.get("edit")))
    is_plain = isinstance(content, str) and re.fullmatch(r"(\S[^\r]*\n)+", content)
    if not is_plain or chance.random() < 0.4:
        return f"      - {json.dumps(entry, ensure_ascii=False)}\n"
    name = next(key for key in ("content", "patch", "edit") if key in entry)
    rest = [f"{key}: {json.dumps(value, ensure_ascii=False)}"
            for key, value in entry.items() if key != name]
    return ("      - " + "\n        ".join(rest) + f"\n        {name}: |\n"
            + "".join(f"          {row}\n" if row else "\n" for row in content[:-1].split("\n")))
