"""A worker of the workspace `search`: calls a model through LiteLLM, with the key that bursar publishes, until it is ended.

It reads the key again for every request, so that a rotation needs no restart: the old key works until its overlap ends, and long before
that this worker has the new one. Environment: LITELLM_URL, LITELLM_API_KEY_FILE, MODEL (gf-chat-default), INTERVAL in seconds (1).
"""

import hashlib
import logging
import os
import signal
import sys
import time
from pathlib import Path

from openai import AuthenticationError, OpenAI, OpenAIError

log = logging.getLogger("app")


class PublishedKey:
    """The file of bursar's directory store. It is whole at any moment: a new value takes the old one's place at once."""

    def __init__(self, path: Path):
        self.path = path

    def __call__(self) -> str:
        return self.path.read_text().strip()

    def fingerprint(self) -> str:
        """What bursar's marker says of it, too: a log may name the key so."""
        return hashlib.sha256(self().encode()).hexdigest()[:16]


def ask(client: OpenAI, key: PublishedKey, model: str, prompt: str) -> str | None:
    tried = key()
    try:
        answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": prompt}])
    except AuthenticationError:
        # Between the reading and the call: only where a key was revoked without an overlap.
        if key() == tried:
            raise
        answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": prompt}])
    return answer.choices[0].message.content


def main() -> None:
    # As the first process of a container it would not end at this signal by itself.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    log.setLevel(logging.INFO)
    key = PublishedKey(Path(os.environ["LITELLM_API_KEY_FILE"]))
    # The SDK asks `key` before each request, and repeats what meets 429, 5xx or a broken connection.
    client = OpenAI(base_url=os.environ["LITELLM_URL"].rstrip("/") + "/v1", api_key=key, max_retries=5)
    model, interval = os.environ.get("MODEL", "gf-chat-default"), float(os.environ.get("INTERVAL", "1"))
    while True:
        fingerprint = key.fingerprint()
        try:
            log.info("key %s: %s", fingerprint, ask(client, key, model, "Say hello."))
        except OpenAIError as error:
            log.error("key %s: %s", fingerprint, type(error).__name__)
        time.sleep(interval)


if __name__ == "__main__":
    main()
