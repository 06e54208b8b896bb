"""The servers to measure against, and what they say they were asked."""

import collections
import json
import os
import re
import subprocess
import time
import urllib.request

KEY = "sk-sandbox"


class Server:
    """One that is up: where it is, and where it writes a line for each request."""

    def __init__(self, url, key, log):
        self.url, self.key, self.log = url, key, log
        clean = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith(("LITELLM_", "BURSAR_"))}
        self.environment = clean | {"LITELLM_URL": url, "LITELLM_MASTER_KEY": key, "no_proxy": "127.0.0.1"}

    def behind(self, url):
        """For a bursar that reaches it at another URL."""
        return self.environment | {"LITELLM_URL": url}

    def call(self, path, body):
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def asked(self, act):
        """Runs `act` and counts the requests that the log shows for it, by method and path."""
        before = self.log.stat().st_size
        act()
        self.settle()
        with open(self.log, "rb") as file:
            file.seek(before)
            text = file.read().decode()
        return collections.Counter(re.findall(r'(?m)"?\b(GET|POST|PATCH|PUT|DELETE) (/[^\s?]*)', text))

    def keys(self):
        """The hash of every key by its alias."""
        found, page = {}, 1
        while True:
            target = f"{self.url}/key/list?page={page}&size=100&sort_by=token&sort_order=asc&return_full_object=true"
            request = urllib.request.Request(target, headers={"Authorization": f"Bearer {self.key}"})
            with urllib.request.urlopen(request) as answer:
                rows = json.load(answer)["keys"]
            if not rows:
                return found
            found |= {row["key_alias"]: row["token"] for row in rows}
            page += 1

    def settle(self):
        """Until the log has stopped growing: a server may write a line after its answer."""
        size = -1
        while size != (size := self.log.stat().st_size):
            time.sleep(0.2)


class Sandbox(Server):
    """The stand-in, while the block runs."""

    def __init__(self, binary, folder):
        ready = folder / "sandbox.url"
        log = folder / "sandbox.log"
        self.process = subprocess.Popen(
            [binary, "sandbox", "--port", "0", "--master-key", KEY, "--ready-file", ready, "--log"], stderr=open(log, "w"))
        while not ready.exists():
            if self.process.poll() is not None:
                raise SystemExit(f"the sandbox ended: {log.read_text()}")
            time.sleep(0.05)
        super().__init__(ready.read_text().strip(), KEY, log)

    def __enter__(self):
        return self

    def __exit__(self, *arguments):
        self.process.terminate()
        self.process.wait()
