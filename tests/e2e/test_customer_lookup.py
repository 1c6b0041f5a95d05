"""The road, whole: a till's HTTP request through the deployed template to the demo CRM and back."""

import socket
import time
from typing import Any

import pytest

from local.stack import LocalStack
from tests.support.till import Till, new_tenant
from tillbridge.domain.caller import Scope

pytestmark = pytest.mark.stack

PROBLEM = "application/problem+json"


def a_record(origin: str, **changes: Any) -> dict[str, Any]:
    request = {"url": f"{origin}/customers", "query": {"q": "{search_term}"}, "timeout_ms": 1000}
    return {"operation": "customer_lookup", "request": request} | changes


def a_closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TestATenantWhoseSystemAnswersInOurShape:
    @pytest.fixture
    def till(self, stack: LocalStack) -> Till:
        return Till.of(stack, "fjord-outdoor")

    @pytest.mark.requirement("K1", "K8")
    def test_a_customer_is_found_by_query(self, till: Till) -> None:
        answer = till.look_up("jane.doe@example.com", "DKK")

        assert answer.status_code == 200
        assert answer.json() == [
            {
                "identifier": "C-10001",
                "name": "Jane Doe",
                "street": "Vestergade 12 2. th.",
                "city": "København K",
                "postal_code": "1456",
                "country": "Denmark",
                "country_code": "DK",
                "phone": "+45 20 12 34 56",
                "email": "jane.doe@example.com",
                "additional_info": "Gold, 1240 points",
                "balance": {"identifier": "C-10001-DKK", "balance": 1250.5},
            }
        ]

    @pytest.mark.requirement("K7")
    def test_a_body_finds_what_a_query_finds(self, till: Till) -> None:
        asked = {"search_term": "jane", "currency_code": "DKK"}

        by_body = till.call("POST", "/v1/customers", json=asked)
        by_query = till.call("GET", "/v1/customers", params=asked)

        assert by_body.status_code == 200
        assert by_body.json() == by_query.json() != []

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "KachingKey", "kachingkey"])
    def test_the_key_is_taken_after_either_scheme(self, till: Till, scheme: str) -> None:
        assert till.authorization is not None
        token = till.authorization.removeprefix("Bearer ")

        answer = till.with_authorization(f"{scheme} {token}").look_up("jane")

        assert answer.status_code == 200

    @pytest.mark.requirement("K11")
    def test_the_currency_selects_the_balance(self, till: Till) -> None:
        (in_kroner,) = till.look_up("jane.doe@example.com", "DKK").json()
        (in_euro,) = till.look_up("jane.doe@example.com", "EUR").json()

        assert in_kroner["balance"]["balance"] != in_euro["balance"]["balance"]

    @pytest.mark.requirement("K2", "K10")
    def test_a_found_identifier_finds_the_same_customer_again(self, till: Till) -> None:
        (found,) = till.look_up("jane.doe@example.com").json()

        assert till.look_up(found["identifier"]).json() == [found]

    def test_an_unknown_customer_is_an_empty_list(self, till: Till) -> None:
        answer = till.look_up("nobody of that name")

        assert (answer.status_code, answer.json()) == (200, [])

    def test_a_blank_term_is_an_empty_list(self, till: Till) -> None:
        assert till.look_up("  ").json() == []

    def test_more_than_the_cap_is_truncated_and_said_so(self, stack: LocalStack) -> None:
        template = Till.of(stack, "fjord-outdoor")
        answer = template.look_up("a")

        assert len(answer.json()) == 50
        assert answer.headers["Tillbridge-Truncated"] == "true"


class TestATenantOnHubSpot:
    @pytest.mark.requirement("K6")
    def test_contacts_come_in_our_shape(self, stack: LocalStack) -> None:
        answer = Till.of(stack, "lumen-living").look_up("jane", "EUR")

        assert answer.status_code == 200
        customers = answer.json()
        assert customers
        assert all(customer["identifier"].isdecimal() for customer in customers)
        assert all("jane" in customer["name"].lower() for customer in customers)

    def test_an_unknown_customer_is_an_empty_list(self, stack: LocalStack) -> None:
        assert Till.of(stack, "lumen-living").look_up("nobodyatall").json() == []


