"""Random manifests whose tests fail, for repairs.py, and what the contract says of their repair."""
import hashlib
import json
import re
import shlex

from oracle_endpoint import RIGHT
from oracle_model import Item

# Beside what a step may be given: names that no repair may touch unless 'allow' writes them out.
NAMES = ["a.txt", "b.sh", "d/c.txt", "d/e f.txt", "f/g/ö.txt", "z.md", "k.txt"]
TESTS = ["test_it.sh", "Makefile", "tests/t.txt"]
PROTECTED = [".github/workflows/w.yml", "conftest.py"]
CONSTANTS = ["", "a constant line", "\tan indented line", "größer als 1", "}", "a constant line"]


class Text:
    """A file's lines in two forms: as they must be, and with what is wrong in them."""

    def __init__(self, chance, path):
        self.path = path
        count = chance.choice([1, 2, 3, 5, 8, 20] + [200] * (chance.random() < 0.15))
        self.lines = [chance.choice(CONSTANTS) if chance.random() < 0.4 else None
                      for _ in range(count)]
        self.numbers = [number for number, line in enumerate(self.lines) if line is None]
        if not self.numbers:
            self.lines[0], self.numbers = None, [0]
        self.flaws = []
        self.end = chance.choice(["\n", "\n", "\n", "\n", "\r\n"])
        self.is_open = chance.random() < 0.1  # without a newline at its end

    def line(self, number, is_right):
        return f"{self.path} {number + 1} {'right' if is_right else 'wrong'}"

    def bytes(self, flaws=None):
        flaws = self.flaws if flaws is None else flaws
        rows = [self.line(number, number not in flaws) if line is None else line
                for number, line in enumerate(self.lines)]
        return (self.end.join(rows) + ("" if self.is_open else self.end)).encode()


class Test:
    """Conditions on files: a line, or all bytes, must be as they must be."""

    def __init__(self, chance, name, texts):
        self.name, self.conditions, self.guard = name, [], None
        for text in texts:
            is_line = text.end == "\n" and chance.random() < 0.7
            number = chance.choice(text.flaws or text.numbers) if is_line else None
            self.conditions.append((text, number))
        self.is_telling = chance.random() < 0.5

    def passes(self, items):
        return all(self.holds(items.get(text.path), text, number)
                   for text, number in self.conditions)

    @staticmethod
    def holds(item, text, number):
        if item is None or item.link is not None:
            return False
        if number is None:
            return item.data == text.bytes([])
        rows = item.data.decode(errors="replace").split("\n")
        return number < len(rows) and rows[number] == text.line(number, True)

    def command(self):
        parts = [f": {self.name}"]
        if self.guard:
            parts.append(f"test -e {shlex.quote(self.guard)} || exit 44")
        for text, number in self.conditions:
            path = shlex.quote(text.path)
            if number is None:
                digest = hashlib.sha256(text.bytes([])).hexdigest()
                check = f"test \"$(sha256sum < {path})\" = '{digest}  -'"
            else:
                check = f"test \"$(sed -n {number + 1}p {path})\" = " + shlex.quote(
                    text.line(number, True))
            if self.is_telling:
                check += f" || {{ echo {path} is not as it must be; exit 1; }}"
            parts.append(check)
        return "; ".join(parts)


class Step:
    def __init__(self, name):
        self.name, self.texts, self.entries, self.tests, self.repair = name, [], [], [], {}
        self.frozen, self.run = set(), []

    def mapping(self):
        result = {"id": self.name, "intent": f"What {self.name} is for.", "files": self.entries}
        if self.run:
            result["run"] = self.run
        if self.tests:
            result["tests"] = [test.command() for test in self.tests]
        if self.repair:
            result["repair"] = self.repair if "off" not in self.repair else "off"
        return result


