"""What the contract says that a manifest makes of a tree, for oracle.py."""
import base64
import hashlib
import json
import os
import re

UMASK = 0o022


class Refused(Exception):
    """The manifest must be refused with one of these exit codes, and nothing touched."""

    def __init__(self, why, *codes):
        super().__init__(why)
        self.codes = codes or (4,)


class Unsure(Exception):
    """The contract does not say what becomes of it."""


class Item:
    """What stands at a path: a file, or a link where `link` is its target."""

    def __init__(self, data=b"", mode=0o644, link=None):
        self.data, self.mode, self.link = data, mode, link

    def key(self):
        return ("link", self.link) if self.link is not None else (oct(self.mode), self.data)


def is_crlf(data):
    return data.count(b"\r\n") > 0 and data.count(b"\r\n") == data.count(b"\n")


def is_mixed(data):
    return 0 < data.count(b"\r\n") < data.count(b"\n")


def is_text(data):
    try:
        return not re.search(r"[\0-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f]", data.decode())
    except UnicodeDecodeError:
        return False


def lines_of(text):
    return text.count("\n") + (text != "" and not text.endswith("\n"))


class Model:
    """The tree as the contract says that it becomes; paths to items."""

    def __init__(self, items, free, folders=(), force=False, beside=None, params=None):
        self.items = dict(items)
        self.free = set(free)        # what may be replaced: as git has it, or mtor's own
        self.folders = set(folders)  # folders of a person in which nothing is
        self.force, self.beside, self.params = force, beside or {}, params or {}
        self.maybe = []              # reasons for which a refusal would be right as well
        self.actions = []            # (step, path, action)
        self.declared = set()

    def copy(self):
        other = Model(self.items, self.free, self.folders, self.force, self.beside, self.params)
        other.maybe, other.actions = list(self.maybe), list(self.actions)
        other.declared = set(self.declared)
        return other

    def below(self, folder):
        return [path for path in self.items if path.startswith(folder + "/")]

    def is_folder(self, path):
        return bool(self.below(path)) or any(
            folder == path or folder.startswith(path + "/") for folder in self.folders)

    def guard(self, path):
        if path in self.items and path not in self.free and not self.force:
            raise Refused(f"a person's: {path}")

    def expand(self, text):
        return re.sub(r"\$\{\{ params\.(\w+) \}\}", lambda found: self.params[found[1]], text)

    def holds(self, when):
        if "exists" in when:
            return when["exists"] in self.items or self.is_folder(when["exists"])
        if "missing" in when:
            return not (when["missing"] in self.items or self.is_folder(when["missing"]))
        item = self.items.get(when["contains"]["path"])
        if item is None or item.link is not None:
            return False
        return when["contains"]["text"].encode() in item.data

    def step(self, step):
        """The files of one step land."""
        if "when" in step and not self.holds(step["when"]):
            return False
        before = self.copy()
        entries = [entry for entry in step.get("files", [])
                   if "when" not in entry or before.holds(entry["when"])]
        entries = [dict(entry, path=self.expand(entry["path"])) for entry in entries]
        moved = {}
        for entry in entries:
            path = entry["path"]
            self.declared.add(path)
            self.parents_are_folders(before, path, entries)
            if entry.get("delete"):
                if before.is_folder(path):
                    raise Refused(f"a folder: {path}")
                self.check_was(entry, before.items.get(path), None)
                self.remove(step, path)
            elif entry.get("delete_tree"):
                if path in before.items:
                    raise Refused(f"no folder: {path}")
                if any(f == path or f.startswith(path + "/") for f in self.folders):
                    self.maybe.append("an empty folder of a person below delete_tree")
                for file in before.below(path):
                    self.remove(step, file)
                    self.declared.add(file)
            elif "move_from" in entry or "move_tree" in entry:
                self.take(step, before, entry, moved)
        for entry in entries:
            if entry.get("delete") or entry.get("delete_tree"):
                continue
            if "move_tree" in entry:
                for source in moved.get(entry["path"], []):
                    target = entry["path"] + source[len(entry["move_tree"]):]
                    if target in self.items or self.is_folder(target):
                        raise Refused(f"stands already: {target}")
                    self.declared |= {source, target}
                    self.put(step, target, before.items[source], "moved")
                continue
            self.write(step, before, entry, moved)
        for path in list(self.items):
            parent = os.path.dirname(path)
            while parent:
                if parent in self.items:
                    raise Refused(f"a file above {path}")
                self.folders.discard(parent)
                parent = os.path.dirname(parent)
        if "run" in step:
            name = f"gen/{step['id'][1:]}.txt"
            text = self.items[name].data if name in self.items else b""
            self.items[name] = Item(text + step["id"][1:].encode() + b"\n")
            self.declared.add(name)
        return True

    def parents_are_folders(self, before, path, entries):
        gone = {entry["path"] for entry in entries if entry.get("delete")}
        gone |= {entry["move_from"] for entry in entries if "move_from" in entry}
        parent = os.path.dirname(path)
        while parent:
            if parent in before.items and parent not in gone:
                raise Refused(f"no folder above {path}")
            parent = os.path.dirname(parent)

    def remove(self, step, path, is_told=True):
        if path not in self.items:
            return
        self.guard(path)
        del self.items[path]
        self.free.discard(path)
        if is_told:
            self.actions.append((step["id"], path, "deleted"))

    def take(self, step, before, entry, moved):
        """The source of a move goes."""
        if "move_from" in entry:
            source = entry["move_from"]
            self.declared.add(source)
            if before.is_folder(source):
                raise Refused(f"a folder: {source}")
            if source not in before.items:
                target = before.items.get(entry["path"])
                if target is None:
                    raise Refused(f"nothing to move: {source}")
                if "edit" in entry or entry["path"] not in before.free:
                    raise Refused(f"perhaps another file: {entry['path']}")
                self.maybe.append("a move whose source was never there")
                moved[entry["path"]] = [None]
                return
            if before.items[source].link is not None or source == entry["path"]:
                raise Unsure("a link is moved, or a file to itself")
            moved[entry["path"]] = [source]
            self.remove(step, source, is_told=False)
            return
        source = entry["move_tree"]
        if source in before.items:
            raise Refused(f"no folder: {source}")
        if not before.below(source):
            raise Refused(f"nothing to move: {source}") if not before.is_folder(
                entry["path"]) else Unsure("a folder that is gone, and one that stands")
        if entry["path"].startswith(source + "/") or source.startswith(entry["path"] + "/"):
            raise Unsure("a folder into itself")
        if any(f == source or f.startswith(source + "/") for f in self.folders):
            self.maybe.append("an empty folder of a person below move_tree")
        moved[entry["path"]] = before.below(source)
        for file in before.below(source):
            if before.items[file].link is not None:
                raise Unsure("a link in a moved folder")
            self.remove(step, file, is_told=False)

    def put(self, step, path, item, action):
        parent = os.path.dirname(path)
        while parent:
            if parent in self.items:
                raise Refused(f"no folder above {path}")
            parent = os.path.dirname(parent)
        self.items[path] = item
        self.free.add(path)
        self.actions.append((step["id"], path, action))

    def check_was(self, entry, item, wanted):
        was = entry.get("was")
        if was is None or (item is None) == (wanted is None) and (
                item is None or item.key() == wanted.key()):
            return
        if was == "absent":
            right = item is None
        elif was == "present":
            right = item is not None
        elif was.startswith("sha256:"):
            right = (item is not None and item.link is None
                     and hashlib.sha256(item.data).hexdigest() == was[7:])
        else:
            right = item is not None and item.link == was[8:]
        if not right:
            raise Refused(f"was: {entry['path']}")

    @staticmethod
    def mode(entry, mode):
        if "mode" in entry:
            return int(entry["mode"], 8)
        if entry.get("executable") is True:
            return mode | (mode & 0o444) >> 2
        return mode & ~0o111 if entry.get("executable") is False else mode

    def write(self, step, before, entry, moved):
        path = entry["path"]
        if self.is_folder(path):
            raise Refused(f"a folder: {path}")
        item, told = self.items.get(path), None
        if "symlink" in entry:
            wanted = Item(link=self.expand(entry["symlink"]))
            action = "created" if item is None else "replaced"
        else:
            if item is not None and item.link is not None and not (
                    "content" in entry or "from" in entry or "base64" in entry) or (
                    item is not None and item.link is not None
                    and not entry.get("was", "").startswith("symlink:")):
                raise Refused(f"a link: {path}")
            base = item
            if path in moved:
                source = moved[path][0]
                if source is None:
                    self.actions.append((step["id"], path, "unchanged"))
                    return
                base = before.items[source]
                if item is not None:
                    self.maybe.append("a move onto a file")
                told = "moved"
            is_whole = any(key in entry for key in ("content", "from", "base64"))
            if base is None and not is_whole:
                raise Refused(f"nothing there: {path}")
            mode = 0o666 & ~UMASK if base is None or base.link is not None else base.mode
            data = base.data if base is not None else b""
            action = "created" if item is None else "replaced"
            if is_whole:
                data = self.whole(entry, item)
            elif "edit" in entry or "patch" in entry:
                data, action = self.edited(entry, data), "edited"
            wanted = Item(data, self.mode(entry, mode))
            if base is not None and base.link is None and told is None:
                if base.data == wanted.data:
                    action = "mode" if base.mode != wanted.mode else "unchanged"
        self.check_itself(entry, wanted)
        self.check_was(entry, item if told is None else before.items.get(path), wanted)
        if item is not None and item.key() == wanted.key() and told is None:
            self.actions.append((step["id"], path, "unchanged"))
            return
        if item is not None and path not in self.free:
            if action == "mode":
                self.maybe.append("a mode of a person's file")
            elif action != "edited" or told:
                self.guard(path)
        if item is not None and action in ("edited", "mode") and path not in self.free:
            self.maybe.append("what an edit made of a person's file")
        self.put(step, path, wanted, told or action)

    def whole(self, entry, item):
        if "base64" in entry:
            return base64.b64decode(entry["base64"])
        data = self.beside[entry["from"]] if "from" in entry else entry["content"].encode()
        if entry.get("expand"):
            data = self.expand(data.decode()).encode()
        ends = entry.get("eol")
        if ends == "keep" and item is not None and item.link is None and is_mixed(item.data):
            raise Unsure("eol: keep on mixed line ends")
        if ends == "crlf" or (ends == "keep" and item is not None and is_crlf(item.data)):
            data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return data

    def check_itself(self, entry, item):
        if item.link is not None:
            return
        data = item.data
        count = data.count(b"\n") + (data != b"" and not data.endswith(b"\n"))
        if (entry.get("bytes", len(data)) != len(data) or entry.get("lines", count) != count
                or entry.get("sha256", "") not in ("", hashlib.sha256(data).hexdigest())):
            raise Refused(f"not what it says of itself: {entry['path']}", 3, 4)

    def edited(self, entry, data):
        """Edits and patches see LF, and what they make takes the file's own line end."""
        crlf = is_crlf(data)
        if is_mixed(data):
            raise Unsure("an edit of mixed line ends")
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise Unsure("an edit of binary bytes")
        text = text.replace("\r\n", "\n") if crlf else text
        if "patch" in entry:
            text = patched(entry["patch"], text)
        elif isinstance(entry["edit"], str):
            for search, replace in blocks(entry["edit"]):
                text = found_and_replaced(text, search, replace, 1, False)
        else:
            for edit in entry["edit"]:
                text = self.one_edit(edit, text, entry["path"])
        return text.replace("\n", "\r\n").encode() if crlf else text.encode()

    def one_edit(self, edit, text, path):
        if "find" in edit:
            return found_and_replaced(
                text, edit["find"], edit["replace"], edit.get("count", 1), edit.get("word"))
        if "match" in edit:
            places = list(re.finditer(edit["match"], text, re.M))
            if not places or edit.get("count", 1) not in ("all", len(places)):
                raise Refused("a pattern that matches another number of times")
            return re.sub(edit["match"], lambda found: template(edit["replace"], found),
                          text, flags=re.M)
        if "append" in edit:
            if text and not text.endswith("\n") and not edit["append"].startswith("\n"):
                raise Refused("an append that joins lines", 3, 4)
            return text + edit["append"]
        if "prepend" in edit:
            return edit["prepend"] + text
        if "set" in edit:
            return set_value(text, edit["set"]["pointer"], edit["set"]["value"], path)
        anchor = edit.get("after", edit.get("before"))
        if text.count(anchor) != 1:
            raise Refused("an anchor that is not there once")
        at = text.index(anchor) + (len(anchor) if "after" in edit else 0)
        if "after" in edit and not anchor.endswith("\n") and edit["insert"].endswith("\n"):
            raise Refused("an insert that joins lines", 3, 4)
        return text[:at] + edit["insert"] + text[at:]


