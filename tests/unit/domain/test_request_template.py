"""A value arrives at the other side exactly as it was typed, or is refused: it is never text that
the request's own grammar reads (T36-T38, K9)."""

import io
import json
import posixpath
from http.client import parse_headers
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.builders import ORIGIN, a_template, an_answer
from tillbridge.domain.faults import RecordRefused
from tillbridge.domain.request_body import SECRET_SLOT
from tillbridge.errors import InvalidRequest, RecordUnusable

MEANINGFUL = [
    *(" ", "&", "=", "+", '"', "'", "{", "}", "{}", "{{", "{search_term}", "{currency_code?}"),
    *("\n", "\r\n", "\t", "\0", "%", "%2F", "%2e", "/", "\\", ".", "..", "?", "#", ";", ":", "@"),
    *("jane", "é", "例", "\u202e", "\U0001f600"),
]
TERMS = st.text(max_size=128) | st.lists(st.sampled_from(MEANINGFUL), max_size=8).map("".join)


@given(term=TERMS)
@example(term="../../v1/orders")
@example(term="x/../y")
@example(term="..\\..\\admin")
@example(term="gid://shopify/Customer/7")
@example(term="...")
def test_a_value_stays_in_its_segment_of_the_path(term: str) -> None:
    template = a_template(url=f"{ORIGIN}/v2/contacts/{{search_term}}/notes", query={})

    try:
        url = template.render({"search_term": term}).seal().url
    except InvalidRequest:
        assert term == "" or {".", ".."} & set(term.replace("\\", "/").split("/"))
        return

    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}" == ORIGIN
    assert (parts.query, parts.fragment) == ("", "")
    *prefix, segment, suffix = parts.path.split("/")
    assert (prefix, suffix) == (["", "v2", "contacts"], "notes")
    assert unquote(segment) == term


@given(term=TERMS)
@example(term="/../orders")
@example(term="/x")
@pytest.mark.parametrize("segment", ["{search_term}", "..{search_term}", "{search_term}.", ".{s}."])
def test_no_value_climbs_out_at_a_server_that_decodes_before_it_resolves_dots(
    segment: str, term: str
) -> None:
    template = a_template(url=f"{ORIGIN}/v2/contacts/{segment}/notes", query={})

    try:
        url = template.render({"search_term": term, "s": term}).seal().url
    except InvalidRequest:
        return

    resolved = posixpath.normpath(unquote(urlsplit(url).path).replace("\\", "/"))
    assert resolved.startswith("/v2/contacts/")
    assert resolved.endswith("/notes")


@given(term=TERMS)
def test_a_value_arrives_exactly_in_the_query(term: str) -> None:
    template = a_template(query={"q": "{search_term}", "filter": "name eq '{search_term}'"})

    url = template.render({"search_term": term}).seal().url

    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{ORIGIN}/contacts"
    assert parts.fragment == ""
    assert parse_qs(parts.query, keep_blank_values=True, strict_parsing=True) == {
        "q": [term],
        "filter": [f"name eq '{term}'"],
    }


@given(term=TERMS)
def test_a_value_arrives_exactly_in_a_json_body(term: str) -> None:
    body = {"filters": [{"value": "{search_term}"}, 'say "{search_term}"'], "limit": 10}
    template = a_template(method="POST", query={}, body=body)

    request = template.render({"search_term": term}).seal()

    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body or b"") == {
        "filters": [{"value": term}, f'say "{term}"'],
        "limit": 10,
    }


@given(term=TERMS)
def test_a_value_arrives_exactly_in_a_form_body(term: str) -> None:
    body = {"request": "getCustomers", "searchName": "{search_term}"}
    template = a_template(method="POST", query={}, body=body, body_format="form")

    request = template.render({"search_term": term}).seal()

    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs((request.body or b"").decode("ascii"), keep_blank_values=True) == {
        "request": ["getCustomers"],
        "searchName": [term],
    }