class Work:
    """A tree from before, and a manifest on it."""

    def __init__(self, chance, is_git):
        self.chance, self.is_git = chance, is_git
        self.items = {"stranger.txt": Item(b"a person's\n"), "kept/other.sh": Item(b"x\n", 0o755)}
        self.steps, self.verify, self.repair, self.gone = [], [], {}, {}
        for number in range(chance.choice([1, 1, 2, 2, 3])):
            self.step(number)
        self.policies()
        texts = [text for step in self.steps for text in step.texts]
        fresh = [text for text in texts if text.path not in self.items and "moved" not in vars(text)]
        if fresh and chance.random() < 0.4:
            chosen = chance.sample(texts, chance.randint(1, min(3, len(texts))))
            self.verify = [Test(chance, "verify", chosen)]
            self.verify[0].guard = fresh[0].path
        self.has_run = any(step.run for step in self.steps)
        self.asks_commit = is_git and chance.random() < 0.35
        self.flaws = {text.line(number, False): text.line(number, True)
                      for text in texts for number in text.numbers}

    def step(self, number):
        chance, step = self.chance, Step(f"s{number}")
        names = chance.sample(NAMES, chance.choice([1, 1, 2, 3]))
        if chance.random() < 0.15:
            names.append(chance.choice(TESTS))
        if chance.random() < 0.05:
            names.append(chance.choice(PROTECTED))
        for name in names:
            path = f"s{number}/{name}" if name not in PROTECTED else name
            if path in [text.path for one in self.steps for text in one.texts]:
                continue
            text = Text(chance, path)
            if chance.random() < 0.6:
                text.flaws = chance.sample(
                    text.numbers, chance.randint(1, min(3, len(text.numbers))))
            step.texts.append(text)
            step.entries.append(self.entry(step, text))
        for index in range(chance.choice([0, 1, 1, 1, 2, 3])):
            others = [text for one in self.steps for text in one.texts if not text.flaws]
            chosen = chance.sample(step.texts, chance.randint(1, min(2, len(step.texts))))
            if others and chance.random() < 0.15:
                chosen.append(chance.choice(others))
            step.tests.append(Test(chance, f"{step.name} test {index}", chosen))
        self.steps.append(step)

    def entry(self, step, text):
        """How the manifest comes to a text's bytes."""
        chance, path = self.chance, text.path
        declared, kind = text.bytes(), chance.random()
        entry = {"path": path}
        if kind < 0.7 or not self.is_git or text.end != "\n" or text.is_open:
            if text.end == "\n" and not text.is_open and chance.random() < 0.12:
                # The step's own command goes over what is declared.
                step.run.append(f"echo made >> {shlex.quote(path)}")
                text.lines.append("made")
            entry["content"] = declared.decode()
        else:
            # What stands there says "old" in one line of its own, and the entry changes that.
            text.lines.append("new")
            declared = text.bytes()
            old = declared.replace(b"\nnew\n", b"\nold\n")
            source = path
            if kind > 0.82:
                source = path + ".before"
                entry["move_from"], text.moved = source, True
            if source == path or chance.random() < 0.5:
                entry["edit"] = [{"find": "\nold\n", "replace": "\nnew\n"}]
                self.items[source] = Item(old)
            else:
                self.items[source] = Item(declared)
        if chance.random() < 0.08:
            entry["frozen"] = True
            step.frozen.add(path)
        if "move_from" not in entry and "edit" not in entry and chance.random() < 0.2:
            entry["executable"] = True
        return entry

    # Policies.
    def policies(self):
        chance = self.chance
        if chance.random() < 0.3:
            self.repair = self.policy([text for step in self.steps for text in step.texts])
        for step in self.steps:
            if chance.random() < 0.35:
                step.repair = self.policy(step.texts)
            if chance.random() < 0.03:
                step.repair = {"off": True}

    def policy(self, texts):
        chance, policy = self.chance, {}
        paths = [text.path for text in texts]
        if chance.random() < 0.3:
            policy["attempts"] = chance.choice([0, 1, 2, 3])
        if chance.random() < 0.15:
            policy["candidates"] = 2
        if chance.random() < 0.15:
            policy["deny"] = [chance.choice(paths + ["s0/d/*", "**/*.sh"])]
        if chance.random() < 0.2:
            policy["allow"] = chance.sample(
                paths + ["s0/**", "**/*.txt", "stranger.txt"], chance.choice([1, 2]))
        if chance.random() < 0.2:
            policy["budget"] = {"tokens": chance.choice([100, 9000, 20000, 60000])}
        if chance.random() < 0.15:
            policy["show"] = [chance.choice(["stranger.txt", "kept/*"])]
        if chance.random() < 0.35:
            policy["fixers"] = [self.fixer(texts) for _ in range(chance.choice([1, 1, 2]))]
        return policy

    def fixer(self, texts):
        chance = self.chance
        path = shlex.quote(chance.choice(texts).path)
        return chance.choice([
            f"sed -i 's/ wrong\\(\\r\\?\\)$/ right\\1/' {path}",
            f"sed -i 's/ wrong\\(\\r\\?\\)$/ right\\1/' {path}; echo x >> stranger.txt; echo x > new",
            f"sed -i '0,/ wrong$/s/ wrong$/ right/' {path}",
            "true", "exit 3", f"rm -f {path}", "echo x > .git/x; echo x > .mtor/x; exit 0"])

    def merged(self, step):
        """A step's policy with the manifest's; of verify where no step is given."""
        own = step.repair if step else {}
        merged = dict(self.repair)
        merged.update(own)
        for key in ("deny", "show"):
            merged[key] = self.repair.get(key, []) + own.get(key, [])
        budgets = [one["budget"]["tokens"] for one in (self.repair, own) if "budget" in one]
        merged["tokens"] = min(budgets, default=None)
        return merged

    def may_edit(self, path, step):
        """The contract's order of who may be edited."""
        policy = self.merged(step)
        steps = [step] if step else self.steps
        own = {text.path for one in steps for text in one.texts}
        frozen = {path for one in steps for path in one.frozen}
        if path in PROTECTED or path.startswith((".git/", ".mtor/", ".github/")):
            return False
        if path in frozen or any(matches(glob, path) for glob in policy["deny"]):
            return False
        if path in policy.get("allow", []):
            return True
        if any(path.endswith("/" + name) or path == name for name in TESTS) or "/tests/" in path:
            return False
        if "allow" in policy:
            return any(matches(glob, path) for glob in policy["allow"])
        return path in own

    def text(self):
        result = {"mtor": 1, "name": "repairs"}
        if self.repair:
            result["repair"] = self.repair
        result["steps"] = [step.mapping() for step in self.steps]
        if self.verify:
            result["verify"] = [test.command() for test in self.verify]
        if self.asks_commit:
            result["commit"] = "Repaired or not"
        return json.dumps(result, ensure_ascii=False, indent=1) + "\n...\n"


