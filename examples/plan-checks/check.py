#!/usr/bin/env python3
"""The rules of plan.rego for a CI machine that has only Python: what a plan may do without a second pair of eyes.

Usage: bursar plan --prune --output json | check.py   Prints what is denied and exits 1, else prints what is worth a look and exits 0.
"""

import json
import sys
from decimal import Decimal

RAISE = Decimal(100)  # US dollars in 30 days by which the caps may rise in sum


def denials(plan):
    if plan["errors"]:
        yield "the plan has errors"
    for breach in plan["limits"]:
        yield f"apply would refuse it: limit {breach['limit']}, {breach['count']}"
    money = plan["money"]
    rise = Decimal(money["after_30d"]) - Decimal(money["before_30d"])
    if rise > RAISE:
        yield f"the caps rise by {rise} in 30 days, at most {RAISE}"
    if money["unlimited_after"] > money["unlimited_before"]:
        yield "a workspace loses its cap"
    for change in plan["changes"]:
        is_prune = change["cause"] == "prune" and change["action"] == "suspend"
        if is_prune and change["address"].startswith("workspace/prod-"):
            yield f"{change['address']} left the source: production is not pruned"


plan = json.load(sys.stdin)
if not plan["format_version"].startswith("1."):
    sys.exit(f"a plan of format {plan['format_version']}, and these rules know 1")
for change in plan["drift"]:
    print(f"warning: {change['address']} was changed outside git: {change['reason']}")
denied = sorted(set(denials(plan)))
for message in denied:
    print(f"denied: {message}")
sys.exit(1 if denied else 0)
