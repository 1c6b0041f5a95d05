"""The address policy against a corpus, with two published guards as oracles.

Neither guard may refuse what we allow. Where one allows what we refuse, the reason is listed.
"""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

import pytest
from AntiSSRF import AntiSSRFPolicy, PolicyConfigOptions  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from requests_hardened.ip_filter import (  # type: ignore[import-untyped]
    InvalidIPAddress,
    filter_host,
)

from tests.corpora.ssrf_addresses import Address, Case, public_cases, refused_cases
from tillbridge.adapters.address_policy import is_public

# requests-hardened has an address resolved, for which nobody is asked.
pytestmark = pytest.mark.enable_socket

ANTISSRF = AntiSSRFPolicy(PolicyConfigOptions.EXTERNAL_ONLY_LATEST)


def antissrf_allows(address: Address) -> bool:
    # What its adapter asks before it connects; the public way in would connect.
    return bool(ANTISSRF._is_network_connection_allowed([str(address)]))


def requests_hardened_allows(address: Address) -> bool:
    try:
        filter_host(str(address), 443, allow_loopback=False)
    except InvalidIPAddress:
        return False
    return True


EMBEDDED = "an IPv4 address in an IPv6 one, which a translator on the way may unwrap"
NOT_ALLOCATED = "outside 2000::/3, where nobody's system is"
ANYCAST = "routed, but infrastructure: no CRM is there"
STRICTER_THAN_ANTISSRF = {
    "IPv4-compatible of a special IPv4": EMBEDDED,
    "IPv4-translated of a special IPv4": EMBEDDED,
    "ISATAP of a special IPv4": EMBEDDED,
    "ISATAP, unique of a special IPv4": EMBEDDED,
    "unspecified and IPv4-compatible": EMBEDDED,
    "IPv4-mapped": "of a public IPv4: a resolver answers with the IPv4 address itself",
    "IPv4-translated": EMBEDDED,
    "NSAP, returned": NOT_ALLOCATED,
    "unallocated 4000": NOT_ALLOCATED,
    "unallocated e000": NOT_ALLOCATED,
}
STRICTER_THAN_REQUESTS_HARDENED = STRICTER_THAN_ANTISSRF | {
    "IPv4-mapped of a special IPv4": "of Azure's wire server",
    "metadata service": "Azure's wire server is a public address that answers within the cloud",
    "AMT": ANYCAST,
    "AMT v6": ANYCAST,
    "AS112 v4": ANYCAST,
    "AS112 v6": ANYCAST,
    "AS112 delegation": ANYCAST,
    "AS112 delegation v6": ANYCAST,
    "DRIP": "identifiers of drones, not hosts",
    "dummy": NOT_ALLOCATED,
    "site-local": "private until 2004, and still in use so",
}


def name_of(case: Case) -> str:
    return case.name


def test_the_corpus_holds_at_least_400_refused_addresses() -> None:
    assert len(refused_cases()) >= 400


@pytest.mark.parametrize("case", refused_cases(), ids=name_of)
def test_a_special_address_is_refused(case: Case) -> None:
    assert not is_public(case.address)


@pytest.mark.parametrize("case", public_cases(), ids=name_of)
def test_a_public_address_is_allowed_up_to_the_edge_of_every_block(case: Case) -> None:
    assert is_public(case.address)


@pytest.mark.parametrize("oracle", [antissrf_allows, requests_hardened_allows])
def test_nothing_public_to_us_is_refused_by_a_published_guard(
    oracle: Callable[[Address], bool],
) -> None:
    assert [case for case in public_cases() if not oracle(case.address)] == []


@pytest.mark.parametrize(
    ("oracle", "reasons"),
    [
        (antissrf_allows, STRICTER_THAN_ANTISSRF),
        (requests_hardened_allows, STRICTER_THAN_REQUESTS_HARDENED),
    ],
)
def test_where_a_published_guard_is_laxer_the_reason_is_listed(
    oracle: Callable[[Address], bool], reasons: dict[str, str]
) -> None:
    # Not equal: the guards ask Python's own tables too, and those differ by its version.
    assert {case.group for case in refused_cases() if oracle(case.address)} <= reasons.keys()


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_no_address_that_a_published_guard_refuses_is_allowed(
    address: IPv4Address | IPv6Address,
) -> None:
    if is_public(address):
        assert antissrf_allows(address)
        assert requests_hardened_allows(address)


def test_a_zone_does_not_hide_a_link_local_address() -> None:
    assert not is_public(IPv6Address("fe80::1%eth0"))
