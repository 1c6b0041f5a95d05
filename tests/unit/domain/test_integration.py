from typing import Any

import pytest

from tests.support.builders import (
    ORIGIN,
    a_customer,
    a_record,
    a_request,
    an_answer,
    an_integration,
)
from tillbridge.domain.integration import Integration
from tillbridge.domain.mapping import BadItem
from tillbridge.errors import (
    AnswerUnmappable,
    RecordUnusable,
    UpstreamFailed,
    UpstreamRejected,
    UpstreamUnreadable,
)

FIELDS = {"identifier": "id", "name": "full_name", "balance": {"balance": "amount"}}
INPUTS = {"search_term": "jane"}


def items(answer: Any, **changes: Any) -> list[Any]:
    return an_integration(**changes).items(answer, INPUTS).first


def test_an_answer_that_already_has_our_shape_passes_through() -> None:
    body = [{"identifier": "c-1", "name": "Jane Doe", "balance": {"identifier": "a", "balance": 5}}]

    (customer,) = items(an_answer(body=body))

    assert customer == body[0]


def test_what_nobody_mapped_is_not_shown() -> None:
    (customer,) = items(an_answer(body={"identifier": "c-1", "ssn": "010203-1234"}))

    assert customer == {"identifier": "c-1"}


def test_what_was_mapped_is_shown_under_any_name() -> None:
    fields = {"identifier": "id", "organization_number": "vat"}

    (customer,) = items(
        an_answer(body=[{"id": 7, "vat": "DK123"}]), response={"items": "$", "fields": fields}
    )

    assert customer == a_customer(identifier="7", name=None, organization_number="DK123")


def test_a_mapping_may_look_at_what_was_asked() -> None:
    fields = {"identifier": "$request.search_term"}

    (customer,) = items(an_answer(body=[{}]), response={"items": "$", "fields": fields})

    assert customer["identifier"] == "jane"


def test_one_bad_item_costs_itself_and_says_why_without_what_it_holds() -> None:
    body = [{"id": "c-1"}, {"id": "c-2", "full_name": ["Jane"], "amount": 5}, {"amount": "jane"}]

    good, wrong_name, no_id = items(an_answer(body=body), response={"fields": FIELDS})

    assert good == a_customer(name=None)
    assert isinstance(wrong_name, BadItem)
    assert (wrong_name.index, wrong_name.field, wrong_name.expression) == (1, "name", "full_name")
    assert isinstance(no_id, BadItem)
    assert (no_id.index, no_id.field, no_id.expression) == (2, "identifier", "id")
    assert "jane" not in repr([wrong_name, no_id]).lower()


def test_an_item_that_an_expression_fails_on_stays_a_bad_one() -> None:
    fields = {"identifier": "id", "name": "$number(full_name)"}

    (bad,) = items(an_answer(body={"id": "c-1", "full_name": "x"}), response={"fields": fields})

    assert isinstance(bad, BadItem)
    assert bad.field == "name"


def test_an_item_that_is_no_object_is_a_bad_one() -> None:
    assert items(an_answer(body=["jane"])) == [
        BadItem(0, "item", None, "Input should be a valid dictionary or instance of Customer")
    ]


def test_an_operation_that_is_not_known_gives_its_items_as_they_are() -> None:
    body = [{"any": "thing"}, 5]

    assert items(an_answer(body=body), operation="warranty_status") == body


@pytest.mark.parametrize("answer", [an_answer(204, b""), an_answer(body=[]), an_answer(404)])
def test_nothing_found_is_no_item(answer: Any) -> None:
    assert items(answer, outcomes=[{"when": {"status": 404}, "is": "not_found"}]) == []


def test_a_rule_may_look_into_an_answer_that_a_mapping_then_reads() -> None:
    rules = [{"when": {"status": 200, "body": "errors"}, "is": "rejected"}]
    response = {"items": "data", "fields": {"identifier": "id"}}

    assert items(an_answer(body={"data": {"id": "c-1"}}), outcomes=rules, response=response) == [
        {"identifier": "c-1"}
    ]
    with pytest.raises(UpstreamRejected):
        items(an_answer(body={"errors": ["x"]}), outcomes=rules, response=response)


def test_a_failure_is_never_an_empty_list() -> None:
    with pytest.raises(UpstreamFailed):
        items(an_answer(500, []))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (
            an_answer(body=b"<html>jane</html>", content_type="text/html; charset=utf-8"),
            "text/html",
        ),
        (an_answer(body=b""), "of an unknown type"),
    ],
)
def test_an_unreadable_answer_says_what_it_was_and_not_what_it_held(answer: Any, kind: str) -> None:
    with pytest.raises(UpstreamUnreadable, match=kind) as failure:
        items(answer)

    assert "is not JSON" in failure.value.detail
    assert "jane" not in failure.value.detail


def test_an_answer_in_xml_is_read_as_data() -> None:
    answer = an_answer(body=b"<hits><hit><id>c-1</id></hit></hits>")
    response = {"format": "xml", "items": "hits.hit", "fields": {"identifier": "id"}}

    assert items(answer, response=response) == [{"identifier": "c-1"}]
    with pytest.raises(UpstreamUnreadable, match="is not XML"):
        items(an_answer(body={}), response=response)


@pytest.mark.parametrize("body", ["text", 5, True])
def test_an_answer_without_items_does_not_fit(body: Any) -> None:
    with pytest.raises(AnswerUnmappable):
        items(an_answer(body=body))


def test_items_that_fail_are_the_mappings_fault_and_quote_nothing() -> None:
    response = {"items": "$number(name)"}

    with pytest.raises(AnswerUnmappable, match="expressions failed") as failed:
        items(an_answer(body={"name": "jane"}), response=response)

    assert "jane" not in failed.value.detail


