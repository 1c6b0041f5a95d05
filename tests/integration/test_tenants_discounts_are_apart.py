"""One merchant's campaigns never touch another's sales, in a process that serves both."""

from collections.abc import Iterator

import pytest

from tests.support.discounts import a_campaign, a_line, percentage
from tests.support.gateway import Gateway, a_gateway
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tools.openapi import apis

# One id is the beginning of another: a query by a beginning could mix them up.
PERCENT_OFF = {"acme": 10, "acme-corp": 20, "zeta": 30}
BASKET = {"currency": "DKK", "lines": [a_line("1", 1_000, tags=["wool"])]}


def nobody(_request: OutboundRequest) -> UpstreamAnswer:
    return UpstreamAnswer(404, {}, b"")


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with pytest.MonkeyPatch.context() as monkeypatch, a_gateway(monkeypatch, nobody) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def tokens(gateway: Gateway) -> dict[str, str]:
    return {
        tenant_id: gateway.add_tenant(
            tenant_id,
            campaigns=[
                a_campaign(
                    "same-id", selector={"tags": ["wool"]}, benefit=percentage(percent * 100)
                ),
                a_campaign(f"of-{tenant_id}", enabled=False),
            ],
        )
        for tenant_id, percent in PERCENT_OFF.items()
    }


@pytest.mark.requirement("X1")
def test_each_sale_gets_its_own_merchants_discounts(
    gateway: Gateway, tokens: dict[str, str]
) -> None:
    for _ in range(3):
        for tenant_id, token in tokens.items():
            answer = gateway.call(
                "POST", "/v1/discounts/evaluations", token, body={"basket": BASKET}
            ).json()

            assert answer["discount_minor"] == PERCENT_OFF[tenant_id] * 10
            assert set(answer["receipt"]["campaign_versions"]) == {"same-id", f"of-{tenant_id}"}


def test_each_customer_is_offered_its_own_merchants_discounts(
    gateway: Gateway, tokens: dict[str, str]
) -> None:
    for tenant_id, token in tokens.items():
        answer = gateway.call(
            "GET", "/v1/customers/jane/discounts", token, query={"currency_code": "DKK"}
        )

        assert [one["percentage"] for one in answer.json()] == [PERCENT_OFF[tenant_id] / 100]


def test_a_tenant_named_in_the_request_changes_nothing(
    gateway: Gateway, tokens: dict[str, str]
) -> None:
    answer = gateway.call(
        "POST",
        "/v1/discounts/evaluations",
        tokens["acme"],
        body={"basket": BASKET},
        headers={"X-Tenant-Id": "zeta"},
    )

    assert answer.json()["discount_minor"] == 100


def test_every_route_of_discounts_that_reads_campaigns_is_held_here() -> None:
    paths = {operation.path for operation in apis()["discount_application"].operations}
    assert {"/v1/discounts/evaluations", "/v1/customers/{customer_id}/discounts"} <= paths
