#!/usr/bin/env python3
"""Prints what plan.rego denies of the plan on standard input, as JSON. Usage: rego.py POLICY

regopy runs rego-cpp, an engine of its own; conftest has OPA's.
"""

import json
import sys

import regopy

engine = regopy.Interpreter()
engine.add_module("plan", open(sys.argv[1]).read())
engine.set_input(json.load(sys.stdin))
found = json.loads(str(engine.query("x := data.main.deny; y := data.main.warn")))["bindings"]
print(json.dumps({"deny": sorted(found["x"]), "warn": sorted(found["y"])}))
