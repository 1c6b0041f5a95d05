"""What holds around a token's verification; which tokens are good is tests/corpora's affair."""

import time

import pytest

from local.session_token import mint
from tests.support.builders import TENANT
from tests.support.fakes import FakeAppSecrets, FakeShops
from tillbridge.domain.caller import Caller
from tillbridge.domain.session_token import SessionToken
from tillbridge.domain.shop import Shop
from tillbridge.errors import SecretUnavailable, Unauthorized
from tillbridge.services.app_signatures import AppSignatures
from tillbridge.services.session_tokens import SessionTokens

SHOP, APP = "acme.myshopify.com", "client-1"
OLD, NEW = "shpss_" + "a" * 32, "shpss_" + "b" * 32
SHOPS = FakeShops({SHOP: Shop(SHOP, TENANT, APP)})


def a_token(secret: str = NEW, client_id: str = APP, ago_s: int = 0) -> str:
    return mint(SHOP, client_id, secret, time.time() - ago_s)


def caller_of(token: str, secrets: FakeAppSecrets, shops: FakeShops = SHOPS) -> Caller:
    return SessionTokens(shops, AppSignatures(secrets))(token)


def test_a_token_of_a_secret_that_was_just_rotated_is_accepted() -> None:
    secrets = FakeAppSecrets({APP: (OLD,)}, rotated={APP: (NEW, OLD)})

    assert caller_of(a_token(NEW), secrets).principal == SHOP


def test_a_shop_that_was_remembered_makes_a_degraded_caller() -> None:
    shops = FakeShops(SHOPS.shops, remembered=True)

    assert caller_of(a_token(), FakeAppSecrets({APP: (NEW,)}), shops).degraded
    assert not caller_of(a_token(), FakeAppSecrets({APP: (NEW,)})).degraded


@pytest.mark.parametrize(
    "token", [a_token(ago_s=3_600), a_token(client_id="client-2")], ids=["expired", "other app"]
)
def test_no_secret_is_read_anew_for_a_token_that_is_signed_and_wrong(token: str) -> None:
    read: list[bool] = []

    def read_secrets(client_id: str, *, anew: bool = False) -> tuple[str, ...]:
        read.append(anew)
        return (NEW,) if client_id == APP else ()

    with pytest.raises(Unauthorized):
        SessionTokens(SHOPS, AppSignatures(read_secrets))(token)

    assert read == [False]


def test_a_shop_whose_app_has_no_secret_is_told_from_a_wrong_token() -> None:
    with pytest.raises(SecretUnavailable):
        caller_of(a_token(), FakeAppSecrets({}))


def test_nothing_is_read_for_what_is_no_token_of_shopifys() -> None:
    def nobody(domain: str) -> tuple[Shop | None, bool]:
        raise AssertionError(domain)

    with pytest.raises(Unauthorized):
        SessionTokens(nobody, AppSignatures(FakeAppSecrets({})))("e30.e30.AAAA")


def test_a_token_is_not_shown_by_what_holds_it() -> None:
    token = a_token()

    assert token not in repr(SessionToken.parse(token))
