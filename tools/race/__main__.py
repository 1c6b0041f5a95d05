"""`make race URL=… KEY=…`: fire at a deployment. TRIES= and THREADS= say how hard.

Progress and findings go to stderr; the last line of stdout is `requests N, successes N, over-spend
N`. Exit status: 0 all is well, 1 something is wrong, 2 there was no race.
"""

import json
import os
import sys
from pathlib import Path

from local.demo_tenants import DEMO_TENANTS
from tools.race.deployment import CannotRun, Deployment
from tools.race.race import run

_STACK = Path.cwd() / ".local" / "stack.json"
_MOST_THREADS = 500


def main() -> int:
    try:
        tries, threads = _number("TRIES", 90), _number("THREADS", 32)
        result = run(_deployment(), tries, min(threads, 2 * tries), _say)
    except CannotRun as reason:
        _say(f"race: {reason}")
        return 2
    for finding in result.findings:
        _say(f"WRONG: {finding}")
    print(
        f"requests {result.requests}, successes {result.successes}, over-spend {result.overspend}"
    )
    return 1 if result.findings or result.overspend else 0


def _deployment() -> Deployment:
    """What URL and KEY say, or the local stack that runs here."""
    url, key = os.environ.get("URL"), os.environ.get("KEY")
    if not url and _STACK.exists():
        stack = json.loads(_STACK.read_text())
        keeps_points = next(one.tenant_id for one in DEMO_TENANTS if one.programme() is not None)
        url, key = stack["api"], key or stack["tenants"][keeps_points]["key"]
    if not url or not key:
        raise CannotRun(
            "give URL= and KEY= (scopes earn, lookup and redeem), or start make run first"
        )
    if not url.startswith(("http://", "https://")):
        raise CannotRun(f"URL={url} is no URL: write https://… up to the stage, without /v1")
    return Deployment(url.rstrip("/"), key)


def _number(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or not 3 <= int(text) <= _MOST_THREADS:
        raise CannotRun(f"{name}={text} is no number from 3 to {_MOST_THREADS}")
    return int(text)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
