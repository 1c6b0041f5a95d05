"""Five systems of five shapes, each connected by a record alone, over HTTP on the local stack."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests

from local.demo_tenants import DEMO_TENANTS
from local.stack import LocalStack
from tests.support.till import Till

pytestmark = pytest.mark.stack

TENANTS = [tenant.tenant_id for tenant in DEMO_TENANTS]
BEYOND_DOUBLE = "9007199254740993"

ODD_TERMS = [
    "O'Brien",
    "O'Brien' or '1' eq '1",
    "' or contains(email,'",
    'a "quoted" term',
    "Doe & Sønner + co = 50%",
    "{search_term} {currency_code?} {{",
    "two\nlines",
    "back\\slash/slash?query#fragment",
    "Zoë Müller-Lüdenscheidt",
    "山田 太郎 🎉",
    "*",
    "%27%20or%20",
    "$filter=true;$top=1000",
    "}}]) { customers { id } } #",
]


@pytest.fixture(params=TENANTS)
def tenant_id(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def till(stack: LocalStack, tenant_id: str) -> Till:
    return Till.of(stack, tenant_id)


def found(till: Till, term: str, currency_code: str | None = None) -> list[dict[str, Any]]:
    answer = till.look_up(term, currency_code)
    assert answer.status_code == 200, answer.text
    customers = answer.json()
    assert isinstance(customers, list)
    return customers


@pytest.mark.requirement("K1", "K6")
def test_customers_are_found_by_name(till: Till) -> None:
    customers = found(till, "jane")

    assert customers
    assert all("jane" in customer["name"].lower() for customer in customers)
    assert all(customer["identifier"] for customer in customers)


@pytest.mark.requirement("K2")
def test_a_found_identifier_finds_the_same_customer(till: Till) -> None:
    (customer,) = found(till, "jane.doe@example.com")

    assert customer in found(till, customer["identifier"])


@pytest.mark.requirement("K9")
def test_an_apostrophe_neither_breaks_nor_injects(till: Till) -> None:
    everybody_called_jane = found(till, "jane")

    assert {customer["name"] for customer in found(till, "O'Brien")} >= {
        "Jane O'Brien",
        "Siobhán O'Brien",
    }
    assert found(till, "O'Brien' or '1' eq '1") == []
    assert len(found(till, "O'Brien")) < len(everybody_called_jane) + 10


@pytest.mark.parametrize(
    ("term", "name"),
    [
        ("Ærø", "Søren Ærø"),
        ("山田", "太郎 山田"),
        ("Müller-Lüdenscheidt", "Zoë Müller-Lüdenscheidt"),
    ],
)
def test_names_outside_ascii_are_found_and_come_back_whole(
    till: Till, term: str, name: str
) -> None:
    assert name in {customer["name"] for customer in found(till, term)}


@pytest.mark.requirement("K12")
def test_nobody_is_an_empty_list(till: Till) -> None:
    assert found(till, "nobody of that name") == []


@pytest.mark.parametrize("term", ODD_TERMS, ids=ascii)
def test_no_term_breaks_a_system(till: Till, term: str) -> None:
    assert till.look_up(term).status_code == 200


@pytest.mark.requirement("K3")
def test_a_customer_without_anything_but_a_name_has_no_invented_fields(till: Till) -> None:
    customers = found(till, "zoe.without.surname@example.com")

    for customer in customers:
        assert customer["name"] == "Zoë"
        assert not {"street", "city", "postal_code", "phone"} & customer.keys()
        assert not {"None", "null", "false", "undefined"} & {str(v) for v in customer.values()}


@pytest.mark.requirement("K2")
@pytest.mark.parametrize("tenant_id", ["lumen-living", "vinter-mode", "kaffe-huset"], indirect=True)
def test_an_id_beyond_2_to_53_keeps_every_digit(till: Till) -> None:
    (customer,) = found(till, "Åse")

    assert customer["identifier"] == BEYOND_DOUBLE


@pytest.mark.requirement("K11")
@pytest.mark.parametrize(
    ("tenant_id", "currency_code", "amount"),
    [
        ("fjord-outdoor", "DKK", 1250.5),
        ("fjord-outdoor", "SEK", 189.0),
        ("lumen-living", "DKK", 1250.5),
        ("lumen-living", "EUR", 16.75),
        ("vinter-mode", "EUR", 16.75),
        ("vinter-mode", "SEK", 189.0),
        ("bryghus-nord", "DKK", 1250.5),
        ("bryghus-nord", "EUR", None),
        ("kaffe-huset", "DKK", 1250.5),
        ("kaffe-huset", "EUR", None),
    ],
    indirect=["tenant_id"],
)
def test_a_balance_is_in_the_asked_currency_or_absent(
    till: Till, currency_code: str, amount: float | None
) -> None:
    (customer,) = found(till, "jane.doe@example.com", currency_code)

    assert customer.get("balance", {}).get("balance") == amount


def texts_in(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for child in data.values() if isinstance(data, dict) else data:
            yield from texts_in(child)


@pytest.mark.requirement("K9")
@pytest.mark.parametrize("term", ['O\'Brien & co + {x} "q" 50% æ', "two\nlines\\"], ids=ascii)
def test_a_term_arrives_exactly(stack: LocalStack, till: Till, tenant_id: str, term: str) -> None:
    till.look_up(term)

    (tenant,) = (tenant for tenant in DEMO_TENANTS if tenant.tenant_id == tenant_id)
    system = next(iter(tenant.stand_ins.values())).strip("/")
    seen = requests.get(f"{stack.demo_crm}/control/requests/{system}", timeout=10).json()[-1]
    texts = [value for _, value in parse_qsl(seen["query"])]
    texts += texts_in(json.loads(seen["body"])) if seen["body"] else []
    in_a_filter = f"'{term.lower().replace(chr(39), chr(39) * 2)}'"
    assert any(text == term or in_a_filter in text for text in texts)
