"""Everything that is wrong with a record is told at once, each fault with its place."""

from typing import Any

import pytest

from tests.support.builders import ORIGIN, a_record, a_request, a_secret
from tests.support.fakes import FakeSecrets
from tillbridge.domain.credential import Secret
from tillbridge.domain.faults import Fault
from tillbridge.domain.record_check import faults_of
from tillbridge.errors import RecordsUnavailable

OAUTH = {
    "kind": "oauth2_client_credentials",
    "secret": "crm",
    "client_id": "us",
    "token_url": "https://login.example.com/token",
}


def paths(record: dict[str, Any]) -> list[str]:
    return [fault.path for fault in faults_of(record)]


def faults_with(secret: Secret | None, auth: dict[str, Any]) -> list[Fault]:
    secrets = FakeSecrets({("acme", "crm"): secret} if secret else {})
    return faults_of(a_record(auth=auth), find_secret=lambda name: secrets("acme", name))


def test_every_part_that_cannot_be_used_is_named_at_once() -> None:
    record = a_record(
        request=a_request(
            url=f"{ORIGIN}/a/{{B}}/{{C}}",
            query={"q": "{}", "r": {"expression": "a["}},
            headers={"Host": "x"},
            body={"filters": [{"value": "{}"}, {"expression": "$nope()"}]},
        ),
        outcomes=[{"when": {"body": "("}, "is": "rejected"}],
        response={"items": "data[", "fields": {"identifier": "id", "balance": {"balance": "1 +"}}},
    )

    assert paths(record) == [
        "request.url",
        "request.url",
        "request.query.q",
        "request.query.r.expression",
        "request.headers.Host",
        "request.body.filters.0.value",
        "request.body.filters.1.expression",
        "outcomes.0.when.body",
        "response.items",
        "response.fields.balance.balance",
    ]


def test_a_fault_points_into_the_text_at_its_path() -> None:
    url = f"{ORIGIN}/contacts/{{Name}}"
    in_url, in_expression = faults_of(
        a_record(request=a_request(url=url), response={"fields": {"name": "first & $nope"}})
    )

    assert in_url.position == url.index("{Name}")
    assert in_url.hint
    assert in_expression == Fault(
        "response.fields.name", "There is no $nope", 13, "Member names are written without a $."
    )


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"auth": {"kind": "bearer"}}, "auth.secret"),
        ({"auth": {"kind": "bearer", "secret": "a/b"}}, "auth.secret"),
        ({"auth": {"kind": "magic"}}, "auth"),
        ({"request": a_request(query={"q": 5})}, "request.query.q"),
        ({"request": a_request(query={"q": {"expresion": "a"}})}, "request.query.q"),
        ({"outcomes": [{"when": {}, "is": "fine"}]}, "outcomes.0.is"),
        ({"auth": {"kind": "api_key", "secret": "x", "name": "k", "in": "hat"}}, "auth.in"),
        ({"reqest": {}}, "reqest"),
        ({"examples": [{"name": "one"}]}, "examples.0.response"),
    ],
)
def test_a_path_leads_to_what_stands_in_the_record(change: dict[str, Any], path: str) -> None:
    assert path in paths(a_record(**change))


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"reqest": {}}, "Did you mean request?"),
        ({"request": a_request(querry={})}, "Did you mean query?"),
        ({"outcomes": [{"when": {"sttus": 404}, "is": "ok"}]}, "Did you mean status?"),
        ({"zzz": {}}, "Remove it."),
    ],
)
def test_a_misspelled_member_is_told_what_it_may_have_been(
    change: dict[str, Any], hint: str
) -> None:
    assert hint in [fault.hint for fault in faults_of(a_record(**change))]


@pytest.mark.parametrize("part", ["request", "auth", "response", "outcomes", "examples"])
@pytest.mark.parametrize("value", [None, 5, "text", [], [1], {}, {"x": [None]}, True])
def test_a_part_of_any_type_is_judged(part: str, value: Any) -> None:
    assert all(isinstance(fault, Fault) for fault in faults_of(a_record(**{part: value})))


def test_a_literal_secret_is_named_beside_what_else_is_wrong() -> None:
    record = a_record(request=a_request(headers={"X-Api-Key": "short"}), response={"items": "["})

    assert paths(record) == ["response.items", "request.headers.X-Api-Key"]


