"""What is seen of a token before anything is read for it."""

import time

import pytest

from tests.corpora.session_tokens import SHOP, bad_tokens, good_tokens
from tillbridge.domain.session_token import SessionToken

NOW_S = time.time()
SHAPELESS = [
    name
    for name in bad_tokens(NOW_S)
    if name.startswith(("shop 'https://acme.", "alg ", "header ", "dest:", "no ", "kid "))
]


@pytest.mark.parametrize("name", SHAPELESS)
def test_nothing_is_read_for_what_shopify_would_not_make(name: str) -> None:
    assert SessionToken.parse(bad_tokens(NOW_S)[name]) is None


@pytest.mark.parametrize("name", good_tokens(NOW_S))
def test_a_token_names_its_shop_and_until_when_it_is_accepted(name: str) -> None:
    token = SessionToken.parse(good_tokens(NOW_S)[name])

    assert token is not None
    assert token.shop == SHOP
    assert token.expires_at_s <= NOW_S + 70
