"""The requests of a run of bursar, taken on their way to the server, to be made again by the bare loop."""

import hashlib
import http.client
import json
import re
import secrets
import threading
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    bearer: str
    body: str

    def line(self, url):
        return "\t".join((self.method, url + self.target, self.bearer, self.body)) + "\n"


class Listener(ThreadingHTTPServer):
    request_queue_size = 128


class Recorder:
    """Stands between bursar and the server at `url`. `requests` are in the order in which they came."""

    def __init__(self, url):
        self.requests = []
        server, requests = urlsplit(url).netloc, self.requests

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                bearer = (self.headers.get("Authorization") or "Bearer -").removeprefix("Bearer ")
                requests.append(Request(self.command, self.path, bearer, body.decode() or "-"))
                connection = http.client.HTTPConnection(server)
                kept = {name: value for name, value in self.headers.items() if name in ("Authorization", "Content-Type", "Accept")}
                connection.request(self.command, self.path, body or None, kept)
                answer = connection.getresponse()
                data = answer.read()
                connection.close()
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.getheader("Content-Type") or "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = do_DELETE = forward

            def log_message(self, *arguments):
                pass

        self.server = Listener(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *arguments):
        self.server.shutdown()
        self.server.server_close()


class Recording:
    """A recorded apply of workspaces whose ids begin with `tag`: what is read before, a chain of requests a workspace, what is
    read back. A tag of a letter or two turns up in keys, too."""

    def __init__(self, requests, tag):
        self.tag = tag
        self.keys = {}  # value → workspace
        pattern = re.compile(rf"{tag}-\d+")
        owners = []
        for request in requests:
            found = pattern.search(request.target) or pattern.search(request.body)
            if request.target == "/key/generate":
                self.keys[json.loads(request.body)["key"]] = found[0]
            owners.append(found[0] if found else self.keys.get(request.bearer))
        first = next(index for index, owner in enumerate(owners) if owner)
        last = max(index for index, owner in enumerate(owners) if owner)
        self.before, self.after = requests[:first], requests[last + 1:]
        self.chains = {}
        for owner, request in list(zip(owners, requests))[first:last + 1]:
            if owner is None:
                raise ValueError(f"{request.method} {request.target} belongs to no workspace")
            self.chains.setdefault(owner, []).append(request)

    def script(self, url, tag, hashes=None):
        """For the bare loop, with ids that begin with `tag`, with new keys, and with the `hashes` that stand in another world for
        those of this one."""
        fresh = dict(hashes or {})
        for value in self.keys:
            new = "sk-" + secrets.token_urlsafe(32)
            fresh[value] = new
            fresh[hashlib.sha256(value.encode()).hexdigest()] = hashlib.sha256(new.encode()).hexdigest()
        old = re.compile("|".join(map(re.escape, [*fresh, f"{self.tag}-"])))
        swap = lambda text: old.sub(lambda found: fresh.get(found[0], f"{tag}-"), text)
        lines = lambda requests: "".join(
            replace(each, target=swap(each.target), bearer=swap(each.bearer), body=swap(each.body)).line(url) for each in requests)
        return "---\n".join((lines(self.before), "\n".join(map(lines, self.chains.values())), lines(self.after)))
