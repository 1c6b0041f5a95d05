"""`tillctl campaigns` against the deployed stack: what is published and paused is what tills
get."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from local.seed import create_key
from local.stack import LocalStack, write_description
from tests.support.discounts import NOON, a_campaign, a_line
from tests.support.till import Till
from tests.support.tillctl import Result, tillctl

pytestmark = pytest.mark.stack

# Functions remember campaigns for 30 s.
_FOLLOWS_WITHIN_S = 45
SALE = {"basket": {"currency": "DKK", "lines": [a_line("1", 1_000)]}, "as_of": NOON}


@pytest.fixture
def tenant(stack: LocalStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder beside which make run was started, with a tenant and its one campaign."""
    monkeypatch.chdir(tmp_path)
    Path(".local").mkdir()
    write_description(stack, Path(".local/stack.json"))
    name = f"campaigns-{uuid4().hex[:8]}"
    folder = Path(name) / "campaigns"
    folder.mkdir(parents=True)
    (Path(name) / "profile.json").write_text(json.dumps({"name": name, "currency": "DKK"}))
    (folder / "tenth.json").write_text(json.dumps(a_campaign("tenth")))
    return name


def local(*words: object) -> Result:
    return tillctl(*words, "--local")


def discount_of(stack: LocalStack, tenant: str) -> Callable[[], int]:
    key = create_key(stack.emulator, stack.outputs["TenantsTable"], tenant)
    till = Till(stack.api, f"Bearer {key.token}")

    def discount_minor() -> int:
        answer = till.call("POST", "/v1/discounts/evaluations", json=SALE)
        return int(answer.json()["discount_minor"])

    return discount_minor


def becomes(wanted: int, read: Callable[[], int]) -> bool:
    give_up_s = time.monotonic() + _FOLLOWS_WITHIN_S
    while time.monotonic() < give_up_s:
        if read() == wanted:
            return True
        time.sleep(0.2)
    return False


def test_what_is_published_applies_and_what_is_paused_does_not(
    stack: LocalStack, tenant: str
) -> None:
    published = local("publish", tenant)
    assert published.exit_code == 0, published.stdout
    discount_minor = discount_of(stack, tenant)
    assert discount_minor() == 100

    assert json.loads(local("campaigns", "list", tenant, "--json").stdout)[0]["state"] == "runs"
    assert local("campaigns", "pause", tenant, "tenth").exit_code == 0

    assert json.loads(local("campaigns", "list", tenant, "--json").stdout)[0]["state"] == "paused"
    assert becomes(0, discount_minor)
    assert local("campaigns", "resume", tenant, "tenth").exit_code == 0
    assert json.loads(local("campaigns", "list", tenant, "--json").stdout)[0]["state"] == "runs"


def test_a_change_that_breaks_an_example_of_today_is_refused(tenant: str) -> None:
    file = Path(tenant) / "campaigns" / "tenth.json"
    example = {"name": "one line", **SALE, "expect": {"discount_minor": 100}}
    file.write_text(json.dumps(a_campaign("tenth", examples=[example])))
    assert local("publish", tenant).exit_code == 0
    half = {"kind": "percentage", "basis_points": 5_000}
    file.write_text(json.dumps(a_campaign("tenth", benefit=half)))

    refused = local("campaigns", "publish", file)

    assert refused.exit_code == 1
    assert "one line: expected 100, got 500" in refused.stdout
    assert local("campaigns", "publish", file, "--accept").exit_code == 0
