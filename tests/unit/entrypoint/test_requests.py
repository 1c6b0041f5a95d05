import base64
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import TENANT, a_caller, a_query
from tillbridge.domain.caller import Scope
from tillbridge.domain.customer import CustomerQuery
from tillbridge.domain.loyalty_requests import CaptureRequest
from tillbridge.entrypoint.requests import (
    MAX_BODY_BYTES,
    Event,
    caller_in,
    customer_in,
    idempotency_key,
    parsed_input,
    refuse_loop,
    require_scope,
)
from tillbridge.errors import (
    CallLoop,
    IdempotencyKeyMissing,
    InvalidRequest,
    RecordsUnavailable,
    RequestTooLarge,
    ScopeMissing,
    Unauthorized,
)

CONTEXT = {"tenant_id": TENANT, "principal": "pos-1", "scopes": "lookup", "channel": "kaching"}


def a_get(**parameters: list[str]) -> Event:
    return {"multiValueQueryStringParameters": parameters or None}


def a_post(body: str | bytes | None, *, in_base64: bool = False) -> Event:
    if in_base64 and body is not None:
        raw = body.encode(errors="surrogatepass") if isinstance(body, str) else body
        body = base64.b64encode(raw).decode()
    return {"body": body, "isBase64Encoded": in_base64}


def parsed(method: str, event: Event) -> CustomerQuery:
    return parsed_input(CustomerQuery, method, event)


def from_authorizer(context: Any) -> Event:
    return {"requestContext": {"authorizer": context}}


def sized(n_bytes: int, letter: str = "x") -> str:
    """A good body of so many bytes, made long by a member that nobody reads."""
    frame = json.dumps({"search_term": "jane", "pad": ""})
    letters, rest = divmod(n_bytes - len(frame), len(letter.encode()))
    return frame[:-2] + letter * letters + "x" * rest + '"}'


@given(term=st.text(alphabet=st.characters(codec="utf-8"), max_size=128))
@pytest.mark.parametrize("in_base64", [False, True])
def test_what_was_typed_is_read_exactly(in_base64: bool, term: str) -> None:
    query = {"search_term": [term], "currency_code": ["DKK"]}
    body = json.dumps({"search_term": term, "currency_code": "DKK"}, ensure_ascii=False)

    expected = a_query(term, currency_code="DKK")
    assert parsed("GET", a_get(**query)) == expected
    assert parsed("POST", a_post(body, in_base64=in_base64)) == expected


def test_the_body_of_a_get_and_the_query_of_a_post_are_not_read() -> None:
    event = {**a_get(search_term=["jane"]), **a_post('{"search_term": "joe"}')}

    assert parsed("GET", event) == a_query("jane")
    assert parsed("POST", event) == a_query("joe")


@pytest.mark.parametrize("name", ["search_term", "currency_code", "unknown"])
@pytest.mark.parametrize("values", [["hunter2", "hunter3"], ["hunter2", "hunter2"]])
def test_a_parameter_that_is_given_twice_is_refused(name: str, values: list[str]) -> None:
    with pytest.raises(InvalidRequest, match="more than once") as refused:
        parsed("GET", a_get(**{"search_term": ["jane"], name: values}))

    assert refused.value.facts == {"field": name}
    assert "hunter" not in refused.value.detail


@pytest.mark.parametrize("event", [{}, a_get(), {"multiValueQueryStringParameters": {}}])
def test_a_missing_parameter_is_named(event: Event) -> None:
    with pytest.raises(InvalidRequest, match="search_term") as refused:
        parsed("GET", event)

    assert refused.value.facts == {"field": "search_term"}


def test_a_value_that_is_refused_is_named_but_not_repeated() -> None:
    with pytest.raises(InvalidRequest) as refused:
        parsed("POST", a_post('{"search_term": "jane", "currency_code": "hunter2"}'))

    assert refused.value.facts == {"field": "currency_code"}
    assert "hunter2" not in refused.value.detail


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"])
@pytest.mark.parametrize("in_base64", [False, True])
def test_a_body_may_have_64_kib_and_not_a_byte_more(letter: str, in_base64: bool) -> None:
    largest, too_large = sized(MAX_BODY_BYTES, letter), sized(MAX_BODY_BYTES + 1, letter)
    assert len(largest.encode()) == 64 * 1024

    assert parsed("POST", a_post(largest, in_base64=in_base64)) == a_query("jane")
    with pytest.raises(RequestTooLarge, match="65536"):
        parsed("POST", a_post(too_large, in_base64=in_base64))


NOT_JSON = [
    *("", " ", "hunter2", "{", '{"search_term": "hunter2"', "[NaN]", "{'a': 1}"),
    '{"search_term": "hunter2", "search_term": "hunter3"}',
    '{"search_term": "hunter2", "deep": {"a": 1, "a": 2}}',
    '{"search_term": "hunter2"} {}',
    '{"search_term": "\ud800"}',
    "[" * 50_000,
    "\xff\xfe",
]


@pytest.mark.parametrize(
    ("body", "in_base64"),
    [
        *((body, in_base64) for body in [None, *NOT_JSON] for in_base64 in (False, True)),
        (b"\xff\xfe", True),
        (b'{"search_term": "caf\xe9"}', True),
    ],
)
def test_a_body_that_is_not_json_is_refused_and_not_quoted(body: Any, in_base64: bool) -> None:
    with pytest.raises(InvalidRequest, match="the body is not JSON") as refused:
        parsed("POST", a_post(body, in_base64=in_base64))

    assert refused.value.facts == {"field": "body"}
    assert "hunter" not in refused.value.detail


