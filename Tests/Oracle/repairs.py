#!/usr/bin/env python3
"""Random manifests whose tests fail, a model that answers by a script, and what must come of them.

usage: repairs.py MTOR FIRST LAST [--verbose] [--keep]

Each number from FIRST up to LAST is the seed of one tree, of one manifest with tests that fail
until its files have certain bytes, and of an endpoint on loopback that answers rightly, wrongly,
partly, beyond the scope, malformed, with an error, or not at all. Promised, and compared: an exit
code of 0 only where every test passes by hand; every path as declared, or as an accepted repair in
scope left it, or as before; nothing is asked but after a test failed, and never beyond a budget;
the report, the ledger and the statistics count what the endpoint saw; where nothing is left to
chance, how it ends. A second apply asks nothing and writes nothing, what is red is repaired by the
next one that gets right answers, undo brings the tree back, memory repairs it again for nothing,
and an amended manifest needs no repair. A fault is told with its seed, its manifest and what
differed; the exit code is 1 then.
"""
import json
import os
import subprocess

from oracle_endpoint import KINDS, RIGHT, Endpoint
from oracle_model import Item
from oracle_place import Place, difference, keys, look, sweep
from oracle_repairs import Foretold, Work

PRICES = (1.0, 0.25, 2.0)
SOLVED = ("passed", "flaky", "fixed", "remembered", "repaired")


def is_spent(llm):
    """Whether a model's tokens were spent, or may have been."""
    return bool(llm["input_tokens"] or llm["output_tokens"] or llm.get("unmetered_requests"))


