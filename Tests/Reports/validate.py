#!/usr/bin/env python3
"""Checks JSON files against a schema, formats included.

usage: validate.py SCHEMA FILE...
"""
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
kind = jsonschema.validators.validator_for(schema)
for name in sys.argv[2:]:
    with open(name, encoding="utf-8") as file:
        document = json.load(file)
    faults = list(kind(schema, format_checker=kind.FORMAT_CHECKER).iter_errors(document))
    for fault in faults:
        print(f"{name}: {'/'.join(map(str, fault.absolute_path))}: {fault.message}")
    if faults:
        sys.exit(1)
