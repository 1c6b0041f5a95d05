"""Tenants' secrets, read from a store by moto, and remembered."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.aws import a_client_of_nobody, a_secret_store, failing
from tests.support.builders import ORIGIN, TENANT, a_secret
from tests.support.fakes import FakeClock
from tillbridge.adapters.secrets import Secrets, secrets_manager_client
from tillbridge.errors import RecordsUnavailable, SecretUnavailable

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

PREFIX = "tillbridge/test"
FRESH_S, STALE_S = 5 * 60, 15 * 60
READ = "get_secret_value"


@pytest.fixture
def store() -> Iterator["SecretsManagerClient"]:
    with a_secret_store() as client:
        yield client


@pytest.fixture
def secrets(store: "SecretsManagerClient", clock: FakeClock) -> Secrets:
    return Secrets(store, PREFIX, clock)


def keep(store: "SecretsManagerClient", text: str, *, tenant_id: str = TENANT) -> None:
    store.create_secret(Name=f"{PREFIX}/{tenant_id}/crm-token", SecretString=text)


def written(value: Any = "s3cret", origins: Any = (ORIGIN,)) -> str:
    return json.dumps({"value": value, "origins": origins})


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        ("s3cret", "s3cret"),
        ("s3cret\n", "s3cret"),
        ("s3cret\r\n", "s3cret"),
        ("s3cret\r\n\n", "s3cret"),
        (" s3cret ", " s3cret "),
        ("\ns3\ncret", "\ns3\ncret"),
        ("user:pässword", "user:pässword"),
    ],
)
def test_a_secret_is_what_was_stored_without_the_line_break_at_its_end(
    store: "SecretsManagerClient", secrets: Secrets, stored: str, value: str
) -> None:
    keep(store, written(stored, [ORIGIN, "https://eu.example.com"]))

    assert secrets.read(TENANT, "crm-token") == a_secret(value, ORIGIN, "https://eu.example.com")


@pytest.mark.parametrize("tenant_id", ["other", f"{TENANT}-2", TENANT[:-1]])
def test_a_secret_of_another_tenant_is_none(
    store: "SecretsManagerClient", secrets: Secrets, tenant_id: str
) -> None:
    keep(store, written("theirs"), tenant_id=tenant_id)

    with pytest.raises(SecretUnavailable, match="names no secret of this merchant"):
        secrets.read(TENANT, "crm-token")


def test_two_tenants_secrets_of_one_name_are_two(
    store: "SecretsManagerClient", secrets: Secrets
) -> None:
    keep(store, written("ours"))
    keep(store, written("theirs"), tenant_id="other")

    for _ in range(2):
        assert secrets.read(TENANT, "crm-token").value == "ours"
        assert secrets.read("other", "crm-token").value == "theirs"


@pytest.mark.parametrize(
    "text",
    [
        *("hunter2", '"hunter2"', "[]", "null", "{}", '{"value": "hunter2"}', '{"origins": []}'),
        *(written(value) for value in (None, 5, {"hunter2": 1}, ["hunter2"])),
        *(written("hunter2", origins) for origins in (None, 5, ORIGIN, {ORIGIN: 1}, [["hunter2"]])),
        json.dumps({"value": "hunter2", "origins": [], "hunter2": 1}),
    ],
)
def test_a_secret_of_another_shape_is_told_without_quoting_it(
    store: "SecretsManagerClient", secrets: Secrets, text: str
) -> None:
    keep(store, text)

    with pytest.raises(SecretUnavailable, match="a secret must hold") as unavailable:
        secrets.read(TENANT, "crm-token")

    assert "hunter2" not in unavailable.value.detail
    assert unavailable.value.__suppress_context__


def test_a_secret_of_bytes_is_told(store: "SecretsManagerClient", secrets: Secrets) -> None:
    store.create_secret(Name=f"{PREFIX}/{TENANT}/crm-token", SecretBinary=b"hunter2")

    with pytest.raises(SecretUnavailable, match="a secret must hold"):
        secrets.read(TENANT, "crm-token")


def test_a_rotated_secret_is_seen_after_five_minutes(
    store: "SecretsManagerClient", secrets: Secrets, clock: FakeClock
) -> None:
    keep(store, written("first"))
    secrets.read(TENANT, "crm-token")
    store.put_secret_value(SecretId=f"{PREFIX}/{TENANT}/crm-token", SecretString=written("second"))
    clock.now_s += FRESH_S - 1
    assert secrets.read(TENANT, "crm-token").value == "first"

    clock.now_s += 1
    assert secrets.read(TENANT, "crm-token").value == "second"


def test_a_secret_that_was_missing_is_seen_as_soon_as_it_is_there(
    store: "SecretsManagerClient", secrets: Secrets
) -> None:
    with pytest.raises(SecretUnavailable):
        secrets.read(TENANT, "crm-token")
    keep(store, written())

    assert secrets.read(TENANT, "crm-token") == a_secret()


@pytest.mark.parametrize("code", ["InternalServiceError", "ThrottlingException", "AccessDenied"])
def test_while_the_store_is_silent_a_known_secret_is_good_for_a_quarter_of_an_hour(
    store: "SecretsManagerClient", secrets: Secrets, clock: FakeClock, code: str
) -> None:
    keep(store, written())
    secrets.read(TENANT, "crm-token")

    with failing(store, READ, code):
        clock.now_s += STALE_S - 1
        assert secrets.read(TENANT, "crm-token") == a_secret()
        clock.now_s += 1
        with pytest.raises(RecordsUnavailable):
            secrets.read(TENANT, "crm-token")


def test_a_store_that_nobody_serves_is_unavailable() -> None:
    with pytest.raises(RecordsUnavailable):
        Secrets(a_client_of_nobody("secretsmanager"), PREFIX).read(TENANT, "crm-token")


def test_the_client_loses_patience_before_a_lookup_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    config: Any = secrets_manager_client().meta.config

    assert (config.connect_timeout + config.read_timeout) * 2 < 3


def test_a_secret_that_is_about_to_be_deleted_is_none(
    store: "SecretsManagerClient", secrets: Secrets
) -> None:
    keep(store, written())
    store.delete_secret(SecretId=f"{PREFIX}/{TENANT}/crm-token")

    with pytest.raises(SecretUnavailable):
        secrets.read(TENANT, "crm-token")