def test_a_secret_has_to_be_there_and_bound_to_every_origin_that_it_is_sent_to() -> None:
    """T53, T54."""
    bearer = {"kind": "bearer", "secret": "crm"}

    assert faults_with(a_secret(), bearer) == []
    assert [fault.path for fault in faults_with(None, bearer)] == ["auth.secret"]
    (unbound,) = faults_with(a_secret("s3cret", "https://other.example.com"), bearer)
    assert unbound.path == "request.url"
    assert ORIGIN in (unbound.hint or "")
    assert "s3cret" not in str(unbound)
    assert [fault.path for fault in faults_with(a_secret(), OAUTH)] == ["auth.token_url"]


def test_without_a_way_to_find_secrets_nothing_is_said_of_them() -> None:
    assert faults_of(a_record(auth=OAUTH)) == []


def test_a_store_that_does_not_answer_is_no_fault_of_the_records() -> None:
    def silent(_name: str) -> Secret:
        raise RecordsUnavailable

    with pytest.raises(RecordsUnavailable):
        faults_of(a_record(auth={"kind": "bearer", "secret": "crm"}), find_secret=silent)


@pytest.mark.parametrize(
    "path", ["//people", "/a%zz", "/æ", "/people?token={search_term}"], ids=ascii
)
def test_a_path_that_no_call_could_have_is_a_fault(path: str) -> None:
    assert paths(a_record(request=a_request(url=ORIGIN + path))) == ["request.url"]


def test_a_password_in_the_url_is_a_fault_and_a_placeholder_is_none() -> None:
    with_password = ORIGIN.replace("https://", "https://user:hunter2@") + "/people"

    assert "request.url" in paths(a_record(request=a_request(url=with_password)))
    assert paths(a_record(request=a_request(url=f"{ORIGIN}/people/{{search_term}}"))) == []


def test_a_placeholder_that_nothing_fills_is_a_fault_though_an_example_gives_it() -> None:
    record = a_record(
        request=a_request(query={"q": "x {serach_term}"}),
        examples=[
            {"name": "one", "input": {"serach_term": "x"}, "response": {"body": []}, "expect": []}
        ],
    )

    in_query, in_example = faults_of(record)

    assert (in_query.path, in_query.position) == ("request.query.q", 2)
    assert in_query.hint == "Did you mean search_term?"
    assert in_example.path == "examples.0.input.serach_term"


def test_an_operation_that_is_not_known_has_whatever_inputs_it_names() -> None:
    record = a_record(operation="stock_level", request=a_request(query={"q": "{points}"}))

    assert faults_of(record) == []


def a_move(operation: str, **body: Any) -> dict[str, Any]:
    return a_record(operation=operation, request=a_request(method="POST", query={}, body=body))


@pytest.mark.parametrize("operation", ["loyalty_redeem", "loyalty_reserve", "loyalty_accrue"])
def test_what_moves_points_sends_how_many_and_its_reference(operation: str) -> None:
    """Sent again without one, points would be taken twice."""
    nameless, countless = faults_of(a_move(operation, customer="{customer_id}"))

    assert "must send {reference}" in nameless.message
    assert "must send {points}" in countless.message
    assert faults_of(a_move(operation, id="{reference}", points="{points}")) == []


def test_a_query_sends_the_reference_that_it_asks_for() -> None:
    record = a_record(operation="loyalty_query", request=a_request(query={"q": "{customer_id}"}))

    assert paths(record) == ["request"]
    record["request"] = a_request(url=f"{ORIGIN}/journal/{{reference}}", query={})
    assert paths(record) == []


@pytest.mark.parametrize(
    ("source", "sends"),
    [
        ("'till-' & reference", True),
        ("$$.reference", True),
        ("$uppercase(reference)", True),
        ("'reference'", False),
        ('"\\"reference"', False),
        ("/* reference */ customer_id", False),
        ("$reference", False),
        ("original_reference", False),
    ],
)
def test_an_expression_may_send_the_reference(source: str, sends: bool) -> None:
    computed = {"id": {"expression": source}, "points": "{points}"}
    found = faults_of(a_move("loyalty_accrue", **computed))

    assert [fault for fault in found if "must send" in fault.message] == [] if sends else found
