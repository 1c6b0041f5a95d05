"""A record is written by a stranger: what it may cost to load, to ask and to answer is bounded in
sum, not only for each expression."""

import time
from typing import Any

import pytest

from tests.support.builders import ORIGIN, a_record, an_answer, an_integration
from tillbridge.domain.customer import Customer
from tillbridge.domain.expression import Expression, ExpressionFailed
from tillbridge.domain.integration import Integration
from tillbridge.domain.mapping import BadItem
from tillbridge.domain.record_check import faults_of
from tillbridge.errors import RecordUnusable

# Half a second of computing, if nothing stopped it.
SLOW = "$sum($map([1..9999], function($v) { $sum([$v..$v + 40]) }))"
NOISE_FACTOR = 8


def test_a_record_has_at_most_64_fields_nested_ones_included() -> None:
    fields = {f"f{number}": "id" for number in range(60)}

    Integration.load(a_record(response={"fields": {**fields, "more": dict.fromkeys("abcd", "id")}}))
    with pytest.raises(RecordUnusable, match="at most 64 fields"):
        Integration.load(
            a_record(response={"fields": {**fields, "more": dict.fromkeys("abcde", "id")}})
        )


def test_loading_is_bounded_over_all_expressions() -> None:
    def wide(number: int) -> str:
        return "[" + ", ".join(f"$string({number} + {n}) & name" for n in range(60)) + "]"

    body = [{"expression": wide(number)} for number in range(300)]
    started_s = time.monotonic()

    with pytest.raises(RecordUnusable, match="too long"):
        Integration.load(a_record(request={"url": ORIGIN, "method": "POST", "body": body}))

    assert time.monotonic() - started_s < 0.5 * NOISE_FACTOR


def test_a_requests_expressions_share_one_bound() -> None:
    template = an_integration(
        request={"url": ORIGIN, "method": "POST", "body": [{"expression": SLOW}] * 40}
    ).request
    started_s = time.monotonic()

    with pytest.raises(RecordUnusable, match="time limit"):
        template.render({})

    assert time.monotonic() - started_s < 0.25 * NOISE_FACTOR


def test_only_as_many_items_are_mapped_as_are_asked_for() -> None:
    integration = an_integration(response={"items": "d", "fields": {"identifier": "id"}})
    answer = an_answer(body={"d": [{"id": number} for number in range(5_000)]})

    items = integration.items(answer, {}, at_most=3)

    assert items.first == [Customer(identifier=str(number)) for number in range(3)]
    assert items.total == 5_000


def test_a_concatenation_does_not_multiply_an_answer() -> None:
    expression = Expression.compile(" & ".join(["long"] * 16))

    with pytest.raises(ExpressionFailed, match="size limit"):
        expression.evaluate({"long": "x" * 100_000})


@pytest.mark.parametrize(
    "response", [{"items": "d"}, {"expression": "d"}, {"items": "d", "fields": None}]
)
def test_without_fields_only_what_a_till_knows_goes_on(response: dict[str, Any]) -> None:
    integration = an_integration(response=response)
    answer = an_answer(body={"d": [{"identifier": "1", "password_hash": "x"}]})

    (customer,) = integration.items(answer, {}).first

    assert customer == {"identifier": "1"}


def test_a_field_of_the_records_own_goes_on_clean_in_name_and_value() -> None:
    integration = an_integration(response={"fields": {"identifier": "id", "vip": "facts"}})
    answer = an_answer(body=[{"id": "1", "facts": {"si\u202ence": ["20\u000024"]}}])

    (customer,) = integration.items(answer, {}).first

    assert not isinstance(customer, BadItem)
    assert customer.model_dump(exclude_none=True)["vip"] == {"since": ["2024"]}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"request": {"url": "https://10.0.0.1/customers"}}, "request.url"),
        ({"request": {"url": "http://crm.example.com/customers"}}, "request.url"),
        ({"request": {"url": "https://crm.example.com:8080/customers"}}, "request.url"),
        (
            {
                "auth": {
                    "kind": "oauth2_client_credentials",
                    "secret": "client",
                    "client_id": "us",
                    "token_url": "https://127.0.0.1/token",
                }
            },
            "auth.token_url",
        ),
    ],
)
def test_a_record_whose_url_may_not_be_called_must_not_go_live(
    change: dict[str, Any], path: str
) -> None:
    (fault,) = faults_of(a_record(**change))

    assert fault.path == path
    assert fault.message.startswith("The URL")


def test_the_operators_list_lets_a_private_origin_go_live() -> None:
    record = a_record(request={"url": "http://127.0.0.1:9000/customers"})

    assert faults_of(record, frozenset({"http://127.0.0.1:9000"})) == []
