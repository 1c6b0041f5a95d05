"""POS keys, read from a table by moto at each request, and remembered while it is silent."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.aws import TABLE, a_client_of_nobody, failing, put
from tests.support.builders import TENANT, a_key_record
from tests.support.fakes import FakeClock
from tillbridge.adapters.pos_keys import PosKeys
from tillbridge.domain.pos_key import PosKey
from tillbridge.errors import RecordsUnavailable, RecordUnusable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

KEY = PosKey.mint(TENANT)
STORED = {
    "secret_sha256": KEY.digest,
    "principal": "pos-1",
    "channel": "kaching",
    "scopes": ["lookup"],
}
STALE_S = 15 * 60


@pytest.fixture
def keys(dynamodb: "DynamoDBClient", clock: FakeClock) -> PosKeys:
    return PosKeys(dynamodb, TABLE, clock)


def store(dynamodb: "DynamoDBClient", tenant_id: str = TENANT, **changes: Any) -> None:
    put(dynamodb, f"KEY#{tenant_id}#", KEY.key_id, **{**STORED, **changes})


@pytest.mark.parametrize(
    ("changes", "read"),
    [
        ({}, {}),
        ({"scopes": {"redeem", "lookup"}}, {"scopes": frozenset({"lookup", "redeem"})}),
        ({"scopes": []}, {"scopes": frozenset()}),
        ({"expires_at_s": 2_000_000_000}, {"expires_at_s": 2_000_000_000}),
        ({"expires_at_s": None, "revoked": False}, {}),
        ({"revoked": True, "note": "lost till"}, {"revoked": True}),
    ],
)
def test_a_key_is_what_the_table_holds(
    dynamodb: "DynamoDBClient", keys: PosKeys, changes: dict[str, Any], read: dict[str, Any]
) -> None:
    store(dynamodb, **changes)

    assert keys.read(TENANT, KEY.key_id) == (a_key_record(KEY, **read), False)


@pytest.mark.parametrize(
    ("tenant_id", "key_id"),
    [
        (TENANT, "another1"),
        ("other", KEY.key_id),
        (f"{TENANT}-2", KEY.key_id),
        (TENANT[:-1], KEY.key_id),
    ],
)
def test_a_key_of_another_name_or_tenant_is_none(
    dynamodb: "DynamoDBClient", keys: PosKeys, tenant_id: str, key_id: str
) -> None:
    store(dynamodb)

    assert keys.read(tenant_id, key_id) == (None, False)


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in STORED),
        *({name: 5} for name in STORED),
        {"secret_sha256": "é"},
        {"scopes": "lookup"},
        {"expires_at_s": "2030-01-01"},
        {"principal": b"pos"},
    ],
)
def test_a_key_that_somebody_edited_out_of_shape_is_unusable(
    dynamodb: "DynamoDBClient", keys: PosKeys, changes: dict[str, Any]
) -> None:
    store(dynamodb, **changes)

    with pytest.raises(RecordUnusable) as unusable:
        keys.read(TENANT, KEY.key_id)

    assert KEY.digest not in unusable.value.detail


def test_a_revocation_is_seen_at_once(dynamodb: "DynamoDBClient", keys: PosKeys) -> None:
    store(dynamodb)
    keys.read(TENANT, KEY.key_id)
    store(dynamodb, revoked=True)

    assert keys.read(TENANT, KEY.key_id) == (a_key_record(KEY, revoked=True), False)


def test_without_dynamodb_a_known_key_is_remembered_for_a_quarter_of_an_hour(
    dynamodb: "DynamoDBClient", keys: PosKeys, clock: FakeClock
) -> None:
    store(dynamodb)
    keys.read(TENANT, KEY.key_id)

    with failing(dynamodb, "get_item"):
        clock.now_s += STALE_S - 1
        assert keys.read(TENANT, KEY.key_id) == (a_key_record(KEY), True)
        with pytest.raises(RecordsUnavailable):
            keys.read(TENANT, "another1")
        clock.now_s += 1
        with pytest.raises(RecordsUnavailable):
            keys.read(TENANT, KEY.key_id)

    clock.now_s += 60
    assert keys.read(TENANT, KEY.key_id) == (a_key_record(KEY), False)


def test_without_dynamodb_an_unknown_key_cannot_be_told() -> None:
    with pytest.raises(RecordsUnavailable):
        PosKeys(a_client_of_nobody("dynamodb"), TABLE).read(TENANT, KEY.key_id)