@given(term=TERMS)
def test_a_header_holds_its_value_alone_or_refuses_it(term: str) -> None:
    template = a_template(query={}, headers={"X-Term": "{search_term}"})

    try:
        headers = template.render({"search_term": term}).seal().headers
    except InvalidRequest:
        assert not term.isascii() or not term.isprintable()
        return

    sent = f"X-Term: {headers['X-Term']}\r\nX-Next: 1\r\n\r\n"
    received = parse_headers(io.BytesIO(sent.encode()))
    # To HTTP, a space around a header's value is no part of it.
    assert str(received["X-Term"]).strip(" ") == term.strip(" ")
    assert received["X-Next"] == "1"


def test_a_header_that_cannot_hold_a_value_is_named() -> None:
    with pytest.raises(InvalidRequest, match="X-Term") as refused:
        a_template(query={}, headers={"X-Term": "{search_term}"}).render({"search_term": "é"})

    assert refused.value.facts == {"field": "X-Term"}


def test_a_placeholder_in_a_value_is_never_filled_in() -> None:
    template = a_template(
        url=f"{ORIGIN}/{{search_term}}", query={"q": "{search_term} in {currency_code}"}
    )

    draft = template.render({"search_term": "{currency_code}", "currency_code": "DKK"})

    assert draft.url == f"{ORIGIN}/%7Bcurrency_code%7D"
    assert draft.query == {"q": "{currency_code} in DKK"}


@pytest.mark.parametrize(
    ("value", "spelled"), [(100, "100"), (True, "true"), (["é"], '["é"]'), ("a b", "a b")]
)
def test_outside_a_body_a_value_is_spelled_as_json_spells_it(value: Any, spelled: str) -> None:
    template = a_template(query={"q": "{value}", "text": "={value}"})

    assert template.render({"value": value}).query == {"q": spelled, "text": f"={spelled}"}


@pytest.mark.parametrize("body_format", ["json", "form"])
@pytest.mark.parametrize("inputs", [{}, {"currency_code": None}])
def test_what_is_around_an_absent_value_is_left_out(
    inputs: dict[str, Any], body_format: str
) -> None:
    template = a_template(
        query={"currency": "{currency_code?}", "page": "1"},
        headers={"X-Currency": "in {currency_code?}", "Accept": "application/json"},
        body={"currency": "{currency_code?}", "limit": 10},
        body_format=body_format,
    )

    draft = template.render(inputs)

    assert draft.query == {"page": "1"}
    assert draft.headers == {"Accept": "application/json"}
    assert draft.body == {"limit": 10}


def test_only_the_smallest_thing_around_an_absent_value_is_left_out() -> None:
    template = a_template(query={}, body={"filters": [{"in": "{currency_code?}"}, "{other?}", 1]})

    assert template.render({}).body == {"filters": [{}, 1]}


def test_a_body_whose_value_is_absent_is_none() -> None:
    request = a_template(query={}, body="{payload?}").render({}).seal()

    assert request.body is None
    assert "Content-Type" not in request.headers


@pytest.mark.parametrize("inputs", [{}, {"search_term": None}])
def test_a_required_value_that_is_absent_is_named(inputs: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="search_term is required") as refused:
        a_template().render(inputs)

    assert refused.value.facts == {"field": "search_term"}


def test_constants_of_a_body_stay_as_they_are() -> None:
    body = {"page": 1, "deep": [None, True, {}, []], "ratio": 0.5}

    assert a_template(query={}, body=body).render({}).body == body


def test_each_rendering_has_a_body_of_its_own() -> None:
    template = a_template(query={}, body={"deep": [{}]})

    template.render({}).body["deep"].append("secret")

    assert template.render({}).body == {"deep": [{}]}


def test_a_url_without_a_query_has_no_question_mark() -> None:
    assert a_template(query={}).render({}).seal().url == f"{ORIGIN}/contacts"


@pytest.mark.parametrize("url", [ORIGIN, f"{ORIGIN}/", f"{ORIGIN}/a//b/", f"{ORIGIN}/a%20b"])
def test_a_url_without_placeholders_is_sent_as_it_is_written(url: str) -> None:
    assert a_template(url=url, query={}).render({}).seal().url == url


