"""What the trials of oracle.py and repairs.py share: a folder of their own, and the sweep of seeds."""
import json
import os
import random
import shutil
import stat
import subprocess
import sys
import tempfile

from oracle_model import UMASK, Item


def look(root):
    """Every file and link below the root, but for git's and mtor's own; and the empty folders."""
    found, empty = {}, set()
    for base, folders, files in os.walk(root):
        if base == root:
            folders[:] = [name for name in folders if name not in (".git", ".mtor")]
        for name in files + folders:
            path = os.path.join(base, name)
            key = os.path.relpath(path, root)
            if os.path.islink(path):
                found[key] = Item(link=os.readlink(path))
            elif os.path.isdir(path):
                if not os.listdir(path):
                    empty.add(key)
            else:
                with open(path, "rb") as file:
                    found[key] = Item(file.read(), stat.S_IMODE(os.stat(path).st_mode))
    return found, empty


def keys(items):
    return {path: item.key() for path, item in items.items()}


def difference(expected, found):
    rows = [f"    {path}:\n      expected {expected.get(path)}\n      found    {found.get(path)}"
            for path in sorted(set(expected) | set(found)) if expected.get(path) != found.get(path)]
    return "\n".join(rows)


def told_by(result):
    """The reasons in what mtor said, in short."""
    try:
        report = json.loads(result.stdout)
    except ValueError:
        return (result.stdout + result.stderr)[-1500:]
    rows = report.get("notices") or report.get("conflicts") or report.get("diagnostics") or [
        report.get("error") or report.get("reason")]
    return "\n  ".join(json.dumps(row, ensure_ascii=False) for row in rows)


class Place:
    """A folder with a tree, in a git repository two times of three, where mtor is alone."""

    def __init__(self, mtor, place, seed):
        self.mtor, self.place, self.root, self.seed = mtor, place, place + "/tree", seed
        self.chance = random.Random(seed)
        self.is_git = seed % 3 != 0
        self.faults = []
        self.environment = dict(
            os.environ, HOME=place, XDG_STATE_HOME=place + "/state", NO_COLOR="1",
            XDG_CONFIG_HOME=place + "/config", GIT_CONFIG_GLOBAL="/dev/null", LC_ALL="C.UTF-8",
            GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@b", GIT_COMMITTER_NAME="a",
            GIT_COMMITTER_EMAIL="a@b")

    @staticmethod
    def write(path, item):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if item.link is not None:
            os.symlink(item.link, path)
            return
        with open(path, "wb") as file:
            file.write(item.data)
        os.chmod(path, item.mode)

    def run(self, *arguments):
        return subprocess.run(
            arguments, cwd=self.root, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")

    def fault(self, message, result=None):
        self.faults.append(message + (f"\n  {told_by(result)}" if result else ""))

    def now(self):
        return keys(look(self.root)[0])

    def git_state(self):
        if not self.is_git:
            return None
        return (self.run("git", "ls-files", "-s").stdout,
                self.run("git", "rev-parse", "HEAD").stdout)

    def told(self):
        """What this trial was, for a person who repeats it."""
        return f"seed {self.seed}, {'in git' if self.is_git else 'outside git'}"

    def close(self):
        """Ends what the trial has started."""


def sweep(kind, usage, needed):
    """Makes the trials that the arguments name; one at least must come to what is needed."""
    if len(sys.argv) < 4:
        sys.exit(usage)
    mtor, first, last = os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    os.umask(UMASK)
    counts, faults = {}, 0
    for seed in range(first, last):
        place = tempfile.mkdtemp(prefix="mtor-oracle-")
        try:
            trial = kind(mtor, place, seed)
            try:
                ending = trial.trial()
            finally:
                trial.close()
        finally:
            if "--keep" not in sys.argv:
                shutil.rmtree(place, ignore_errors=True)
        counts[ending] = counts.get(ending, 0) + 1
        if trial.faults:
            faults += 1
            print(trial.told(), *trial.faults, trial.text, sep="\n", flush=True)
        elif "--verbose" in sys.argv:
            print(f"seed {seed}: {ending}", flush=True)
    told = ", ".join(f"{number} {ending}" for ending, number in sorted(counts.items()))
    print(f"oracle: {last - first} manifests, {told}, {faults} faults")
    if faults or not counts.get(needed):
        sys.exit(1)
