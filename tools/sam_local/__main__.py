"""`make sam-local`: the canonical events through `sam local invoke`, and a round through
`sam local start-api` with its authorizer, in containers against the local stack.

Exit status 0 when every answer is as expected, and when this machine can have no Docker engine (a
line that begins with "skipped:" says why); 1 otherwise.
"""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from urllib.parse import urlsplit

import requests

from local.deploy import deploy
from local.emulator import running_emulator
from local.errors import LocalStackError
from local.seed import put_item, seed
from local.stack import BUILD_CACHE, running_demo_crm
from local.template import ROOT
from tools.sam_local.application import machine_architecture, write_template, write_variables
from tools.sam_local.engine import DockerFailed, Engine, EngineUnavailable, docker_engine
from tools.sam_local.events import (
    EXPECTED,
    event_file,
    is_expected,
    key_item,
    load_event,
    logical_id,
    status_of,
)
from tools.sam_local.image import ImageUnavailable, lambda_image
from tools.sam_local.relay import relayed
from tools.sam_local.sam import Sam, SamFailed

LOG = ROOT / ".local" / "sam-local.log"
_PATIENCE_S = 60


def main() -> int:
    signal.signal(signal.SIGTERM, _interrupt)
    LOG.parent.mkdir(exist_ok=True)
    LOG.unlink(missing_ok=True)
    began_s = time.monotonic()
    try:
        with (
            TemporaryDirectory(prefix="sam-local-", dir=LOG.parent) as name,
            docker_engine((folder := Path(name)) / "docker") as engine,
            _sam(engine, folder) as sam,
        ):
            results = [*_invoked(sam), *_called(sam)]
    except (EngineUnavailable, ImageUnavailable) as reason:
        print(f"skipped: {reason}")
        return 0
    except (DockerFailed, SamFailed, LocalStackError) as error:
        print(f"FAILED: {error}; SAM CLI's own words are in {LOG}", file=sys.stderr)
        return 1
    failed = results.count(False)
    print(f"{len(results)} calls, {failed} failed, {time.monotonic() - began_s:.0f} s in all")
    return 1 if failed else 0


def _interrupt(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def _sam(engine: Engine, folder: Path) -> Iterator[Sam]:
    """SAM CLI ready to call the functions, which find the demo CRM and AWS at the bridge."""
    architecture = machine_architecture()
    image = lambda_image(engine, architecture, folder)
    print(f"functions run in {image}", flush=True)
    here = engine.bridge_address
    with (
        running_demo_crm() as (demo_crm, _),
        running_emulator(0, folder) as emulator,
        relayed(here, urlsplit(demo_crm).port or 0),
        relayed(here, emulator.port),
    ):
        demo_crm = demo_crm.replace("127.0.0.1", here)
        outputs = deploy(emulator, BUILD_CACHE, {"AllowedPrivateOrigins": demo_crm})
        table = outputs["TenantsTable"]
        seed(emulator, table, demo_crm)
        key = key_item()
        put_item(emulator, table, key.pop("pk"), key.pop("sk"), key)
        variables = {
            "TENANTS_TABLE": table,
            "LEDGER_TABLE": outputs["LedgerTable"],
            "ALLOWED_PRIVATE_ORIGINS": demo_crm,
            "AWS_ENDPOINT_URL": f"http://{here}:{emulator.port}",
        }
        yield Sam(
            engine,
            image,
            write_template(folder, architecture),
            write_variables(folder, variables),
            LOG,
        )


def _invoked(sam: Sam) -> Iterator[bool]:
    for function, expected in EXPECTED.items():
        for name in expected:
            began_s = time.monotonic()
            answer = sam.invoke(logical_id(function), event_file(function, name))
            is_ok = is_expected(function, name, answer)
            yield _reported(f"{function} {name}", status_of(answer), began_s, is_ok)


def _called(sam: Sam) -> Iterator[bool]:
    """Through the emulated gateway: with the events' key, without one, and where none is asked."""
    authorization = load_event("authorizer", "bearer")["headers"]["Authorization"]
    with sam.api() as api:
        for method, path, credential, status, holds in (
            ("GET", "/v1/customers?search_term=jane", authorization, 200, "Jane Doe"),
            ("GET", "/v1/customers?search_term=jane", None, 401, ""),
            ("GET", "/v1/health", None, 200, "ok"),
            ("OPTIONS", "/v1/health", None, 204, ""),
        ):
            headers = {"Authorization": credential}
            began_s = time.monotonic()
            answer = requests.request(method, api + path, headers=headers, timeout=_PATIENCE_S)
            is_ok = answer.status_code == status and holds in answer.text
            yield _reported(f"start-api {method} {path}", answer.status_code, began_s, is_ok)


def _reported(what: str, status: int, began_s: float, is_ok: bool) -> bool:
    took_ms = (time.monotonic() - began_s) * 1_000
    print(f"{what:<46} {status} {took_ms:7.0f} ms  {'ok' if is_ok else 'FAILED'}", flush=True)
    return is_ok


if __name__ == "__main__":
    sys.exit(main())