class Trial(Place):
    """One manifest on one tree, and one endpoint."""

    def __init__(self, mtor, place, seed):
        super().__init__(mtor, place, seed)
        chance = self.chance
        self.work = Work(chance, self.is_git)
        self.build()
        self.before, self.index = self.now(), self.git_state()
        self.text = self.work.text()
        self.file = place + "/manifests/m.yaml"
        self.write(self.file, Item(self.text.encode()))
        self.endpoint = Endpoint(chance, self.work.flaws)
        self.endpoint.on_request = self.requested
        self.kinds = [chance.choice(RIGHT)]
        if chance.random() < 0.6:
            self.kinds = [chance.choice(KINDS) for _ in range(chance.randint(1, 6))]
        self.models = ["one", "two"][:chance.choice([1, 1, 1, 2])]
        self.limit = chance.choice([None] * 7 + [100, 9500, 30000])
        self.configure()
        self.options = []
        for option, odds in ((["--strict"], 0.06), (["--keep-going"], 0.2),
                             (["--on-failure", "undo"], 0.2), (["--no-repair"], 0.04),
                             (["--sandbox"], 0.1), (["--durability", "kill"], 0.3)):
            if chance.random() < odds:
                self.options += option
        self.verb = "rehearse" if chance.random() < 0.12 else "apply"
        if self.work.has_run:
            # In a shadow what commands make of declared files does not reach the tree.
            self.verb = "apply"
            self.options = [option for option in self.options if option != "--sandbox"]
        self.runs = []  # of each: its report, what the endpoint saw
        self.asked_too_early = []

    def build(self):
        for path, item in self.work.items.items():
            self.write(f"{self.root}/{path}", item)
        if self.is_git:
            self.run("sh", "-c", "git init -q && git add -A && git commit -qm start")

    def configure(self):
        route = self.chance.choice(["openai", "openai", "anthropic"])
        fresh, cached, output = PRICES
        config = {"models": {name: {
            "api": route, "url": f"http://127.0.0.1:{self.endpoint.port}/v1", "model": name,
            "context": 128000, "stream": self.chance.random() < 0.7,
            "price": {"input": fresh, "cached_input": cached, "output": output},
            "timeout": {"idle": "5s", "first_byte": "5s"}} for name in self.models}}
        if self.limit:
            config["repair"] = {"budget": {"tokens": self.limit}}
        self.write(self.place + "/config/mtor/config.yaml", Item(json.dumps(config).encode()))

    def close(self):
        self.endpoint.close()

    def told(self):
        return (f"{super().told()}, {self.verb} {' '.join(self.options)}, "
                f"{','.join(self.kinds)} of {' and '.join(self.models)}, limit {self.limit}")

    # What is run, and what every run promises.
    def apply(self, kinds, *more):
        """One run: the result, its report, and what the endpoint saw of it."""
        self.endpoint.kinds, self.endpoint.seen = kinds, []
        options = [*self.options, *more]
        if self.verb == "rehearse":
            options.append("--land")
        result = self.run(self.mtor, self.verb, self.file, "--root", self.root,
                          "--format", "json", *options)
        seen = list(self.endpoint.seen)
        try:
            report = json.loads(result.stdout)
        except ValueError:
            self.fault(f"no report, exit code {result.returncode}", result)
            return result, None, seen
        if result.returncode not in (0, 1, 5, 6, 10):
            self.fault(f"{self.verb} ends with {result.returncode}", result)
            return result, None, seen
        self.runs.append((report, seen))
        self.account(report, seen, result)
        self.believe(report, seen, result)
        return result, report, seen

    def requested(self, seen):
        """Called while a request waits: some test must fail in the tree now, as a rehearsal's
        cannot show."""
        if self.verb == "rehearse" or "--sandbox" in self.options:
            return
        items = look(self.root)[0]
        tests = [test for step in self.work.steps for test in step.tests] + self.work.verify
        if all(test.passes(items) for test in tests):
            self.fault(f"asked, though every test passes: {seen.kind}")

    @staticmethod
    def attempts(report):
        return [attempt for part in [*report["steps"], report]
                for attempt in part["repair"]["attempts"]]

    def account(self, report, seen, result):
        """What the run tells of its cost is what the endpoint saw."""
        metered = [one for one in seen if one.is_metered]
        tokens = [sum(one.usage[index] for one in metered) for index in range(3)]
        usd = sum(count * price for count, price in zip(tokens, PRICES)) / 1e6
        # What was read from a cache is a part of the prompt.
        wanted = (len(seen), tokens[0] + tokens[1], *tokens[1:])

        def compare(name, llm):
            found = (llm["requests"], *(llm[key] or 0 for key in (
                "input_tokens", "cached_input_tokens", "output_tokens")))
            if found != wanted or abs((llm["usd"] or 0) - usd) > 1e-6:
                self.fault(f"{name} counts {found}, {llm['usd']} USD; the endpoint saw {wanted}, "
                           f"{usd} USD: {[one.kind for one in seen]}", result)

        compare("the report", report["llm"])
        shown = json.loads(self.run(self.mtor, "show", report["run"], "--root", self.root,
                                    "--format", "json").stdout)
        if "llm" not in shown and not any(
                part["commands"] for part in [*report["steps"], report]) and not seen:
            self.runs.pop()  # nothing ran and nothing changed: no row
            return
        compare("the ledger", shown["llm"])
        for key in ("outcome", "exit", "reason", "steps", "repair", "files"):
            if shown[key] != report[key]:
                self.fault(f"the ledger's {key!r} is not the report's\n  {shown[key]}\n  "
                           f"{report[key]}")
        parts = [attempt["llm"] for attempt in self.attempts(report)]
        for key in ("requests", "input_tokens", "cached_input_tokens", "output_tokens"):
            if sum(part[key] or 0 for part in parts) != (report["llm"][key] or 0):
                self.fault(f"the attempts' {key} do not add up to the run's", result)
        for name in self.models:
            asked = sum(one.model == name for one in seen)
            told = sum(attempt["llm"]["requests"] for attempt in self.attempts(report)
                       if attempt["model"] == name)
            if asked != told:
                self.fault(f"model {name} was asked {asked} times, its attempts say {told}", result)
        if len(seen) > len(metered) and not report["llm"].get("unmetered_requests"):
            self.fault("an unmetered request is not told as such", result)
        for step in report["steps"]:
            spent = any(is_spent(attempt["llm"]) for attempt in step["repair"]["attempts"])
            if step["needed_llm"] != spent:
                self.fault(f"'needed_llm' of {step['id']} is {step['needed_llm']}", result)
        self.budgets(seen, result)
        self.statistics()

    def budgets(self, seen, result):
        """No request is made that might go beyond the budget of the run or of the repair."""
        steps = {step.name: step for step in self.work.steps}
        spent, repairs = 0, {}
        for one in seen:
            if one.command is None:
                self.fault("a request does not say which command failed", result)
            limit = self.work.merged(steps.get(one.step))["tokens"]
            for name, limit, before in (("run", self.limit, spent),
                                        ("repair", limit, repairs.get(one.command, 0))):
                if limit and before + one.cap > limit:
                    self.fault(f"a request beyond the {name}'s limit of {limit}: {before} spent, "
                               f"and {one.cap} of the reply", result)
            tokens = sum(one.usage) if one.is_metered else one.cap
            spent += tokens
            repairs[one.command] = repairs.get(one.command, 0) + tokens

    def statistics(self):
        """The sums of the ledger are those of all runs."""
        stats = json.loads(self.run(self.mtor, "stats", "--format", "json").stdout)["total"]
        for key in ("requests", "input_tokens", "cached_input_tokens", "output_tokens"):
            wanted = sum(report["llm"][key] or 0 for report, _ in self.runs)
            if (stats["llm"][key] or 0) != wanted:
                self.fault(f"stats counts {stats['llm'][key]} {key}, the runs {wanted}")
        if stats["runs"] != len(self.runs):
            self.fault(f"stats counts {stats['runs']} runs of {len(self.runs)}")
        parts = [part for report, _ in self.runs for part in [*report["steps"], report]]
        needed = sum(any(is_spent(attempt["llm"]) for attempt in part["repair"]["attempts"])
                     for part in parts)
        if needed != stats["steps_with_llm"]:
            self.fault(f"stats says that {stats['steps_with_llm']} steps needed a model, the runs "
                       f"{needed}")

    def passes_by_hand(self, test):
        return subprocess.run(["sh", "-ec", test.command()], cwd=self.root, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True).returncode == 0

    def believe(self, report, seen, result):
        """What the run says of steps, files and itself is true of the tree."""
        code, work, now = result.returncode, self.work, look(self.root)[0]
        steps = {step["id"]: step for step in report["steps"]}
        if report["exit"] != code or report["ok"] != (code == 0):
            self.fault("the report's 'exit' or 'ok' is not the exit code", result)
        if (code == 10) != ("--strict" in self.options and report["outcome"] == "repaired"):
            self.fault(f"exit code {code} for {report['outcome']}", result)
        is_green = code in (0, 10)
        red = [name for name, step in steps.items() if step["outcome"] not in SOLVED]
        if is_green and red:
            self.fault(f"exit code {code}, and {red} did not pass", result)
        if not is_green and (self.verb == "rehearse" or "undo" in self.options):
            if self.now() != self.start:
                self.fault("red, and the tree is not as before\n"
                           + difference(self.start, self.now()), result)
            return
        for step in work.steps:
            if is_green or steps[step.name]["outcome"] in SOLVED:
                for test in step.tests:
                    if not self.passes_by_hand(test):
                        self.fault(f"{step.name} is {steps[step.name]['outcome']}, and by hand "
                                   f"fails: {test.command()}", result)
        if is_green:
            for test in work.verify:
                if not self.passes_by_hand(test):
                    self.fault(f"exit code {code}, and verify fails by hand", result)
        self.files(report, steps, now, result)

    def files(self, report, steps, now, result):
        """Every path is as before, as declared, or as a repair that was accepted left it."""
        expected, repaired = dict(self.before), {}
        for part in report["steps"]:
            for file in part["files"]:
                if file["repaired_in"]:
                    repaired[file["path"]] = file
        for step in self.work.steps:
            if steps[step.name]["outcome"] == "skipped":
                continue
            for text, entry in zip(step.texts, step.entries):
                mode = 0o755 if entry.get("executable") else 0o644
                if "move_from" in entry:
                    expected.pop(entry["move_from"], None)
                expected[text.path] = (oct(mode), text.bytes())
        found = keys(now)
        for path in sorted(set(expected) | set(found)):
            if expected.get(path) == found.get(path):
                if path in repaired and path in found:
                    self.fault(f"{path} has the declared bytes, and is told as repaired", result)
                continue
            if path in self.start and found.get(path) == self.start[path] and any(
                    steps[step.name]["outcome"] == "skipped" for step in self.work.steps
                    if path in [text.path for text in step.texts]):
                continue
            owners = [step for step in self.work.steps
                      if steps[step.name]["outcome"] in SOLVED] + [None]
            if path not in repaired:
                self.fault(f"{path} is neither declared nor told as repaired\n"
                           + difference(expected, found), result)
            elif not any(self.work.may_edit(path, step) for step in owners):
                self.fault(f"{path} was repaired, and no scope has it", result)
            elif path not in found or path not in expected and path not in self.before:
                self.fault(f"a repair made or removed {path}", result)
            elif found[path][0] != expected[path][0]:
                self.fault(f"the mode of the repaired {path} is {found[path][0]}", result)
            elif not self.is_proposed(path, found[path][1]):
                self.fault(f"nobody proposed what stands at {path}: {found[path][1]}", result)

    def is_proposed(self, path, data):
        texts = [text for step in self.work.steps for text in step.texts if text.path == path]
        if texts and data == texts[0].bytes([]):
            return True
        plain = data.replace(b"\r\n", b"\n").decode()
        proposals = self.endpoint.proposed.get(path, set())
        if plain in proposals or plain + "\n" in proposals:
            return True
        # What fixers and memory make of a part of the flaws.
        return bool(texts) and data in {texts[0].bytes(texts[0].flaws[at:] or [])
                                        for at in range(len(texts[0].flaws) + 1)} | {
            texts[0].bytes([flaw for flaw in texts[0].flaws if flaw != one])
            for one in texts[0].flaws}

    # The whole course.
    def signature(self):
        """Every file below the root, git's and mtor's too, as it was last written."""
        found = {}
        for base, _, files in os.walk(self.root):
            for name in files:
                path = os.path.join(base, name)
                status = os.lstat(path)
                found[path] = (status.st_ino, status.st_size)
                if "/.git/objects/" not in path:  # git touches those that it has already
                    found[path] += (status.st_mtime_ns, status.st_ctime_ns)
        return found

    def trial(self):
        self.start = self.now()
        result, report, seen = self.apply(self.kinds)
        if report is None:
            return "refused"
        if len(seen) > 40:
            self.fault(f"{len(seen)} requests", result)
        if "--no-repair" in self.options and (seen or self.attempts(report)):
            self.fault("repaired in spite of --no-repair", result)
        self.foretold(result, report, seen)
        after = self.now()
        if result.returncode in (0, 10):
            self.committed(after, result)
            self.again(after, result)
            if not self.work.asks_commit:
                self.back_and_forth(after, report, result)
            return "repaired" if self.attempts(report) else "passed"
        self.later(result)
        return "red"

    def foretold(self, result, report, seen):
        """Where nothing is left to chance, what the contract says of the end and of the requests."""
        foretold = Foretold(self.work, self.kinds, self.options, self.limit, len(self.models))
        if foretold.code is None:
            return
        if result.returncode != foretold.code:
            self.fault(f"ends with {result.returncode}, not {foretold.code}", result)
        elif foretold.requests is not None and len(seen) != foretold.requests:
            self.fault(f"{len(seen)} requests, not {foretold.requests}", result)
        elif report["outcome"] not in foretold.outcomes:
            self.fault(f"the outcome is {report['outcome']}, not one of {foretold.outcomes}", result)

    def committed(self, after, result):
        if not self.is_git:
            return
        if not self.work.asks_commit:
            if self.git_state() != self.index:
                self.fault("git was changed, and no commit was asked for", result)
            return
        for path, (_, data) in after.items():
            shown = subprocess.run(["git", "cat-file", "blob", f"HEAD:{path}"], cwd=self.root,
                                   env=self.environment, capture_output=True)
            if shown.stdout != data:
                self.fault(f"in HEAD {path} is {shown.stdout}, not {data}", result)
        status = self.run("git", "status", "--porcelain").stdout
        if status:
            self.fault(f"after the commit git says {status!r}", result)

    def again(self, after, first):
        """The second time is free."""
        self.start = self.now()
        signature = self.signature()
        result, report, seen = self.apply(["wrong"])
        if seen:
            self.fault(f"the second run asks {len(seen)} times", result)
        if result.returncode != 0:
            self.fault(f"the second run ends with {result.returncode}", result)
        if self.now() != after:
            self.fault("the second run changed the tree\n" + difference(after, self.now()), result)
        elif not self.work.has_run:
            now = self.signature()
            changed = sorted(path for path in set(now) | set(signature)
                             if now.get(path) != signature.get(path))
            if changed:
                self.fault(f"the second run wrote {changed}", result)
        if report and any(step["repair"]["attempts"] for step in [*report["steps"], report]):
            self.fault("the second run repaired", result)

    def back_and_forth(self, after, report, first):
        """Undo brings the tree back, memory repairs it for nothing, an amended manifest too."""
        self.undo(self.before, report["run"] if self.seed % 2 else None)
        self.start = self.now()
        result, third, seen = self.apply(["wrong"])
        if seen:
            self.fault(f"what was repaired before asks {len(seen)} times", result)
        if result.returncode != first.returncode or self.now() != after:
            self.fault(f"apply after undo ends with {result.returncode}\n"
                       + difference(after, self.now()), result)
        elif third:
            self.undo(self.before, None)
            if self.attempts(report) and not self.work.has_run:
                self.amended(after, report["run"])

    def amended(self, after, run):
        """With the repairs written back into the manifest nothing has to be repaired, anywhere."""
        amended = self.place + "/manifests/amended.yaml"
        told = self.run(self.mtor, "amend", run, "-o", amended, "--root", self.root)
        if told.returncode != 0:
            self.fault(f"amend ends with {told.returncode}", told)
            return
        self.root, self.file, self.start = self.place + "/copy", amended, self.before
        self.environment["XDG_STATE_HOME"] = self.place + "/elsewhere"
        self.runs = []
        self.build()
        self.endpoint.kinds, self.endpoint.seen = ["wrong"], []
        result = self.run(self.mtor, "apply", amended, "--root", self.root, "--format", "json")
        if result.returncode != 0 or self.endpoint.seen:
            self.fault(f"the amended manifest ends with {result.returncode} after "
                       f"{len(self.endpoint.seen)} requests", result)
        elif self.now() != after:
            self.fault("the amended manifest gives another tree\n"
                       + difference(after, self.now()), result)
        elif self.attempts(json.loads(result.stdout)):
            self.fault("the amended manifest was repaired", result)

    def undo(self, wanted, run):
        if self.work.has_run:
            # A run that put the declared bytes back for its command is one to undo, too.
            for _ in self.runs:
                last = self.run(self.mtor, "undo", "--root", self.root)
                if last.returncode != 0 or self.now() == wanted:
                    break
            if self.now() != wanted:
                self.fault("after undoing every run the tree is not as it was\n"
                           + difference(wanted, self.now()), last)
            return
        undone = self.run(self.mtor, "undo", "--root", self.root, *([run] if run else []))
        if undone.returncode != 0:
            self.fault(f"undo ends with {undone.returncode}", undone)
        elif self.now() != wanted:
            self.fault("after undo the tree is not as it was\n" + difference(wanted, self.now()),
                       undone)

    def later(self, first):
        """A red run is repaired by a later one, and both are undone."""
        self.start = middle = self.now()
        result, report, _ = self.apply(["right"])
        if report is None:
            return
        if self.work.asks_commit and result.returncode in (0, 10):
            return
        if self.work.has_run:
            self.undo(self.before, None)
            return
        changed = [before != after for before, after in (
            (self.before, middle), (middle, self.now()))]
        if changed[1]:
            self.undo(middle, None)
        if changed[0] and self.now() == middle:
            self.undo(self.before, None)


if __name__ == "__main__":
    sweep(Trial, __doc__, "repaired")
