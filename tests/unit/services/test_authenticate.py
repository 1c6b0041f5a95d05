import pytest

from tests.support.builders import TENANT, a_caller, a_key_record
from tests.support.fakes import FakeClock, FakePosKeys
from tillbridge.domain.caller import Caller
from tillbridge.domain.pos_key import PosKey, PosKeyRecord
from tillbridge.errors import PosUserNotPermitted, Unauthorized
from tillbridge.services.authenticate import Authenticate

KEY = PosKey.mint(TENANT)


def authenticated(
    authorization: str, record: PosKeyRecord | None = None, *, remembered: bool = False
) -> Caller:
    records = {(TENANT, KEY.key_id): record or a_key_record(KEY)}
    keys = FakePosKeys(records, remembered)
    return Authenticate(keys, lambda token: a_caller(principal=token), FakeClock())(authorization)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "KachingKey", "kachingkey"])
@pytest.mark.parametrize("space", [" ", "  ", " \t"])
def test_a_keys_scheme_is_compared_without_case(scheme: str, space: str) -> None:
    assert authenticated(f" {scheme}{space}{KEY.token} ") == a_caller()


def test_a_caller_is_what_the_keys_record_says() -> None:
    record = a_key_record(
        KEY,
        principal="shop-7",
        scopes=frozenset({"redeem"}),
        channel="shopify",
        expires_at_s=int(FakeClock().now_s) + 1,
    )

    assert authenticated(f"Bearer {KEY.token}", record) == a_caller(
        principal="shop-7",
        scopes=frozenset({"redeem"}),
        channel="shopify",
        expires_at_s=record.expires_at_s,
    )


def test_a_remembered_key_makes_a_degraded_caller() -> None:
    assert authenticated(f"Bearer {KEY.token}", remembered=True) == a_caller(degraded=True)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        " ",
        "Bearer",
        "Bearer ",
        f"Bearer{KEY.token}",
        KEY.token,
        f"Basic {KEY.token}",
        f"Bearer {KEY.token} more",
        f"Bearer {KEY.token}, Bearer {KEY.token}",
        f"Bearer {KEY.token.upper()}",
        "KachingKey head.claims.signature",
        "KachingKey null",
        "null",
        "Bearer none",
        "Bearer tb_acme",
        f"Bearer {PosKey(TENANT, KEY.key_id, '0' * 64).token}",
        f"Bearer {PosKey(TENANT, 'another1', KEY.secret).token}",
        f"Bearer {PosKey('other', KEY.key_id, KEY.secret).token}",
    ],
)
def test_whatever_else_is_sent_is_refused_in_the_same_words(authorization: str) -> None:
    with pytest.raises(Unauthorized) as refused:
        authenticated(authorization)

    assert refused.value.detail == Unauthorized.title
    assert refused.value.facts == {}


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
@pytest.mark.parametrize("token", ["head.claims.signature", "a.b", "..", f"{KEY.token}."])
def test_a_bearer_token_with_a_dot_is_a_session_token(scheme: str, token: str) -> None:
    assert authenticated(f"{scheme}  {token}") == a_caller(principal=token)


@pytest.mark.parametrize("token", ["null", "undefined"])
def test_a_pos_without_a_token_is_told_why(token: str) -> None:
    with pytest.raises(PosUserNotPermitted):
        authenticated(f"Bearer {token}")


@pytest.mark.parametrize(
    "record", [a_key_record(KEY, revoked=True), a_key_record(KEY, expires_at_s=1)]
)
@pytest.mark.parametrize("remembered", [False, True])
def test_a_key_that_is_no_longer_good_is_refused(record: PosKeyRecord, remembered: bool) -> None:
    with pytest.raises(Unauthorized):
        authenticated(f"Bearer {KEY.token}", record, remembered=remembered)
