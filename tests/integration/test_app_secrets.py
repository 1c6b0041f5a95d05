"""The apps' client secrets, read from a store by moto, and remembered."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.aws import a_client_of_nobody, a_secret_store, failing
from tests.support.fakes import FakeClock
from tillbridge.adapters.app_secrets import AppSecrets
from tillbridge.errors import RecordsUnavailable, SecretUnavailable

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

NAME = "tillbridge-apps/test/shopify"
APP = "client-1"
NEW, BEFORE, RETIRED = ("shpss_" + digit * 32 for digit in "abc")
FRESH_S, ANEW_AFTER_S, STALE_S = 5 * 60, 10, 15 * 60


@pytest.fixture
def store() -> Iterator["SecretsManagerClient"]:
    with a_secret_store() as client:
        yield client


@pytest.fixture
def secrets(store: "SecretsManagerClient", clock: FakeClock) -> AppSecrets:
    return AppSecrets(store, NAME, clock)


def keep(store: "SecretsManagerClient", *live: Any) -> None:
    keep_text(store, json.dumps({"apps": {APP: list(live)}}))


def keep_text(store: "SecretsManagerClient", text: str) -> None:
    try:
        store.create_secret(Name=NAME, SecretString=text)
    except store.exceptions.ResourceExistsException:
        store.put_secret_value(SecretId=NAME, SecretString=text)


def test_an_apps_live_secrets_are_the_newest_two(
    store: "SecretsManagerClient", secrets: AppSecrets
) -> None:
    keep(store, NEW, BEFORE, RETIRED)

    assert secrets.read(APP) == (NEW, BEFORE)


def test_an_app_that_is_not_named_has_none(
    store: "SecretsManagerClient", secrets: AppSecrets
) -> None:
    keep(store, NEW)

    assert secrets.read("client-2") == ()


@pytest.mark.parametrize(
    "text",
    [
        *("hunter2", '"hunter2"', "[]", "null", "{}", '{"apps": null}', '{"apps": "hunter2"}'),
        *(
            json.dumps({"apps": {APP: one}})
            for one in (None, "hunter2", ["hunter2"], [""], [5], {"hunter2": 1})
        ),
    ],
)
def test_secrets_of_another_shape_are_told_without_quoting_them(
    store: "SecretsManagerClient", secrets: AppSecrets, text: str
) -> None:
    keep_text(store, text)

    with pytest.raises(SecretUnavailable, match="must") as unavailable:
        secrets.read(APP)

    assert "hunter2" not in unavailable.value.detail


def test_a_deployment_without_apps_is_told(secrets: AppSecrets) -> None:
    with pytest.raises(SecretUnavailable, match="no Shopify app"):
        secrets.read(APP)


def test_a_rotated_secret_is_seen_after_five_minutes_or_after_seconds_when_asked_anew(
    store: "SecretsManagerClient", secrets: AppSecrets, clock: FakeClock
) -> None:
    keep(store, BEFORE)
    secrets.read(APP)
    keep(store, NEW, BEFORE)
    clock.now_s += ANEW_AFTER_S - 1
    assert secrets.read(APP, anew=True) == (BEFORE,)
    clock.now_s += 1
    assert secrets.read(APP) == (BEFORE,)
    assert secrets.read(APP, anew=True) == (NEW, BEFORE)
    assert secrets.read(APP) == (NEW, BEFORE)

    keep(store, NEW)
    clock.now_s += FRESH_S
    assert secrets.read(APP) == (NEW,)


@pytest.mark.parametrize("anew", [False, True])
def test_while_the_store_is_silent_known_secrets_are_good_for_a_quarter_of_an_hour(
    store: "SecretsManagerClient", secrets: AppSecrets, clock: FakeClock, anew: bool
) -> None:
    keep(store, NEW)
    secrets.read(APP)

    with failing(store, "get_secret_value"):
        clock.now_s += STALE_S - 1
        assert secrets.read(APP, anew=anew) == (NEW,)
        clock.now_s += 1
        with pytest.raises(RecordsUnavailable):
            secrets.read(APP, anew=anew)


def test_a_store_that_nobody_serves_is_unavailable() -> None:
    with pytest.raises(RecordsUnavailable):
        AppSecrets(a_client_of_nobody("secretsmanager"), NAME).read(APP)
