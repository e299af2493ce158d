#!/usr/bin/env python3
"""Watches mtor on real terminals: tmux of several widths, script(1), a dumb one, bash, zsh and fish.

usage: screens.py MTOR SCRIPTED [PICTURES]
SCRIPTED is Tests/Endpoints/scripted.py. What a screen shows is compared whole; times become N and
the turning sign *. Nothing is waited for by the clock: commands go on when a file is made, and a
screen is looked at until it is as expected, for half a minute at most.
"""
import difflib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

mtor, scripted = (os.path.abspath(path) for path in sys.argv[1:3])
pictures = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
PATIENCE = float(os.environ.get("PATIENCE", 30))  # seconds, for what is a moment on a machine without load
faults = []
base = pathlib.Path(tempfile.mkdtemp(prefix="mtor-screens."))
home = base / "home"
home.mkdir()
environment = {"PATH": f"{os.path.dirname(mtor)}:{os.environ['PATH']}", "HOME": str(home),
               "LANG": "C.UTF-8", "TZ": "UTC", "TMUX_TMPDIR": str(base)}

LIVE = r"""mtor: 1
name: live
setup:
  - echo prepared
steps:
  - id: build
    files: [{path: a.txt, content: "a\n"}]
    tests:
      - name: compile everything
        run: |
          echo compiling src/some/module/with/quite/a/long/path/that/does/not/fit/here.swift
          until test -e go1; do sleep 0.02; done
  - id: check-the-whole-thing
    parallel: true
    tests:
      - {run: "until test -e go2; do sleep 0.02; done", name: unit}
      - {run: "until test -e go2; do sleep 0.02; done", name: whole}
verify:
  - name: all of it
    run: |
      if test ! -e a.txt; then exit 0; fi
      printf 'h\303\266he \346\274\242\345\255\227 \033[31mred\007\n'
      until test -e go3; do sleep 0.02; done
      exit 1
...
"""

REPAIR = r"""mtor: 1
name: leap
env: {PYTHONDONTWRITEBYTECODE: "1"}
steps:
  - id: leap
    files:
      - path: leap.py
        content: |
          def is_leap(year):
              return year % 4 == 0
    tests:
      - name: leap years
        run: |
          python3 -c 'from leap import is_leap as f; assert [f(1900), f(1996), f(2000)] == [0, 1, 1]'
...
"""


def reply(expression, wait):
    return {"text": f"leap.py\n````\ndef is_leap(year):\n    return {expression}\n````\nEND_REPAIR\n",
            "wait_for": wait}


def plain(text):
    """Without what differs from run to run, and without empty lines at the end."""
    text = re.sub(r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]", "*", text)
    text = re.sub(r"\b\d+(\.\d+)?s\b", "Ns", text)
    text = re.sub(r"[\d,]+ tokens \(\$[\d.]+\)", "N tokens", text)
    text = re.sub(r"about \d+ tokens", "about N tokens", text)
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n")


class Terminal:
    """A tmux with one window, in which a command was typed."""

    def __init__(self, name, width, height=18, shell="bash --norc --noprofile", **variables):
        self.name = name
        self.folder = base / name
        self.folder.mkdir()
        (self.folder / "live.yaml").write_text(LIVE)
        (self.folder / "leap.yaml").write_text(REPAIR)
        words = " ".join(f"{key}={shlex.quote(value)}" for key, value in variables.items())
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height),
                  f"env PS1='$ ' {words} {shell}")

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-L", self.name, *arguments], env=environment, check=True,
                              cwd=self.folder, capture_output=True, text=True).stdout

    def type(self, text, *keys):
        self.tmux("send-keys", "-l", text)
        for key in keys:
            self.tmux("send-keys", key)

    def screen(self):
        return plain(self.tmux("capture-pane", "-p"))

    def go(self, name):
        (self.folder / name).touch()

    def expect(self, what, wanted):
        """The whole screen; what it shows half a minute later, where it never is as wanted."""
        wanted = wanted.strip("\n")
        end = time.monotonic() + PATIENCE
        while (seen := self.screen()) != wanted and time.monotonic() < end:
            time.sleep(0.05)
        if pictures:
            (pictures / f"{self.name}-{what}.ansi").write_text(self.tmux("capture-pane", "-pe"))
        if seen != wanted:
            lines = difflib.unified_diff(wanted.split("\n"), seen.split("\n"), "wanted", "seen", "", "", 99)
            faults.append(f"{self.name}, {what}:\n" + "\n".join(lines))

    def expect_line(self, what, pattern):
        """A line of the screen that matches."""
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, seen := self.screen(), re.M) and time.monotonic() < end:
            time.sleep(0.05)
        if not re.search(pattern, seen, re.M):
            faults.append(f"{self.name}, {what}: nothing matches {pattern}:\n{seen}")

    def close(self):
        self.tmux("kill-server")


def typed(terminal, command):
    """A command at the top of an empty screen."""
    terminal.expect_line("the prompt", r"^\$")
    terminal.type("clear; " + command, "Enter")