def test_a_record_chooses_its_bodys_media_type() -> None:
    template = a_template(
        query={}, headers={"content-type": "application/vnd.api+json"}, body={"a": 1}
    )

    headers = template.render({}).seal().headers

    assert headers == {"content-type": "application/vnd.api+json"}


def test_an_expression_computes_what_a_placeholder_cannot_say() -> None:
    template = a_template(
        query={"q": {"expression": "search_term & '*'"}},
        body={"points": {"expression": "points / 2"}, "none": {"expression": "absent"}},
    )

    draft = template.render({"search_term": "jane", "points": 100})

    assert draft.query == {"q": "jane*"}
    assert draft.body == {"points": 50}


@pytest.mark.parametrize("body", ["a={search_term}", ["{search_term}"], 5])
def test_a_form_body_is_an_object(body: Any) -> None:
    with pytest.raises(RecordRefused, match=r"request\.body"):
        a_template(body=body, body_format="form")


def test_a_form_body_that_an_expression_makes_is_an_object() -> None:
    template = a_template(body={"expression": "[search_term]"}, body_format="form")

    with pytest.raises(RecordUnusable, match="form"):
        template.render({"search_term": "jane"}).seal()


@pytest.mark.parametrize(
    "url",
    [
        "crm.example.com/contacts",
        "ftp://crm.example.com/contacts",
        "https://",
        "https:///contacts",
        f"{ORIGIN}/contacts?q=jane",
        f"{ORIGIN}/contacts#top",
        f"{ORIGIN}/con tacts",
        f"{ORIGIN}/con\\tacts",
        f"{ORIGIN}/contacts\n",
        "https://{search_term}/contacts",
        "https://crm.example.com{search_term}/contacts",
        f"{ORIGIN}/a/../b",
        f"{ORIGIN}/./b",
        f"{ORIGIN}/%2e%2E/b",
        f"{ORIGIN}/a%2F../b",
        f"{ORIGIN}/{{search_term?}}",
        f"{ORIGIN}/{{search_term",
        "https://[crm.example.com/contacts",
        "https://crm\u2100.example.com/contacts",
    ],
)
def test_a_url_whose_target_is_not_fixed_is_refused(url: str) -> None:
    with pytest.raises(RecordRefused) as refused:
        a_template(url=url)

    assert refused.value.faults[0].path == "request.url"


@pytest.mark.parametrize("text", ["{}", "{Name}", "{a b}", "{search_term", "{1a}"])
@pytest.mark.parametrize("place", ["query", "headers", "body"])
def test_a_brace_that_begins_no_placeholder_is_refused(place: str, text: str) -> None:
    changes: dict[str, Any] = {place: {"X-Place": text}}

    with pytest.raises(RecordRefused, match=r"begins no placeholder \(position 0\)") as refused:
        a_template(**changes)

    assert refused.value.faults[0].path == f"request.{place}.X-Place"


def test_a_refusal_says_where_in_the_body_it_is() -> None:
    with pytest.raises(RecordRefused) as refused:
        a_template(body={"filters": [1, {"value": "{}"}]})

    assert refused.value.faults[0].path == "request.body.filters.1.value"


@pytest.mark.parametrize("expression", ["a[", 5, None, {"a": 1}])
def test_an_expression_that_is_none_is_refused_with_its_place(expression: Any) -> None:
    with pytest.raises(RecordRefused) as refused:
        a_template(body={"deep": {"expression": expression}})

    assert refused.value.faults[0].path == "request.body.deep.expression"