def found_and_replaced(text, find, replace, count, word):
    pattern = re.escape(find)
    if word:
        pattern = r"(?<!\w)" + pattern + r"(?!\w)"
    number = len(re.findall(pattern, text))
    if number == 0 or (count != "all" and number != count):
        raise Refused("a text that is there another number of times")
    return re.sub(pattern, lambda found: replace, text)


def template(text, found):
    def one(part):
        if part[0] == "$$":
            return "$"
        name = part[1] or part[2]
        return found[int(name) if name.isdigit() else name] or ""
    return re.sub(r"\$(?:\$|(\d)|\{(\w+)\})", one, text)


def blocks(text):
    return re.findall(r"<<<<<<< SEARCH\n(.*?)=======\n(.*?)>>>>>>> REPLACE\n", text, re.S)


def patched(text, old):
    """Hunks at their own place or at the only other one."""
    lines = old.splitlines(keepends=True)
    result, done = [], 0
    body = re.split(r"^@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@.*\n", text, flags=re.M)[1:]
    for hunk in body[1::2]:
        hunk = re.sub(r"\n\\ No newline at end of file\n", "\0", hunk)
        rows = [(row[0], row[1:].rstrip("\n").replace("\0", "") + ("" if "\0" in row else "\n"))
                for row in re.findall(r"[ +-][^\n\0]*[\n\0]", hunk)]
        want = [row[1] for row in rows if row[0] in " -"]
        places = [at for at in range(done, len(lines) + 1) if lines[at:at + len(want)] == want]
        if len(places) != 1:
            raise Refused("a hunk without its one place") if not places else Unsure("two places")
        result += lines[done:places[0]] + [row[1] for row in rows if row[0] in " +"]
        done = places[0] + len(want)
    return "".join(result + lines[done:])


def set_value(text, pointer, value, path):
    """Replaces the text of a scalar of a file as `json_text` and `yaml_text` write it."""
    keys = pointer[1:].split("/")
    name = re.escape(keys[-1])
    if path.endswith(".json"):
        new, pattern = json.dumps(value, ensure_ascii=False), r'("%s"\s*:\s*)([^,\n}]+)' % name
    else:
        new = json.dumps(value, ensure_ascii=False)
        pattern = r"^(\s*%s:\s+)([^#\n]*?)(?=\s*(?:#.*)?$)" % name
    found = re.search(pattern, text, re.M)
    if not found:
        raise Refused("no such value")
    return text[:found.start(2)] + new + text[found.end(2):]
