"""The gateway's webhook under load: LiteLLM's callbacks in batches, a fifth of them sent before, in random order."""

import contextlib
import copy
import json
import os
import random
import sqlite3
import subprocess
import time
from decimal import Decimal
from pathlib import Path

BATCH = 100
TOKEN = "bench-0123456789-abcdef"
FILE = """\
apiVersion: bursar/v1
kind: Gateway
metadata: {name: bench}
spec:
  listen: 127.0.0.1:0
  litellm: {url: "http://127.0.0.1:1"}
  tokens: {issuer: "http://127.0.0.1", audience: none, jwksURL: "http://127.0.0.1:1/certs"}
  webhook: {tokenFile: ./webhook.token}
"""
COLUMNS = "call, at, workspace, model, input, output, total, cost_micros, cost_rest, units_micros, units_rest, received_at"


class Deliveries:
    """`count` payloads as LiteLLM sends them (its own sample, with other numbers)."""

    def __init__(self, count):
        chance = random.Random(4711)
        sample = json.loads((Path(__file__).parent.parent / "LiteLLM/samples/callback.json").read_text())[0]
        self.calls = {
            f"call-{number}": (f"team-{chance.randrange(50)}", chance.randrange(1, 5_000), chance.randrange(1, 2_000), f"0.{chance.randrange(1, 10**12):012}")
            for number in range(count * 4 // 5)
        }
        order = list(self.calls) + chance.choices(list(self.calls), k=count - len(self.calls))
        chance.shuffle(order)
        self.batches = [
            json.dumps([self.payload(sample, call) for call in order[start : start + BATCH]], separators=(",", ":")) for start in range(0, count, BATCH)
        ]
        self.order = order

    def payload(self, sample, call):
        team, prompt, answer, cost = self.calls[call]
        payload = copy.copy(sample)
        payload |= {"litellm_call_id": call, "prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer}
        payload["response_cost"] = float(cost)
        payload["metadata"] = sample["metadata"] | {"user_api_key_team_id": team}
        return payload

    def sums(self):
        """What must stand in the database: completions, input, output, cost in pico-dollars, by team."""
        sums = {}
        for team, prompt, answer, cost in self.calls.values():
            one = sums.setdefault(team, [0, 0, 0, 0])
            for place, value in enumerate((1, prompt, answer, int(Decimal(cost) * 10**12))):
                one[place] += value
        return {team: tuple(one) for team, one in sums.items()}


@contextlib.contextmanager
def gateway(binary, folder):
    """The built gateway with a database of its own, while the block runs: its webhook's URL, and the process."""
    folder.mkdir()
    (folder / "gateway.yaml").write_text(FILE)
    (folder / "webhook.token").write_text(TOKEN)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LITELLM_", "BURSAR_"))}
    environment |= {"BURSAR_SEALING_KEY": "A" * 43 + "=", "LITELLM_MASTER_KEY": "sk-none"}
    with open(folder / "log", "w") as log:
        process = subprocess.Popen([binary, "gateway", "--ready-file", "ready"], cwd=folder, env=environment, stderr=log)
    try:
        while not (folder / "ready").exists():
            if process.poll() is not None:
                raise SystemExit(f"the gateway ended: {(folder / 'log').read_text()}")
            time.sleep(0.05)
        yield f"{(folder / 'ready').read_text().strip()}/webhooks/litellm/{TOKEN}", process
    finally:
        process.terminate()
        process.wait()


def recorded(database):
    """As `Deliveries.sums` tells it."""
    with contextlib.closing(sqlite3.connect(database)) as file:
        rows = file.execute("SELECT workspace, count(*), sum(input), sum(output), sum(cost_micros), sum(cost_rest) FROM completion GROUP BY workspace")
        return {team: (count, given, got, micros * 10**6 + rest) for team, count, given, got, micros, rest in rows}


def bare(database, order, folder):
    """An empty database with the gateway's table, and the rows in the order they were sent."""
    folder.mkdir()
    with contextlib.closing(sqlite3.connect(database)) as file:
        rows = {row[0]: row for row in file.execute(f"SELECT {COLUMNS} FROM completion")}
        schema = [sql for (sql,) in file.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'completion' AND sql IS NOT NULL ORDER BY type DESC")]
    with contextlib.closing(sqlite3.connect(folder / "bare.sqlite")) as file:
        file.execute("PRAGMA journal_mode = WAL")
        for sql in schema:
            file.execute(sql)
    lines = folder / "rows.txt"
    with open(lines, "w") as out:
        for call in order:
            out.write("\t".join(map(str, rows[call])) + "\n")
    return folder / "bare.sqlite", lines