def eighty():
    terminal = Terminal("eighty", 80)
    typed(terminal, "mtor apply live.yaml")
    terminal.expect("a running test", """
✓       setup  echo prepared  Ns
* 1/2 build  compile everything  Ns  compiling src/some/module/with/quite/a/…""")
    terminal.go("go1")
    terminal.expect("tests side by side", """
✓       setup  echo prepared  Ns
✓      passed  build  1 created · 1 test · Ns
* 2/2 check-the-whole-thing  unit, whole  Ns""")
    terminal.go("go2")
    terminal.expect("verify", r"""
✓       setup  echo prepared  Ns
✓      passed  build  1 created · 1 test · Ns
✓      passed  check-the-whole-thing  2 tests · Ns
* verify  all of it  Ns  höhe 漢字 \u{1B}[31mred\u{7}""")
    terminal.go("go3")
    terminal.expect("the end", r"""
✓       setup  echo prepared  Ns
✓      passed  build  1 created · 1 test · Ns
✓      passed  check-the-whole-thing  2 tests · Ns
✗      verify  all of it  exit code 1 · Ns
  ┌ verify: if test ! -e a.txt; then exit 0; fi …
  │ exit code 1 after Ns, live.yaml:20
  │
  │ höhe 漢字 \u{1B}[31mred\u{7}
  └
─────────────
✗      failed  1 created · 2 steps · Ns · 0 tokens
error: verify failed: all of it: exit code 1 (live.yaml:20); left in the tree;
  mtor undo puts it back; to have this repaired (about N tokens): mtor models
  add openai
$""")
    terminal.close()


def forty():
    terminal = Terminal("forty", 40, 24)
    typed(terminal, "mtor apply live.yaml")
    terminal.expect("a running test", """
✓ setup  echo prepared  Ns
* 1/2 build  compile everything  Ns""")
    terminal.go("go1")
    terminal.go("go2")
    terminal.expect("verify", r"""
✓ setup  echo prepared  Ns
✓ passed  build  1 created · 1 test
  Ns
✓ passed  check-the-whole-thing  2 tests
  Ns
* verify  all of it  Ns  höhe 漢字 \…""")
    terminal.go("go3")
    terminal.expect("the end", r"""
✓ setup  echo prepared  Ns
✓ passed  build  1 created · 1 test
  Ns
✓ passed  check-the-whole-thing  2 tests
  Ns
✗ verify  all of it  exit code 1 · Ns
  ┌ verify: if test ! -e a.txt; then ex…
  │ exit code 1 after Ns
  │ live.yaml:20
  │
  │ höhe 漢字 \u{1B}[31mred\u{7}
  └
─────────────
✗ failed  1 created · 2 steps · Ns
  0 tokens
error: verify failed: all of it: exit
  code 1 (live.yaml:20); left in the
  tree; mtor undo puts it back; to have
  this repaired (about N tokens): mtor
  models add openai
$""")
    terminal.close()


def resized():
    """Narrower and wider in the middle of a run: one live line stays, and it fits."""
    terminal = Terminal("resized", 80)
    typed(terminal, "mtor apply live.yaml --only build")
    terminal.expect_line("a running test", r"^\* build  compile everything  Ns  compiling")
    for width, wanted in [
            (40, "* build  compile everything  Ns"),
            (100, "* build  compile everything  Ns  compiling src/some/module/with/quite/a/long/path/that/does/not/…"),
            (24, "* build  compile…  Ns"),
            (80, "* build  compile everything  Ns  compiling src/some/module/with/quite/a/long…")]:
        terminal.tmux("resize-window", "-x", str(width))
        end = time.monotonic() + PATIENCE
        while True:
            shown = [line for line in terminal.screen().split("\n")
                     if re.search(r"[*/]|compil", line)]
            if shown == [wanted]:
                break
            if time.monotonic() > end:
                faults.append(f"resized to {width}: {shown}")
                break
            time.sleep(0.05)
    terminal.go("go1")
    # What stood above has gone into tmux's history when the window became narrow.
    terminal.expect("the end", """
✓      passed  build  1 created · 1 test · Ns
─────────────
✓      passed  1 created · 1 step · Ns · 0 tokens
$""")
    terminal.close()


def rounds():
    """A repair shows each round when it has ended, and the running one."""
    terminal = Terminal("rounds", 80, 20)
    answers = [reply("year % 5 == 0", "go1"), reply("year % 4 == 0 and year % 100 != 0", "go2"),
               reply("year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)", "go3")]
    (terminal.folder / "replies.json").write_text(json.dumps(answers))
    typed(terminal, f"python3 {shlex.quote(scripted)} replies.json log mtor apply leap.yaml"
          " --config config.yaml")
    terminal.expect("the first round", "* leap  repair 1 by scripted  Ns")
    terminal.go("go1")
    terminal.expect("the second round", """
-       model  scripted  attempt 1 · not fixed · AssertionError
               N tokens · Ns
* leap  repair 2 by scripted  Ns""")
    terminal.go("go2")
    terminal.expect_line("the third round", r"^\* leap  repair 3 by scripted  Ns")
    terminal.go("go3")
    terminal.expect("the end", """
-       model  scripted  attempt 1 · not fixed · AssertionError
               N tokens · Ns
-       model  scripted  attempt 2 · stalled · S7 · AssertionError
               N tokens · Ns
↻       model  scripted  attempt 3 · fixed · N tokens · Ns
note: count: unknown; no known test runner says how many tests ran
↻    repaired  leap  1 created, 1 edited · 1 test
               by scripted in 3 attempts, N tokens · Ns
─────────────
↻    repaired  1 created, 1 edited · 1 step (1 repaired) · Ns
               N tokens
$""")
    terminal.close()


