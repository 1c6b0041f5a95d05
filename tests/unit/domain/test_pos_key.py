import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import TENANT, a_key_record
from tillbridge.domain.caller import is_tenant_id
from tillbridge.domain.pos_key import PosKey

TENANT_IDS = st.from_regex(r"[a-z0-9][a-z0-9-]{1,40}", fullmatch=True)
NOW_S = 1_000_000.0


@given(tenant_id=TENANT_IDS)
def test_a_keys_token_spells_the_key(tenant_id: str) -> None:
    key = PosKey.mint(tenant_id)

    assert PosKey.parse(key.token) == key
    assert key.tenant_id == tenant_id


@given(token=st.text() | st.text(alphabet="tb_ac-0123456789", max_size=120))
def test_a_token_spells_one_key_or_none(token: str) -> None:
    key = PosKey.parse(token)

    assert key is None or key.token == token


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token.upper(),
        lambda token: token[:-1],
        lambda token: token + "0",
        lambda token: token + "\n",
        lambda token: " " + token,
        lambda token: token.replace("tb_", "tb-", 1),
        lambda token: token.replace("tb_acme", "tb_ac_me", 1),
        lambda token: token.replace("tb_acme", "tb_-acme", 1),
        lambda token: token.replace("tb_acme", "tb_a", 1),
        lambda token: token.replace("tb_acme", "tb_" + "a" * 42, 1),
        lambda token: token[:-1] + "\N{ARABIC-INDIC DIGIT FOUR}",
        lambda _token: "",
    ],
)
def test_a_token_of_another_form_spells_none(change: Callable[[str], str]) -> None:
    assert PosKey.parse(change(PosKey.mint(TENANT).token)) is None


def test_two_keys_are_never_the_same() -> None:
    one, other = PosKey.mint(TENANT), PosKey.mint(TENANT)

    assert one.secret != other.secret
    assert one.key_id != other.key_id


def test_the_table_holds_the_secrets_digest_and_not_the_secret() -> None:
    key = PosKey.mint(TENANT)

    assert key.digest == hashlib.sha256(key.secret.encode()).hexdigest()
    assert len(bytes.fromhex(key.secret)) == 32
    assert key.secret not in repr(a_key_record(key))


def test_a_keys_text_form_does_not_show_its_secret() -> None:
    key = PosKey.mint(TENANT)

    assert key.secret not in repr(key)
    assert key.key_id in repr(key)


def test_a_record_accepts_its_own_key_alone() -> None:
    key, other = PosKey.mint(TENANT), PosKey.mint(TENANT)

    assert a_key_record(key).accepts(key, NOW_S)
    assert not a_key_record(key).accepts(other, NOW_S)


def test_a_revoked_key_is_not_accepted() -> None:
    key = PosKey.mint(TENANT)

    assert not a_key_record(key, revoked=True).accepts(key, NOW_S)


@pytest.mark.parametrize(("expires_in_s", "accepted"), [(1, True), (0, False), (-1, False)])
def test_a_key_is_good_until_it_expires(expires_in_s: int, accepted: bool) -> None:
    key = PosKey.mint(TENANT)
    record = a_key_record(key, expires_at_s=int(NOW_S) + expires_in_s)

    assert record.accepts(key, NOW_S) is accepted


@pytest.mark.parametrize("tenant_id", ["ac", "0a", "a-b", "a-", "a" * 41])
def test_a_tenant_id_is_short_and_plain(tenant_id: str) -> None:
    assert is_tenant_id(tenant_id)


@pytest.mark.parametrize(
    "text", ["", "a", "-a", "Acme", "a_b", "a#b", "a/b", "acme\n", "é1", "a" * 42]
)
def test_a_text_that_could_bend_a_key_is_no_tenant_id(text: str) -> None:
    assert not is_tenant_id(text)
    with pytest.raises(ValueError, match="tenant id"):
        PosKey.mint(text)
