"""Many tills of several merchants at the local stack: `make load`. First all is quiet; then one
merchant's system is slow, one's does not answer, and one's tills flood. What the others see of it
stands beside the quiet.

It starts a stack of its own, and is bounded: `DURATION_S=` for each part, a fixed number
of tills. All of it shares one machine, Lambdas included, where AWS would not: it is an upper bound.
"""

import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from local.errors import LocalStackError
from local.stack import LocalStack, running_stack

_PATIENCE_S = 15
_MOST_SECONDS = 120
_WARM_WITHIN_S = 120
_FOUND = "jane"


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant's tills, each of which asks, waits for the answer, and pauses. `fault` is what its
    system does in the second part, when there are `tills_then` of them."""

    tenant_id: str
    system: str
    role: str
    tills: int = 3
    pause_s: float = 0.5
    tills_then: int | None = None
    pause_then_s: float | None = None
    fault: Mapping[str, object] | None = None


SHOPS = (
    Shop("fjord-outdoor", "kaching", "well"),
    Shop("bryghus-nord", "businesscentral", "well"),
    Shop("lumen-living", "hubspot", "slow: 1.5 s", fault={"fault": "slow", "seconds": 1.5}),
    Shop("vinter-mode", "shopify", "dead: no answer", fault={"fault": "slow", "seconds": 60}),
    Shop("kaffe-huset", "odoo", "flooding", tills_then=8, pause_then_s=0.05),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one till saw: how long each answer took, and its status; 0 is none."""

    seconds: float
    status: int


def main() -> int:
    """1 when a merchant who is well did not get every answer."""
    seconds = int(os.environ.get("DURATION_S") or 20)
    if not 5 <= seconds <= _MOST_SECONDS:
        print(f"DURATION_S={seconds} is no number from 5 to {_MOST_SECONDS}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, running_stack(0, "", Path(folder)) as stack:
        _warm_up(stack)
        quiet = _driven(stack, seconds, is_loaded=False)
        with _ill(stack):
            loaded = _driven(stack, seconds, is_loaded=True)
    print("\n".join(_table(quiet, loaded)))
    well = [seen for shop in SHOPS if shop.role == "well" for seen in loaded[shop.tenant_id]]
    return 0 if all(one.status == 200 for one in well) else 1


def _warm_up(stack: LocalStack) -> None:
    """One after the other, so that no environment is started in a crowd, and every record read."""
    give_up_s = time.monotonic() + _WARM_WITHIN_S
    for shop in SHOPS:
        while _asked(requests, stack, shop).status != 200:
            if time.monotonic() > give_up_s:
                raise LocalStackError(f"{shop.tenant_id} had no answer in {_WARM_WITHIN_S} s.")


def _driven(stack: LocalStack, seconds: float, *, is_loaded: bool) -> dict[str, list[Seen]]:
    until_s = time.monotonic() + seconds
    seen: dict[str, list[Seen]] = {shop.tenant_id: [] for shop in SHOPS}
    with ThreadPoolExecutor(64) as pool:
        tills = [
            (shop, pool.submit(_till, stack, shop, until_s, is_loaded))
            for shop in SHOPS
            for _ in range((is_loaded and shop.tills_then) or shop.tills)
        ]
        for shop, till in tills:
            seen[shop.tenant_id] += till.result()
    return seen


def _till(stack: LocalStack, shop: Shop, until_s: float, is_loaded: bool) -> list[Seen]:
    pause_s = (is_loaded and shop.pause_then_s) or shop.pause_s
    seen = []
    with requests.Session() as session:
        while time.monotonic() < until_s:
            seen.append(_asked(session, stack, shop))
            time.sleep(pause_s)
    return seen


def _asked(http: Any, stack: LocalStack, shop: Shop) -> Seen:
    started_s, status = time.monotonic(), 0
    with suppress(requests.RequestException):
        status = http.get(
            f"{stack.api}/v1/customers",
            params={"search_term": _FOUND},
            headers={"Authorization": f"Bearer {stack.keys[shop.tenant_id].token}"},
            timeout=_PATIENCE_S,
        ).status_code
    return Seen(time.monotonic() - started_s, status)


@contextmanager
def _ill(stack: LocalStack) -> Iterator[None]:
    ill = [shop for shop in SHOPS if shop.fault]
    for shop in ill:
        url = f"{stack.demo_crm}/control/faults/{shop.system}"
        requests.post(url, json=shop.fault, timeout=_PATIENCE_S).raise_for_status()
    yield
    for shop in ill:
        url = f"{stack.demo_crm}/control/faults/{shop.system}"
        requests.delete(url, timeout=_PATIENCE_S).raise_for_status()


def _table(quiet: Mapping[str, list[Seen]], loaded: Mapping[str, list[Seen]]) -> Iterator[str]:
    yield f"| {'':14} | {'then':15} | {'quiet':^29} | {'with the others':^29} |"
    columns = f"{'answers':>7} {'ok':>5} {'p50 ms':>7} {'p95 ms':>7}"
    yield f"| {'merchant':14} | {'':15} | {columns} | {columns} |"
    yield "|---|---|--:|--:|"
    for shop in SHOPS:
        parts = (_figures(of[shop.tenant_id]) for of in (quiet, loaded))
        yield f"| {shop.tenant_id:14} | {shop.role:15} | {' | '.join(parts)} |"


def _figures(seen: list[Seen]) -> str:
    times_ms = sorted(one.seconds * 1_000 for one in seen)
    good = sum(one.status == 200 for one in seen) / len(seen)
    p95_ms = times_ms[math.ceil(0.95 * len(times_ms)) - 1]
    return f"{len(seen):7} {good:5.0%} {statistics.median(times_ms):7.0f} {p95_ms:7.0f}"


if __name__ == "__main__":
    sys.exit(main())
