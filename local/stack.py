"""The whole local stack, up and seeded, for `make run` and for the tests alike."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.deploy import deploy
from local.emulator import CREDENTIALS, REGION, Emulator, running_emulator
from local.errors import LocalStackError
from local.processes import die_with_parent, stop
from local.seed import DemoShop, seed, seed_shop
from local.template import ROOT
from tillbridge.domain.pos_key import PosKey

BUILD_CACHE = ROOT / ".local" / "build"

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class LocalStack:
    emulator: Emulator
    outputs: Mapping[str, str]
    demo_crm: str
    demo_crm_process: subprocess.Popen[bytes]
    keys: Mapping[str, PosKey]
    shop: DemoShop

    @property
    def api(self) -> str:
        """The API's base URL, to which `/v1/customers` is added."""
        return f"{self.emulator.endpoint}/restapis/{self.outputs['ApiId']}/dev/_user_request_"

    def require_alive(self) -> None:
        """Raises `LocalStackError` when one of the processes has died."""
        self.emulator.require_alive()
        if (status := self.demo_crm_process.poll()) is not None:
            raise LocalStackError(f"The demo CRM died with status {status}.")

    def description(self) -> dict[str, object]:
        """What `.local/stack.json` says, with what an AWS client needs to look in."""
        return {
            "api": self.api,
            "tenants": {name: {"key": key.token} for name, key in self.keys.items()},
            "shop": self.shop.description(),
            "pids": [self.emulator.process.pid, self.demo_crm_process.pid],
            "demo_crm": self.demo_crm,
            "aws": {"endpoint_url": self.emulator.endpoint, "region_name": REGION, **CREDENTIALS},
            "outputs": dict(self.outputs),
        }


@contextmanager
def running_stack(
    port: int,
    allow_origins: str,
    folder: Path,
    progress: Progress = lambda _step: None,
) -> Iterator[LocalStack]:
    """Start everything, deploy the template, seed the tenants; stop everything at the end."""
    progress("Starting the demo CRM")
    with running_demo_crm() as (demo_crm, demo_crm_process):
        progress("Starting the AWS emulator")
        with running_emulator(port, folder) as emulator:
            progress("Building the layers and deploying template.yaml")
            origins = f"{demo_crm} {allow_origins}".strip()
            outputs = deploy(emulator, BUILD_CACHE, {"AllowedPrivateOrigins": origins})
            progress("Seeding the demo tenants")
            keys = seed(emulator, outputs["TenantsTable"], demo_crm)
            shop = seed_shop(emulator, outputs["TenantsTable"])
            yield LocalStack(emulator, outputs, demo_crm, demo_crm_process, keys, shop)


@contextmanager
def running_demo_crm(port: int = 0) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The demo CRM in a process of its own; its origin."""
    process = subprocess.Popen(
        [sys.executable, "-m", "local.demo_crm", "--port", str(port)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )
    try:
        ready = process.stdout.readline().decode() if process.stdout else ""
        if "http://" not in ready:
            raise LocalStackError("The demo CRM did not start; its error is above.")
        yield ready.split()[-1], process
    finally:
        stop(process)
        if process.stdout:
            process.stdout.close()


def write_description(stack: LocalStack, file: Path) -> None:
    file.write_text(json.dumps(stack.description(), indent=2) + "\n")
