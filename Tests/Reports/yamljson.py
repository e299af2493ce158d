#!/usr/bin/env python3
"""Prints a file of YAML as JSON, for a validator of schemas.

usage: yamljson.py FILE
"""
import json
import sys

import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    print(json.dumps(yaml.safe_load(file), default=str))
