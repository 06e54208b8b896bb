"""Prints as JSON what a compose file publishes, runs and asks of its environment. Usage: compose.py FILE

{"services": {NAME: {"profiles": [...], "image": "...", "ports": [...], "variables": [...]}}, "required": [...], "optional": [...]}
"""

import json
import re
import sys
from pathlib import Path

import yaml

text = Path(sys.argv[1]).read_text()
compose = yaml.safe_load(text)
VARIABLE = re.compile(r"\$\{([A-Z_]+)(:[?-])?")


def variables(value):
    return sorted({name for name, _ in VARIABLE.findall(json.dumps(value))})


required = {name for name, mark in VARIABLE.findall(text) if mark == ":?"}
named = {name for name, _ in VARIABLE.findall(text)} | {
    secret["environment"] for secret in compose.get("secrets", {}).values() if "environment" in secret}
services = {
    name: {
        "profiles": service.get("profiles", []),
        "image": service["image"],
        "ports": service.get("ports", []),
        "variables": variables(service),
    }
    for name, service in compose["services"].items()
}
print(json.dumps({"services": services, "required": sorted(required), "optional": sorted(named - required)}))
