#!/usr/bin/env python3
"""The next runs of cron schedules by croniter, for the law that holds bursar's CronSchedule to them.

JSON lines in, JSON lines out, one process for all:
{"zone", "from", "to"}              -> {"changes": [[instant, offset], ...]}, the first at `from`, as this database has them
{"cron", "zone", "after", "count"}  -> {"runs": [instant, ...]} or {"error"}
Instants are seconds since 1970, offsets seconds east of UTC.
"""

import json
import sys
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from croniter import croniter

zone = cache(ZoneInfo)


def offset(name, instant):
    return int(datetime.fromtimestamp(instant, zone(name)).utcoffset().total_seconds())


def changes(name, start, end, step=86400):
    found = [[start, offset(name, start)]]
    at = start
    while at < end:
        low, high = at, min(end, at + step)
        if offset(name, high) != found[-1][1]:
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(name, middle) == found[-1][1] else (low, middle)
            found.append([high, offset(name, high)])
        at = high
    return found


def runs(cron, name, after, count):
    # Vixie cron's way with days: in both fields where one begins with a star.
    dates = croniter(cron, datetime.fromtimestamp(after, zone(name)), ret_type=datetime, implement_cron_bug=True)
    return [int(dates.get_next().timestamp()) for _ in range(count)]


for line in sys.stdin:
    case = json.loads(line)
    if "cron" in case:
        try:
            answer = {"runs": runs(case["cron"], case["zone"], case["after"], case["count"])}
        except Exception as error:  # whatever it is, the test says for which case
            answer = {"error": f"{type(error).__name__}: {error}"}
    else:
        answer = {"changes": changes(case["zone"], case["from"], case["to"])}
    print(json.dumps(answer))