@pytest.mark.parametrize("body", ["A", "AAAAA", "=", "é", "eyJ9*", '{"search_term": "hunter2"}'])
def test_what_should_be_base64_and_is_not_is_refused(body: str) -> None:
    with pytest.raises(InvalidRequest, match="not base64") as refused:
        parsed("POST", {"body": body, "isBase64Encoded": True})

    assert refused.value.facts == {"field": "body"}
    assert "hunter2" not in refused.value.detail


def test_an_event_without_repeated_parameters_has_them_once() -> None:
    event = {"queryStringParameters": {"search_term": "jane"}}

    assert parsed("GET", event) == a_query("jane")
    assert parsed("GET", {**event, **a_get(search_term=["joe"])}) == a_query("joe")


@pytest.mark.parametrize("body", ["null", "true", "5", '"jane"', "[]", '[{"search_term": "jane"}]'])
def test_a_body_that_is_no_object_is_refused(body: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parsed("POST", a_post(body))

    assert refused.value.facts == {"field": "body"}
    assert "jane" not in refused.value.detail


def test_a_caller_is_what_the_authorizer_says() -> None:
    now_s = int(time.time())
    context = {**CONTEXT, "scopes": "lookup redeem", "expires_at_s": str(now_s + 600)}

    assert caller_in(from_authorizer(CONTEXT)) == a_caller()
    assert caller_in(from_authorizer({**context, "degraded": "true"})) == a_caller(
        scopes=frozenset({"lookup", "redeem"}), expires_at_s=now_s + 600, degraded=True
    )


@pytest.mark.parametrize(
    "event",
    [
        {"requestContext": {}},
        *map(from_authorizer, (None, {}, {"principalId": "jane"}, {"scopes": "lookup"})),
    ],
)
def test_without_a_tenant_of_the_authorizers_nobody_calls(event: Event) -> None:
    with pytest.raises(Unauthorized):
        caller_in({**event, "tenant_id": TENANT, "headers": {"tenant_id": TENANT}})


@pytest.mark.parametrize("ago_s", [1, 86_400])
def test_a_caller_that_expired_while_it_was_remembered_is_refused(ago_s: int) -> None:
    context = {**CONTEXT, "expires_at_s": str(int(time.time()) - ago_s)}

    with pytest.raises(Unauthorized):
        caller_in(from_authorizer(context))


@pytest.mark.parametrize("scopes", ["", "redeem", "redeem admin", "lookups", "LOOKUP"])
def test_a_caller_without_the_scope_is_told_which(scopes: str) -> None:
    with pytest.raises(ScopeMissing, match="scope lookup") as refused:
        require_scope(Scope.LOOKUP, caller_in(from_authorizer({**CONTEXT, "scopes": scopes})))

    assert refused.value.facts == {"scope": "lookup"}


def test_a_caller_with_the_scope_may_go_on() -> None:
    require_scope(Scope.LOOKUP, a_caller(scopes=frozenset({"redeem", "lookup"})))


@pytest.mark.parametrize("name", ["Tillbridge-Hop", "tillbridge-hop", "TILLBRIDGE-HOP"])
@pytest.mark.parametrize("value", ["1", ""])
def test_a_request_of_our_own_is_a_loop(name: str, value: str) -> None:
    with pytest.raises(CallLoop) as refused:
        refuse_loop({"headers": {"Accept": "*/*", name: value}})

    assert refused.value.status == 508


@pytest.mark.parametrize("headers", [None, {}, {"Tillbridge-Hops": "1", "Hop": "1"}])
def test_any_other_request_is_none(headers: Any) -> None:
    refuse_loop({"headers": headers})
    refuse_loop({})


def test_a_remembered_key_may_look_up_and_change_nothing() -> None:
    caller = a_caller(scopes=frozenset(Scope), degraded=True)

    require_scope(Scope.LOOKUP, caller)
    for scope in set(Scope) - {Scope.LOOKUP}:
        with pytest.raises(RecordsUnavailable):
            require_scope(scope, caller)


def a_keyed(*values: str, name: str = "idempotency-key") -> Event:
    return {"multiValueHeaders": {"Accept": ["*/*"], name: list(values)}}


@pytest.mark.parametrize("name", ["Idempotency-Key", "idempotency-key"])
def test_the_tills_key_is_read_quoted_or_bare(name: str) -> None:
    assert idempotency_key(a_keyed("0123456789abcdef", name=name)) == "0123456789abcdef"
    assert idempotency_key(a_keyed('"0123456789abcdef"', name=name)) == "0123456789abcdef"


@pytest.mark.parametrize("event", [{}, {"multiValueHeaders": None}, a_keyed(), a_keyed("  ")])
def test_a_missing_key_is_told_apart_from_a_bad_one(event: Event) -> None:
    with pytest.raises(IdempotencyKeyMissing):
        idempotency_key(event)


@pytest.mark.parametrize(
    "event", [a_keyed("short"), a_keyed("0123456789abcdef", "another-key-of-it")]
)
def test_a_bad_key_is_refused_by_name(event: Event) -> None:
    with pytest.raises(InvalidRequest) as refused:
        idempotency_key(event)
    assert refused.value.facts == {"field": "Idempotency-Key"}


def test_a_body_in_which_nothing_is_required_may_be_left_out() -> None:
    assert parsed_input(CaptureRequest, "POST", a_post(None)) == CaptureRequest()
    assert parsed_input(CaptureRequest, "POST", a_post(" ")) == CaptureRequest()


def test_a_customer_in_the_path_is_decoded_once() -> None:
    assert customer_in({"customer_id": "b64.Z2lkOi8vc2hvcGlmeS9DdXN0b21lci8x"}) == (
        "gid://shopify/Customer/1"
    )
    with pytest.raises(InvalidRequest, match="customer_id"):
        customer_in({"customer_id": "b64.%2F"})