class Foretold:
    """How a first apply ends, and how many requests it makes; `code` is None where the contract
    leaves it to what is answered."""

    def __init__(self, work, kinds, options, limit, models):
        self.work, self.options, self.models = work, options, models
        self.kind = kinds[0] if len(set(kinds)) == 1 else None
        if all(kind in RIGHT for kind in kinds):
            self.kind = "right"
        self.limit = limit
        self.code, self.requests, self.outcomes = 0, 0, ("passed", "untested", "repaired")
        self.items, self.passed = dict(work.items), []
        self.is_repaired = False
        try:
            self.run()
        except LookupError:
            self.code = None

    def run(self):
        failed = []
        for step in self.work.steps:
            for text, entry in zip(step.texts, step.entries):
                self.items.pop(entry.get("move_from"), None)
                self.items[text.path] = Item(text.bytes())
            if not self.commands(step, step.tests):
                failed.append(step)
                if "--keep-going" not in self.options:
                    return
                raise LookupError("what a later step does with what a red one left")
        self.commands(None, self.work.verify)
        has_tests = self.work.verify or any(step.tests for step in self.work.steps)
        if self.code == 0 and "--strict" in self.options:
            self.code = 10 if self.is_repaired else 0 if has_tests else 1

    def commands(self, step, tests):
        for test in tests:
            if not test.passes(self.items) and not self.repair(step, test):
                return False
            self.passed.append(test)
        return True

    def repair(self, step, test):
        policy = self.work.merged(step)
        if "--no-repair" in self.options or "off" in policy:
            return self.red(1, "failed")
        if "--strict" in self.options:  # no known runner counts these
            return self.red(1, "failed")
        if policy.get("fixers"):
            raise LookupError("what a fixer makes of it")
        editable = [path for path, item in self.items.items()
                    if self.is_shown(path, step, policy)]
        # A path that 'allow' writes out, or a pattern opens, may be made anew.
        if not editable and not any("*" in glob or self.work.may_edit(glob, step)
                                    for glob in policy.get("allow", [])):
            return self.red(1, "failed")
        if policy["tokens"] or self.limit:
            raise LookupError("a budget")
        if self.kind == "refused":
            self.requests += self.models * policy.get("candidates", 1)
            if policy.get("candidates", 1) > 1:
                raise LookupError("what candidates of a dead model do")
            return self.red(6, "unreachable")
        if self.kind == "blocked" and editable:
            self.requests += policy.get("candidates", 1)
            return self.red(5, "stalled")
        if self.kind != "right":
            raise LookupError("what is answered")
        mended = dict(self.items)
        for one in self.work.steps:
            for text in one.texts:
                if text.path in editable and text.path in mended:
                    mended[text.path] = Item(text.bytes([]))
        if not test.passes(mended) or mended == self.items:
            raise LookupError("right, and not enough")
        self.items = mended
        self.requests += policy.get("candidates", 1)
        self.is_repaired = True
        return True

    def is_shown(self, path, step, policy):
        steps = [step] if step else self.work.steps
        own = {text.path for one in steps for text in one.texts}
        named = path in own or any(matches(glob, path) for glob in policy.get("allow", []))
        return named and self.work.may_edit(path, step)

    def red(self, code, *outcomes):
        self.code, self.outcomes = code, outcomes
        return False


def matches(glob, path):
    pattern = re.escape(glob).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*").replace(
        r"\*", "[^/]*")
    return re.fullmatch(pattern, path) is not None
