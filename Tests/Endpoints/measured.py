#!/usr/bin/env python3
"""Runs a command and writes how it ended and its peak of memory: the largest process, in MB.

usage: measured.py FILE COMMAND…
"""
import resource
import subprocess
import sys

result, *command = sys.argv[1:]
code = subprocess.run(command, check=False).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
with open(result, "w", encoding="utf-8") as out:
    out.write(f"exit {code} peak {peak}\n")
