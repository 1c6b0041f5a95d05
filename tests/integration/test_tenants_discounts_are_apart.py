"""One merchant's campaigns never touch another's sales, in a process that serves both."""

from collections.abc import Iterator

import pytest

from tests.support.discounts import a_campaign, a_line, percentage
from tests.support.gateway import Gateway, a_gateway
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer

# One id is the beginning of another: a query by a beginning could mix them up.
PERCENT_OFF = {"acme": 10, "acme-corp": 20, "zeta": 30}
BASKET = {"currency": "DKK", "lines": [a_line("1", 1_000)]}


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
                a_campaign("same-id", benefit=percentage(percent * 100)),
                a_campaign(f"of-{tenant_id}", enabled=False),
            ],
        )
        for tenant_id, percent in PERCENT_OFF.items()
    }


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
