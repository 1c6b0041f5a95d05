"""Who does the jobs: the floor, what one would pick instead, and the app; how each is started."""

import os
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from bench.gateway.jobs import LEDGER_TABLE, SECRETS_PREFIX, TENANTS_TABLE
from local.template import ROOT

_RUNTIME = Path(sysconfig.get_path("purelib"))
PEERS_PACKAGES = ROOT / ".venv-bench" / _RUNTIME.relative_to(sys.prefix)


@dataclass(frozen=True, slots=True)
class Variant:
    """`module` is in this package; a peer runs with the packages of `.venv-bench`."""

    module: str
    title: str
    jobs: tuple[str, ...] = ("lookup",)
    # Of each job, where one call costs so much that fewer do.
    calls: int | None = None
    is_peer: bool = False
    is_cold_too: bool = False


_JOBS = ("lookup", "lookup 50", "redemption", "evaluation", "panel")
FLOOR = Variant("floor", "floor", _JOBS, is_cold_too=True)
APP = Variant("app", "Tillbridge", _JOBS, is_cold_too=True)
PEERS = (
    Variant("peers.naive", "naive tutorial", calls=4, is_peer=True),
    Variant("peers.plain", "requests + boto3", is_peer=True),
    Variant("peers.on_flask", "Flask + apig-wsgi", is_peer=True, is_cold_too=True),
    Variant("peers.on_chalice", "Chalice", is_peer=True, is_cold_too=True),
    Variant("peers.on_fastapi", "FastAPI + Mangum", is_peer=True, is_cold_too=True),
)
VARIANTS = (FLOOR, *PEERS, APP)


def python(script: str) -> list[str]:
    """The command that runs a script of this package, without what `site` would add."""
    return [sys.executable, "-S", str(ROOT / "bench" / "gateway" / f"{script}.py")]


def environment(variant: Variant, artefact: Path, origin: str) -> dict[str, str]:
    """A clean environment. The app's path is Lambda's: the layers, then the runtime with boto3."""
    packages = [PEERS_PACKAGES] if variant.is_peer else [artefact / "python", _RUNTIME]
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(map(str, [*packages, ROOT])),
        "PYTHONDONTWRITEBYTECODE": "1",
        "BENCH_ARTEFACT": str(artefact),
        "AWS_ENDPOINT_URL": origin,
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "ALLOWED_PRIVATE_ORIGINS": origin,
        "TENANTS_TABLE": TENANTS_TABLE,
        "LEDGER_TABLE": LEDGER_TABLE,
        "SECRETS_PREFIX": SECRETS_PREFIX,
        "POWERTOOLS_SERVICE_NAME": "bench",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "PYDANTIC_DISABLE_PLUGINS": "true",
        "PYTHONTZPATH": "",
        "RES_OPTIONS": "timeout:1 attempts:1",
    }