def test_a_null_in_place_of_the_list_is_an_empty_one() -> None:
    response = {"items": "hits", "fields": FIELDS}

    assert items(an_answer(body={"hits": None}), response=response) == []
    with pytest.raises(AnswerUnmappable, match="has no hits"):
        items(an_answer(body={"error": None}), response=response)


def test_an_xml_answer_without_its_list_does_not_fit() -> None:
    response = {"format": "xml", "items": "hits.hit", "fields": FIELDS}

    assert items(an_answer(body=b"<hits/>"), response=response) == []
    with pytest.raises(AnswerUnmappable, match=r"has no hits\.hit"):
        items(an_answer(body=b"<busy/>"), response=response)


SLOW = "$sum([1..9000].([1..900]))"


@pytest.mark.parametrize(
    "changes",
    [
        {"response": {"items": "$", "fields": {"identifier": SLOW}}},
        {"response": {"items": SLOW}},
        {"outcomes": [{"when": {"body": SLOW}, "is": "ok"}]},
    ],
)
def test_expressions_that_take_too_long_are_ended_all_together(changes: dict[str, Any]) -> None:
    with pytest.raises(AnswerUnmappable, match=r"time limit|memory limit"):
        items(an_answer(body=[{}] * 1_000), **changes)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"operation": "Customer Lookup"}, "operation"),
        ({"schema_version": 2}, "schema_version"),
        ({"surprise": 1}, "surprise"),
        ({"request": {}}, "request.url"),
        ({"request": a_request(timeout_ms=50)}, "request.timeout_ms"),
        ({"request": a_request(timeout_ms=4_001)}, "request.timeout_ms"),
        ({"request": a_request(retries=2)}, "request.retries"),
        ({"request": a_request(method="TRACE")}, "request.method"),
        ({"request": a_request(query={"q": 5})}, "request.query.q"),
        ({"request": a_request(url="http//crm")}, "request.url"),
        ({"request": a_request(query={"q": "{Q}"})}, "request.query.q"),
        ({"request": a_request(query={"q": {"expression": "a["}})}, "request.query.q"),
        ({"request": a_request(body={"a": {"expression": 5}})}, "request.body.a"),
        ({"request": a_request(headers={"Host": "x"})}, "request.headers.Host"),
        ({"auth": {"kind": "bearer"}}, "auth.secret"),
        ({"auth": {"kind": "bearer", "secret": "../other"}}, "auth.secret"),
        ({"auth": {"kind": "hunter2"}}, "auth"),
        ({"auth": {"kind": "api_key", "secret": "crm", "name": "Host"}}, "auth.name"),
        ({"auth": {"kind": "hmac", "secret": "crm", "header": "X-Amz-Key"}}, "auth.header"),
        ({"auth": {"kind": "api_key", "secret": "crm", "in": "body", "name": "k"}}, "auth.name"),
        ({"auth": {}}, "auth"),
        ({"outcomes": [{"when": {"status": 99}, "is": "ok"}]}, "outcomes.0.when.status"),
        ({"outcomes": [{"when": {}, "is": "fine"}]}, "outcomes.0.is"),
        (
            {"outcomes": [{"when": {}, "is": "ok"}, {"when": {"body": "a["}, "is": "ok"}]},
            "outcomes.1.when.body",
        ),
        ({"response": {"format": "yaml"}}, "response.format"),
        ({"response": {"items": "a["}}, "response.items"),
        ({"response": {"fields": {"name": "a["}}}, "response.fields.name"),
        ({"response": {"fields": {"name": 5}}}, "response.fields.name"),
        ({"response": {"items": "a", "expression": "b"}}, "response"),
        ({"examples": [{"name": "one", "expect": []}]}, "examples.0.response"),
    ],
)
def test_a_record_that_cannot_be_used_says_where(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(RecordUnusable) as refused:
        an_integration(**changes)

    assert refused.value.detail.startswith(place)


@pytest.mark.parametrize(
    "changes",
    [
        {"operation": "hunter2!"},
        {"enabled": "hunter2"},
        {"request": a_request(url="hunter2")},
        {"request": a_request(method="hunter2")},
        {"request": a_request(timeout_ms="hunter2")},
        {"request": a_request(headers={"X-Key": "{hunter2 {"})},
        {"request": a_request(query={"q": ["hunter2"]})},
        {"auth": {"kind": "hunter2"}},
        {"auth": {"kind": "bearer", "secret": "hunter2 is not a name"}},
        {"auth": {"kind": "bearer", "secret": "crm", "token": "hunter2"}},
        {"outcomes": [{"when": {"status": "hunter2"}, "is": "hunter2"}]},
        {"response": {"fields": {"name": ["hunter2"]}}},
        {"response": "hunter2"},
    ],
)
def test_a_record_that_cannot_be_used_does_not_say_what_it_holds(changes: dict[str, Any]) -> None:
    with pytest.raises(RecordUnusable) as refused:
        an_integration(**changes)

    assert "hunter2" not in refused.value.detail
    assert refused.value.__cause__ is None or "hunter2" not in str(refused.value.__cause__)


def test_every_fault_of_a_records_schema_is_told_at_once() -> None:
    with pytest.raises(RecordUnusable) as refused:
        an_integration(surprise=1, schema_version=2)

    assert "surprise" in refused.value.detail
    assert "schema_version" in refused.value.detail


def test_a_record_is_as_it_was_stored() -> None:
    integration = Integration.load(a_record(examples=[], enabled=False))

    assert integration.record.operation == "customer_lookup"
    assert not integration.record.enabled
    assert integration.request.origin == ORIGIN
