"""Two programs measured in turn, and compared."""

import os
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Run:
    seconds: float
    megabytes: float


def run(command, feed=os.devnull, environment=None):
    """One run to its end, in seconds and in megabytes at its peak. Whatever fails ends the measuring."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdin=open(feed), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, text=True)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} exited with {process.returncode}\n{errors}")
    return Run(seconds, usage.ru_maxrss / 1024)


def peak(pid):
    """Of a process that runs, in megabytes."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


class Verdict:
    """What was over its bound."""

    def __init__(self):
        self.over = False

    def hold(self, good, text):
        self.over |= not good
        print(f"{'ok  ' if good else 'OVER'}  {text}", flush=True)

    def compare(self, name, ours, bare, bound, runs, megabytes=None):
        """`ours` and `bare` measure one run each. They take turns, and the ratio is the median of those of the pairs, since a busy
        machine slows both of a pair."""
        ours(), bare()  # warms caches
        pairs = [(ours(), bare()) if turn % 2 else tuple(reversed((bare(), ours()))) for turn in range(runs)]
        mine, base = (statistics.median(pair[side].seconds for pair in pairs) for side in (0, 1))
        ratios = sorted(pair[0].seconds / pair[1].seconds for pair in pairs)
        peak = max(pair[0].megabytes for pair in pairs)
        ratio = statistics.median(ratios)
        memory = f", {peak:.0f} MB" + (f" (at most {megabytes})" if megabytes else "")
        self.hold(
            ratio <= bound and (megabytes is None or peak <= megabytes),
            f"{name}: {mine * 1000:.1f} ms against {base * 1000:.1f} ms, ratio {ratio:.2f} (at most {bound}; "
            f"{ratios[0]:.2f} to {ratios[-1]:.2f} in {runs} pairs){memory}")