def scriptlike(name, **variables):
    """What a whole run writes to the terminal that script(1) makes, byte for byte."""
    folder = base / name
    folder.mkdir()
    (folder / "live.yaml").write_text(LIVE)
    with subprocess.Popen(["script", "-qfec", "mtor apply live.yaml", "typescript"], cwd=folder,
                          env={**environment, **variables}, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as process:
        typescript = folder / "typescript"
        end = time.monotonic() + PATIENCE
        # With a live line until it has been drawn; without one there is nothing to wait for.
        while variables["TERM"] not in ["", "dumb"] and time.monotonic() < end:
            if typescript.exists() and b"compile everything" in typescript.read_bytes():
                break
            time.sleep(0.05)
        for file in ["go1", "go2", "go3"]:
            (folder / file).touch()
        process.wait()
    text = typescript.read_bytes().decode()
    return "\n".join(line for line in text.split("\n") if not line.startswith("Script "))


def quiet_terminals():
    colours = r"\x1b\[[0-9;]*m"
    text = scriptlike("script", TERM="xterm-256color")
    if not re.search(colours, text) or "\x1b[K" not in text:
        faults.append(f"script: no colours or no live line: {text!r}")
    shown = re.sub(r"\x1b\[[0-9;]*[mK]", "", text)
    if "\n✗      failed  1 created · 2 steps · " not in shown:
        faults.append(f"script: no summary: {text!r}")
    text = scriptlike("no-color", TERM="xterm-256color", NO_COLOR="1")
    if re.search(colours, text) or "\x1b[K" not in text:
        faults.append(f"NO_COLOR: colours, or no live line: {text!r}")
    for name, term in [("dumb", "dumb"), ("empty", "")]:
        text = scriptlike(name, TERM=term)
        if "\x1b" in text or re.search(r"\r(?!\n)", text) or "compile everything" in text:
            faults.append(f"TERM={term}: not plain lines: {text!r}")


def completes(name, shell, setup):
    """A person types the beginning of a word and the tabulator."""
    terminal = Terminal(name, 100, shell=shell)
    (terminal.folder / "plans").mkdir()
    terminal.expect_line("the prompt", r"[$>#%]")
    for line in setup:
        terminal.type(line, "Enter")
    terminal.type("echo re''ady", "Enter")
    terminal.expect_line("the shell", r"^ready")
    for begun, whole in [("mtor app", "mtor apply "), ("mtor apply --on-f", "mtor apply --on-failure"),
                         ("mtor apply --on-failure u", "mtor apply --on-failure undo"),
                         ("mtor schema man", "mtor schema manifest"), ("mtor apply liv", "mtor apply live.yaml"),
                         ("mtor -C plans che", "mtor -C plans check"),
                         ("mtor plan -C pla", "mtor plan -C plans/")]:
        terminal.type("clear", "Enter")
        terminal.expect_line("an empty screen", r"\A[^\n]*$")
        terminal.type(begun, "Tab")
        terminal.expect_line(f"'{begun}' and a tabulator", re.escape(whole.rstrip()))
        terminal.tmux("send-keys", "C-u")
    terminal.close()


def shells():
    for shell in ["bash", "zsh", "fish"]:
        text = subprocess.run([mtor, "completions", shell], capture_output=True, text=True).stdout
        (home / f"mtor.{shell}").write_text(text)
    (home / "functions").mkdir()
    shutil.copy(home / "mtor.zsh", home / "functions" / "_mtor")
    completes("bash", "bash --norc --noprofile", [". ~/mtor.bash"])
    completes("zsh", "zsh -f", ["PS1='$ '; fpath=(~/functions $fpath); autoload -U compinit; compinit -u -D"])
    completes("fish", "fish --no-config", ["function fish_prompt; echo '> '; end",
                                           "source ~/mtor.fish"])


try:
    wanted = [eighty, forty, resized, rounds, quiet_terminals, shells]
    for check in wanted:
        check()
finally:
    for server in base.glob("tmux-*/*"):
        subprocess.run(["tmux", "-S", str(server), "kill-server"], capture_output=True)
    shutil.rmtree(base, ignore_errors=True)
for fault in faults:
    print(fault)
if faults:
    sys.exit(1)
print("live lines, rounds, resizing, script, a dumb terminal and three shells are as they shall be",
      file=sys.stderr)
