"""What the tills' scripts run on."""

import time
from collections.abc import Iterator
from itertools import count

import pytest

from tests.support.gateway import Gateway, a_points_gateway
from tests.support.script import Counter

_numbers = count(1)
REWARDS = (
    {
        "id": "five-off",
        "points": 100,
        "gain": {"kind": "amount_off", "amount": {"DKK": 500}},
    },
    {
        "id": "as-you-like",
        "points": 100,
        "gain": {"kind": "amount_off", "amount": {"DKK": 500}},
        "choice": {"min_points": 50, "step_points": 10},
        "minimum_subtotal": {"DKK": 1000},
    },
)
POINT_VALUES = {"DKK": {"points": 10, "amount_minor": 50}}


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with a_points_gateway() as gateway:
        yield gateway


@pytest.fixture
def counter(gateway: Gateway) -> Counter:
    """A shop of a merchant's of its own, where nothing has happened yet, and a rival's."""
    gateway.clock.now_s = time.time()
    merchant, rival = f"merchant-{next(_numbers)}", f"rival-{next(_numbers)}"
    tokens = {
        "till": gateway.add_tenant(
            merchant,
            profile={"currency": "DKK"},
            programme={"hold_ttl_s": 900, "point_values": POINT_VALUES},
            customer_account={},
            rewards=REWARDS,
        ),
        "web shop": gateway.add_key(merchant, "web-shop"),
        "rival": gateway.add_tenant(rival, programme={}),
    }
    return Counter(gateway, tokens)