@pytest.mark.parametrize(
    "name",
    [
        *("Host", "Content-Length", "TRANSFER-ENCODING", "connection", "Keep-Alive", "TE"),
        *("Trailer", "Upgrade", "Expect", "authorization", "Cookie", "Accept-Encoding"),
        *("Proxy-Authorization", "X-Amz-Date", "x-aws-ec2", "X-Forwarded-For", "Tillbridge-Hop"),
        *("", "X Term", "X-Term:", "X-Term\r\nHost", "X-Tërm"),
    ],
)
def test_a_header_that_could_bend_the_connection_is_refused(name: str) -> None:
    with pytest.raises(RecordRefused, match="cannot be set"):
        a_template(headers={name: "1"})


WITH_SLOT = {"key": "", "q": {"args": ["{other?}", "{currency_code?}", "", {"key": "", "n": 1}]}}


@pytest.mark.parametrize(
    ("secret_at", "body"),
    [
        ("key", {"key": SECRET_SLOT, "q": {"args": ["", {"key": "", "n": 1}]}}),
        ("q.args.2", {"key": "", "q": {"args": [SECRET_SLOT, {"key": "", "n": 1}]}}),
        ("q.args.3.key", {"key": "", "q": {"args": ["", {"key": SECRET_SLOT, "n": 1}]}}),
    ],
)
def test_the_slot_of_a_secret_is_where_its_path_leads_in_the_record(
    secret_at: str, body: Any
) -> None:
    template = a_template(secret_at, query={}, body=WITH_SLOT)

    assert template.render({}).body == body


def test_a_slot_leaves_the_record_as_it_is() -> None:
    body = {"q": {"args": [""]}}
    a_template("q.args.0", body=body)

    assert body == {"q": {"args": [""]}}


@pytest.mark.parametrize(
    "body",
    [
        *(None, "text", "", [], {}, {"q": 1}, {"q": {"args": []}}),
        *({"q": "", "key": 0}, {"q": {"args": ["{search_term}", ""], "key": None}}),
        {"key": "{search_term?}", "q": {"": "x", "key": " ", "args": [{"key": False}]}},
        {"key": {"expression": ""}, "q": {"key": [""], "args": [["", ""]]}},
    ],
)
@pytest.mark.parametrize(
    "secret_at", ["key", "q.key", "q.args.0", "q.args.x", "q.args.0.key", ".", "q."]
)
def test_a_slot_that_is_no_empty_text_of_the_body_is_refused(secret_at: str, body: Any) -> None:
    with pytest.raises(RecordRefused, match=r"empty text in request\.body") as refused:
        a_template(secret_at, body=body)

    assert refused.value.faults[0].path == "auth.name"


@pytest.mark.parametrize("secret_at", ["q.args.-1", "q.args.4"])
def test_a_slot_outside_its_list_is_refused(secret_at: str) -> None:
    with pytest.raises(RecordRefused, match="empty text"):
        a_template(secret_at, body=WITH_SLOT)


@pytest.mark.parametrize(
    ("secret_at", "body", "path"),
    [
        ("q.expression", {"q": {"expression": ""}}, "request.body.q.expression"),
        ("key", {"key": "", "q": "{}"}, "request.body.q"),
    ],
)
def test_what_is_wrong_beside_a_slot_is_told_with_its_own_place(
    secret_at: str, body: Any, path: str
) -> None:
    with pytest.raises(RecordRefused) as refused:
        a_template(secret_at, body=body)

    assert refused.value.faults[0].path == path


@pytest.mark.parametrize("text", ["a\r\nX-Next: 1", "é", "\x7f{search_term}"])
def test_a_header_that_could_never_be_sent_is_refused(text: str) -> None:
    with pytest.raises(RecordRefused, match="ASCII") as refused:
        a_template(headers={"X-Term": text})

    assert refused.value.faults[0].path == "request.headers.X-Term"


def test_a_request_and_its_answer_do_not_show_what_they_hold() -> None:
    template = a_template(headers={"X-Term": "{search_term}"}, body="{search_term}")

    request = template.render({"search_term": "jane"}).seal()

    assert repr(request) == f"OutboundRequest(GET {ORIGIN}/contacts)"
    assert repr(an_answer(body={"name": "jane"})) == "UpstreamAnswer(200, 16 bytes)"
