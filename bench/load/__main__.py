"""Many tills of several merchants at the local stack: `make load`. First all is quiet; then one
merchant's system is slow, one's does not answer, and one's tills flood. What the others see of it
stands beside the quiet.

It starts a stack of its own, and is bounded: `DURATION_S=` for each part, a fixed number
of tills. All of it shares one machine, Lambdas included, where AWS would not: it is an upper bound.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import requests

from local.stack import LocalStack, running_stack
from local.template import ROOT, load_template

_LOCUST = ROOT / ".venv-load" / "bin" / "locust"
_TILLS = ROOT / "bench" / "load" / "tills.py"
_ANSWERS_WITHIN_S = 15
_TILLS_A_SECOND = 1
_MOST_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant's tills. `fault` is what its system does in the second part, when there are
    `tills_then` of them, with `pause_then_s` between an answer and the next question."""

    tenant_id: str
    system: str
    role: str
    tills: int = 3
    pause_s: float = 0.5
    tills_then: int | None = None
    pause_then_s: float | None = None
    fault: Mapping[str, object] | None = None

    def as_driven(self, token: str, *, is_loaded: bool) -> dict[str, Any]:
        """What `tills.py` is told of it."""
        return {
            "shop": self.tenant_id,
            "token": token,
            "count": (is_loaded and self.tills_then) or self.tills,
            "pause_s": (is_loaded and self.pause_then_s) or self.pause_s,
        }


SHOPS = (
    Shop("fjord-outdoor", "kaching", "well"),
    Shop("bryghus-nord", "businesscentral", "well"),
    Shop("lumen-living", "hubspot", "slow: 1.5 s", fault={"fault": "slow", "seconds": 1.5}),
    Shop("vinter-mode", "shopify", "dead: no answer", fault={"fault": "slow", "seconds": 60}),
    Shop("kaffe-huset", "odoo", "flooding", tills_then=8, pause_then_s=0.05),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the tills of a shop saw; `errors` are the failures in Locust's words."""

    answers: int
    failures: int
    median_ms: float
    p95_ms: float
    errors: tuple[str, ...]


def main() -> int:
    """1 when a merchant who is well did not get every answer."""
    seconds = int(os.environ.get("DURATION_S") or 20)
    if not 5 <= seconds <= _MOST_SECONDS:
        print(f"DURATION_S={seconds} is no number from 5 to {_MOST_SECONDS}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as home, running_stack(0, "", Path(home)) as stack:
        _let_through_as_much_as_prod(stack)
        drive = partial(_driven, stack, Path(home))
        quiet = drive(seconds, is_loaded=False)
        with _ill(stack):
            loaded = drive(seconds, is_loaded=True)
    print("\n".join(_table(quiet, loaded)))
    errors = [e for one in SHOPS if one.role == "well" for e in loaded[one.tenant_id].errors]
    for error in errors:
        print(error)
    return 1 if errors else 0


def _let_through_as_much_as_prod(stack: LocalStack) -> None:
    """The stack is a `dev` stage, which lets so little through, for all merchants together, that
    it is the gateway that would be measured."""
    limits = load_template()["Mappings"]["PerStage"]["prod"]
    patches = {"rateLimit": limits["RequestsPerSecond"], "burstLimit": limits["RequestBurst"]}
    stack.emulator.client("apigateway").update_stage(
        restApiId=stack.outputs["ApiId"],
        stageName="dev",
        patchOperations=[
            {"op": "replace", "path": f"/*/*/throttling/{name}", "value": str(value)}
            for name, value in patches.items()
        ],
    )


def _driven(stack: LocalStack, home: Path, seconds: int, *, is_loaded: bool) -> dict[str, Seen]:
    tills = [
        shop.as_driven(stack.keys[shop.tenant_id].token, is_loaded=is_loaded) for shop in SHOPS
    ]
    users = sum(of_shop["count"] for of_shop in tills)
    options = {
        "--locustfile": _TILLS,
        "--host": stack.api,
        "--csv": home / "tills",
        "--users": users,
        # One after the other, since each starts an environment; that part is not counted.
        "--spawn-rate": _TILLS_A_SECOND,
        "--run-time": users // _TILLS_A_SECOND + seconds,
        "--stop-timeout": _ANSWERS_WITHIN_S,
        "--exit-code-on-error": 0,
    }
    subprocess.run(
        [_LOCUST, "--headless", "--reset-stats", *(str(w) for one in options.items() for w in one)],
        env={**os.environ, "TILLS": json.dumps(tills)},
        check=True,
        capture_output=True,
    )
    failed = _rows(home / "tills_failures.csv")
    return {
        row["Name"]: Seen(
            answers=int(row["Request Count"]),
            failures=int(row["Failure Count"]),
            median_ms=float(row["50%"]),
            p95_ms=float(row["95%"]),
            errors=tuple(fail["Error"] for fail in failed if fail["Name"] == row["Name"]),
        )
        for row in _rows(home / "tills_stats.csv")
    }


def _rows(table: Path) -> list[dict[str, str]]:
    with table.open() as file:
        return list(csv.DictReader(file))


@contextmanager
def _ill(stack: LocalStack) -> Iterator[None]:
    ill = [shop for shop in SHOPS if shop.fault]
    for shop in ill:
        url = f"{stack.demo_crm}/control/faults/{shop.system}"
        requests.post(url, json=shop.fault, timeout=_ANSWERS_WITHIN_S).raise_for_status()
    yield
    for shop in ill:
        url = f"{stack.demo_crm}/control/faults/{shop.system}"
        requests.delete(url, timeout=_ANSWERS_WITHIN_S).raise_for_status()


def _table(quiet: Mapping[str, Seen], loaded: Mapping[str, Seen]) -> Iterator[str]:
    yield f"| {'':14} | {'then':15} | {'quiet':^29} | {'with the others':^29} |"
    columns = f"{'answers':>7} {'ok':>5} {'p50 ms':>7} {'p95 ms':>7}"
    yield f"| {'merchant':14} | {'':15} | {columns} | {columns} |"
    yield "|---|---|--:|--:|"
    for shop in SHOPS:
        parts = (_figures(of[shop.tenant_id]) for of in (quiet, loaded))
        yield f"| {shop.tenant_id:14} | {shop.role:15} | {' | '.join(parts)} |"


def _figures(seen: Seen) -> str:
    good = 1 - seen.failures / seen.answers
    return f"{seen.answers:7} {good:5.0%} {seen.median_ms:7.0f} {seen.p95_ms:7.0f}"


if __name__ == "__main__":
    sys.exit(main())