class TestAnswersThatAreNotCustomers:
    def test_a_request_without_a_term_says_what_is_missing(self, stack: LocalStack) -> None:
        answer = Till.of(stack, "fjord-outdoor").call("GET", "/v1/customers")

        assert answer.status_code == 400
        assert answer.headers["Content-Type"] == PROBLEM
        assert (answer.json()["code"], answer.json()["field"]) == ("invalid_request", "search_term")

    @pytest.mark.requirement("K12")
    def test_a_system_that_is_down_is_a_problem_and_never_an_empty_list(
        self, stack: LocalStack
    ) -> None:
        # The emulator's own port answers http; nothing answers on one that is closed.
        closed = f"{stack.demo_crm.rpartition(':')[0]}:{a_closed_port()}"
        till = new_tenant(stack, "crm-elsewhere", a_record(closed))

        answer = till.look_up("jane")

        assert answer.status_code == 502
        assert answer.headers["Content-Type"] == PROBLEM
        # Not on the operator's list, so it is refused before it is called.
        assert answer.json()["code"] == "address_refused"

    def test_a_failing_system_is_a_problem_with_words_for_the_cashier(
        self, stack: LocalStack
    ) -> None:
        record = a_record(stack.demo_crm, request={"url": f"{stack.demo_crm}/no-such-path"})
        answer = new_tenant(stack, "crm-broken", record).look_up("jane")

        problem = answer.json()
        assert answer.status_code == problem["status"] == 502
        assert problem["code"] == "upstream_rejected"
        assert problem["type"] == "urn:tillbridge:problem:upstream_rejected"
        assert problem["retryable"] is False
        assert "without a customer" in problem["cashier_message"]
        assert problem["instance"].startswith("urn:tillbridge:request:")

    def test_a_tenant_without_a_record_is_told_so(self, stack: LocalStack) -> None:
        answer = new_tenant(stack, "not-set-up").look_up("jane")

        assert (answer.status_code, answer.json()["code"]) == (501, "not_configured")

    def test_a_suspended_tenant_is_told_so(self, stack: LocalStack) -> None:
        record = a_record(stack.demo_crm)
        till = new_tenant(stack, "suspended", record, profile={"status": "suspended"})

        assert till.look_up("jane").json()["code"] == "tenant_suspended"


class TestCredentials:
    def test_a_key_without_the_scope_is_403(self, stack: LocalStack) -> None:
        till = new_tenant(stack, "redeems-only", scopes=frozenset({Scope.REDEEM}))

        answer = till.look_up("jane")

        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
        assert answer.json()["scope"] == "lookup"

    @pytest.mark.parametrize(
        "change",
        [{"expires_at_s": int(time.time()) - 1}, {"revoked": True}],
        ids=["expired", "revoked"],
    )
    def test_a_key_that_is_no_longer_good_is_401(
        self, stack: LocalStack, change: dict[str, Any]
    ) -> None:
        till = new_tenant(stack, f"key-{'-'.join(change).replace('_', '-')}", **change)

        assert till.look_up("jane").status_code == 401

    @pytest.mark.parametrize(
        "authorization",
        [
            None,
            "Bearer nonsense",
            "Bearer tb_fjord-outdoor_00000000_" + "0" * 64,
            "Basic dXNlcjpwYXNz",
        ],
        ids=["missing", "malformed", "unknown", "other scheme"],
    )
    def test_what_is_no_key_of_ours_is_401(
        self, stack: LocalStack, authorization: str | None
    ) -> None:
        till = Till.of(stack, "fjord-outdoor").with_authorization(authorization)

        assert till.look_up("jane").status_code == 401

    def test_a_wrong_secret_is_401(self, stack: LocalStack) -> None:
        till = Till.of(stack, "fjord-outdoor")
        assert till.authorization is not None

        assert (
            till.with_authorization(till.authorization[:-4] + "0000").look_up("x").status_code
            == 401
        )

    @pytest.mark.requirement("X1")
    def test_a_key_asks_its_own_tenants_system_only(self, stack: LocalStack) -> None:
        fjord = Till.of(stack, "fjord-outdoor").look_up("jane").json()
        lumen = Till.of(stack, "lumen-living").look_up("jane").json()

        assert not {c["identifier"] for c in fjord} & {c["identifier"] for c in lumen}


class TestWithoutACredential:
    def test_health_answers(self, stack: LocalStack) -> None:
        answer = Till(stack.api, None).call("GET", "/v1/health")

        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})

    @pytest.mark.requirement("S21")
    @pytest.mark.parametrize("path", ["/v1/customers", "/v1/health"])
    def test_a_browser_may_ask_first(self, stack: LocalStack, path: str) -> None:
        answer = Till(stack.api, None).call(
            "OPTIONS",
            path,
            headers={
                "Origin": "https://extensions.shopifycdn.com",
                "Access-Control-Request-Method": "GET",
                "Access-Control-Request-Headers": "authorization",
            },
        )

        assert answer.status_code == 204
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
        assert "GET" in answer.headers["Access-Control-Allow-Methods"]

    def test_errors_may_be_read_by_a_browser_too(self, stack: LocalStack) -> None:
        answer = Till.of(stack, "fjord-outdoor").call("GET", "/v1/customers")

        assert answer.status_code == 400
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
