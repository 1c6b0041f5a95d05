"""The demo CRM as a process."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from local.demo_crm.credentials import KACHING_KEY

READY = "demo CRM on "


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "local.demo_crm", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as started:
        yield started
        started.kill()


def ready_url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().rstrip("\n")
    assert line.startswith(READY)
    return line.removeprefix(READY)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_leaves_on_a_signal(
    process: subprocess.Popen[str], number: signal.Signals
) -> None:
    url = ready_url(process)
    assert requests.get(f"{url}/control/health", timeout=10).json()["status"] == "ok"
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "", "")


def test_it_does_not_wait_for_a_request_that_a_fault_holds_up(
    process: subprocess.Popen[str],
) -> None:
    url = ready_url(process)
    fault = {"fault": "slow", "seconds": 60}
    requests.post(f"{url}/control/faults/kaching", json=fault, timeout=10)
    with pytest.raises(requests.ReadTimeout):
        requests.get(
            f"{url}/kaching/api/customerlookup?q=jane",
            headers={"Authorization": f"KachingKey {KACHING_KEY}"},
            timeout=(10, 0.3),
        )
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "", "")
