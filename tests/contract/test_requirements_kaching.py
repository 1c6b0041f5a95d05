"""Ka-ching's requirements through the whole gateway, each named for its own; those that other tests
hold are marked there (docs/requirements.md)."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.aws import put
from tests.support.discounts import a_campaign, a_line
from tests.support.gateway import Gateway, GatewayAnswer, a_gateway, forget_what_was_wired
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer

ORIGIN = "https://crm.example.com"
JANE = {"identifier": "C-1", "name": "Jane Doe"}
BY_QUERY = {"url": f"{ORIGIN}/find", "query": {"q": "{search_term}", "in": "{currency_code?}"}}
BY_BODY = {
    "method": "POST",
    "url": f"{ORIGIN}/find",
    "body": {"q": "{search_term}", "in": "{currency_code?}"},
}
BASKET = {"currency": "DKK", "lines": [a_line("1", 1_000)]}
FOR_CUSTOMERS = a_campaign(condition={"kind": "customer_present"})


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    with a_gateway(monkeypatch, lambda _request: said([JANE])) as gateway:
        yield gateway


def said(body: Any, status: int = 200) -> UpstreamAnswer:
    return UpstreamAnswer(status, {}, json.dumps(body).encode())


def a_lookup(request: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"operation": "customer_lookup", "request": request, **changes}


def look_up(gateway: Gateway, token: str, **query: str) -> GatewayAnswer:
    return gateway.call("GET", "/v1/customers", token, query={"search_term": "jane", **query})


def asked(request: OutboundRequest) -> dict[str, str]:
    """What a system was asked, by query or by body."""
    if request.body is not None:
        return dict(json.loads(request.body))
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


@pytest.mark.requirement("K1")
@pytest.mark.parametrize("identifier", ["C-1", 7, 9_007_199_254_740_993])
def test_k1_what_is_found_has_an_identifier_that_a_sale_can_hold(
    gateway: Gateway, identifier: Any
) -> None:
    gateway.systems = lambda _request: said([{"identifier": identifier}])
    token = gateway.add_tenant("acme", a_lookup(BY_QUERY))

    assert look_up(gateway, token).json() == [{"identifier": str(identifier)}]


@pytest.mark.requirement("K2", "K10")
@pytest.mark.parametrize("identifier", ["0012", "a/b c%20", "Ærø-1", "gid://crm/Customer/7", "+45"])
def test_k2_an_identifier_comes_back_and_goes_out_byte_for_byte(
    gateway: Gateway, identifier: str
) -> None:
    gateway.systems = lambda request: said([{"identifier": asked(request)["q"]}])
    token = gateway.add_tenant("acme", a_lookup(BY_QUERY))

    found = look_up(gateway, token, search_term=identifier).json()

    assert found == [{"identifier": identifier}]


@pytest.mark.requirement("K3")
@pytest.mark.parametrize("absent", [None, ""])
def test_k3_what_is_not_known_is_left_out(gateway: Gateway, absent: Any) -> None:
    fields = ("street", "city", "postal_code", "country", "country_code", "phone", "email")
    mapping = {name: f"about.{name}" for name in fields} | {"identifier": "id"}
    about = dict.fromkeys(fields, absent) | {"city": "Aarhus"}
    gateway.systems = lambda _request: said([{"id": "C-1", "about": about}])
    token = gateway.add_tenant("acme", a_lookup(BY_QUERY, response={"fields": mapping}))

    (found,) = look_up(gateway, token).json()

    assert found == {"identifier": "C-1", "city": "Aarhus"}


@pytest.mark.requirement("K4")
def test_k4_a_discount_may_need_a_customer_on_the_sale(gateway: Gateway) -> None:
    token = gateway.add_tenant("acme", campaigns=[FOR_CUSTOMERS])

    def evaluated(body: dict[str, Any]) -> Any:
        sale = {"basket": BASKET, **body}
        return gateway.call("POST", "/v1/discounts/evaluations", token, body=sale).json()

    without, with_one = evaluated({}), evaluated({"customer": {"id": "C-1"}})

    assert without["discount_minor"] == 0
    assert with_one["discount_minor"] == 100


@pytest.mark.requirement("K4")
def test_k4_a_kaching_till_is_given_a_customers_discounts(gateway: Gateway) -> None:
    campaign = a_campaign(condition={"kind": "customer_present"}, selector={"tags": ["socks"]})
    token = gateway.add_tenant("acme", campaigns=[campaign])

    answer = gateway.call(
        "GET",
        "/v1/customers/C-1/discounts",
        token,
        query={"currency_code": "DKK", "market": "dk"},
    )

    (given,) = answer.json()
    assert (given["type"], given["tag"]) == ("percentage_discount-tag", "socks")


@pytest.mark.requirement("K5")
def test_k5_each_merchants_request_is_its_own_data(gateway: Gateway) -> None:
    by_header = a_lookup({**BY_QUERY, "headers": {"X-Shop": "north"}})
    tokens = [
        gateway.add_tenant("acme", by_header),
        gateway.add_tenant("rival", a_lookup({**BY_BODY, "url": "https://other.example/search"})),
    ]

    for token in tokens:
        assert look_up(gateway, token).status == 200

    first, second = gateway.requests_sent
    assert (first.method, urlsplit(first.url).hostname) == ("GET", "crm.example.com")
    assert first.headers["X-Shop"] == "north"
    assert (second.method, second.url) == ("POST", "https://other.example/search")


@pytest.mark.requirement("K6")
def test_k6_an_answer_is_unwrapped_renamed_joined_and_defaulted(gateway: Gateway) -> None:
    row = {"no": 7, "first": "Jane", "last": "Doe", "lines": ["Nygade 1", "2. tv"], "sum": "12.50"}
    gateway.systems = lambda _request: said({"data": {"rows": [row]}})
    response = {
        "items": "data.rows",
        "fields": {
            "identifier": "no",
            "name": "first & ' ' & last",
            "street": "$join(lines, ', ')",
            "country_code": "country ? country : 'DK'",
            "balance": {"identifier": "'acc-' & no", "balance": "$number(sum)"},
        },
    }
    token = gateway.add_tenant("acme", a_lookup(BY_QUERY, response=response))

    assert look_up(gateway, token, currency_code="DKK").json() == [
        {
            "identifier": "7",
            "name": "Jane Doe",
            "street": "Nygade 1, 2. tv",
            "country_code": "DK",
            "balance": {"identifier": "acc-7", "balance": 12.5},
        }
    ]


@pytest.mark.requirement("K7")
@pytest.mark.parametrize("inbound", ["GET", "POST"])
@pytest.mark.parametrize("upstream", [BY_QUERY, BY_BODY], ids=["GET", "POST"])
def test_k7_a_query_and_a_body_are_alike_on_both_sides(
    gateway: Gateway, inbound: str, upstream: dict[str, Any]
) -> None:
    token = gateway.add_tenant("acme", a_lookup(upstream))
    inputs = {"search_term": 'jane & "co"', "currency_code": "DKK"}

    if inbound == "GET":
        answer = gateway.call("GET", "/v1/customers", token, query=inputs)
    else:
        answer = gateway.call("POST", "/v1/customers", token, body=inputs)

    assert answer.json() == [JANE]
    (sent,) = gateway.requests_sent
    assert asked(sent) == {"q": 'jane & "co"', "in": "DKK"}


@pytest.mark.requirement("K8")
def test_k8_an_answer_that_fits_passes_through(gateway: Gateway) -> None:
    whole = {
        **JANE,
        "street": "Nygade 1",
        "city": "Aarhus",
        "postal_code": "8000",
        "country": "Denmark",
        "country_code": "DK",
        "phone": "+4520123456",
        "email": "jane@example.com",
        "additional_info": "Gold",
        "balance": {"identifier": "acc-1", "balance": 12.5},
    }
    gateway.systems = lambda _request: said([whole, JANE])
    token = gateway.add_tenant("acme", a_lookup(BY_QUERY))

    assert look_up(gateway, token).json() == [whole, JANE]


@pytest.mark.requirement("K9")
@pytest.mark.parametrize("term", ["a b&c=d", 'say "hi"', "1+1", "Ærø 🛒", "{currency_code}", "50%"])
@pytest.mark.parametrize("upstream", [BY_QUERY, BY_BODY], ids=["GET", "POST"])
def test_k9_a_term_arrives_as_it_was_typed(
    gateway: Gateway, upstream: dict[str, Any], term: str
) -> None:
    token = gateway.add_tenant("acme", a_lookup(upstream))

    look_up(gateway, token, search_term=term, currency_code="DKK")

    (sent,) = gateway.requests_sent
    assert asked(sent) == {"q": term, "in": "DKK"}


@pytest.mark.requirement("K9", "K11")
def test_k11_without_a_currency_none_is_sent(gateway: Gateway) -> None:
    token = gateway.add_tenant("acme", a_lookup(BY_QUERY))

    assert look_up(gateway, token).status == 200

    (sent,) = gateway.requests_sent
    assert asked(sent) == {"q": "jane"}


@pytest.mark.requirement("K10")
@pytest.mark.parametrize("found", [JANE, [JANE]], ids=["one", "a list of one"])
def test_k10_one_hit_is_a_list_too(gateway: Gateway, found: Any) -> None:
    gateway.systems = lambda _request: said(found)
    token = gateway.add_tenant("acme", a_lookup(BY_QUERY))

    assert look_up(gateway, token).json() == [JANE]


@pytest.mark.requirement("K12")
@pytest.mark.parametrize("answer", [said([]), said(None, 500), said({"oops": 1}), said("<html>")])
def test_k12_nobody_is_an_empty_list_and_a_failure_never_is(
    gateway: Gateway, answer: UpstreamAnswer
) -> None:
    gateway.systems = lambda _request: answer
    token = gateway.add_tenant("acme", a_lookup(BY_QUERY))

    looked_up = look_up(gateway, token)

    assert (looked_up.text == "[]") == (answer.body == b"[]") == (looked_up.status == 200)


@pytest.mark.requirement("K13")
def test_k13_who_has_no_identifier_is_not_passed_on(gateway: Gateway) -> None:
    gateway.systems = lambda _request: said([{"name": "Nobody"}, JANE, {**JANE, "extra": 1}])
    token = gateway.add_tenant("acme", a_lookup(BY_QUERY))

    looked_up = look_up(gateway, token)

    assert looked_up.json() == [JANE, JANE]
    assert looked_up.headers["Tillbridge-Skipped"] == "1"


@pytest.mark.requirement("K5")
def test_k5_a_changed_record_changes_the_next_call(gateway: Gateway) -> None:
    """In an environment that has not read it yet; the others follow within 30 s."""
    token = gateway.add_tenant("acme", a_lookup(BY_QUERY))
    assert look_up(gateway, token).status == 200
    assert urlsplit(gateway.requests_sent[-1].url).path == "/find"
    forget_what_was_wired()
    changed = a_lookup({**BY_QUERY, "url": f"{ORIGIN}/v2/find"})
    put(gateway.table, "LIVE#acme#", "INTEGRATION#customer_lookup", **changed)

    assert look_up(gateway, token).status == 200

    assert urlsplit(gateway.requests_sent[-1].url).path == "/v2/find"
