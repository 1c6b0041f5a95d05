import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.support.builders import ORIGIN, a_draft, a_secret, a_template
from tillbridge.domain.credential import body_slot, check_places, seal
from tillbridge.domain.exchange import OutboundRequest
from tillbridge.domain.faults import RecordRefused
from tillbridge.domain.integration_record import Auth
from tillbridge.domain.request_body import SECRET_SLOT
from tillbridge.domain.request_template import DraftRequest
from tillbridge.errors import SecretNotBound, SecretUnavailable

AUTH: TypeAdapter[Any] = TypeAdapter(Auth)
VALUE = "s3cret&é"
IN_A_HEADER = "s3cret&~"
NOW_S = 1_700_000_000.9
IN_BODY = {"kind": "api_key", "in": "body"}
JSON = st.recursive(
    st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


def sealed(
    auth: dict[str, str], draft: DraftRequest | None = None, value: str = VALUE
) -> OutboundRequest:
    parsed = AUTH.validate_python({"secret": "crm-token", **auth})
    return seal(draft or a_draft(), parsed, value, NOW_S)


@pytest.mark.parametrize(
    ("auth", "name", "value"),
    [
        ({"kind": "bearer"}, "Authorization", f"Bearer {IN_A_HEADER}"),
        (
            {"kind": "basic"},
            "Authorization",
            f"Basic {base64.b64encode(IN_A_HEADER.encode()).decode()}",
        ),
        ({"kind": "api_key", "name": "X-Api-Key"}, "X-Api-Key", IN_A_HEADER),
        (
            {"kind": "api_key", "name": "Authorization", "prefix": "KachingKey "},
            "Authorization",
            f"KachingKey {IN_A_HEADER}",
        ),
    ],
)
def test_a_secret_in_a_header_is_nowhere_else(auth: dict[str, str], name: str, value: str) -> None:
    assert sealed(auth, value=IN_A_HEADER) == a_draft(headers={name: value}).seal()


@pytest.mark.parametrize("value", [VALUE, "s3\ncret", "s3cret\r\nX-Next: 1", "s3cret\0", "s3cret€"])
@pytest.mark.parametrize("auth", [{"kind": "bearer"}, {"kind": "api_key", "name": "X-Key"}])
def test_a_secret_that_no_header_can_carry_is_told_and_not_quoted(
    auth: dict[str, str], value: str
) -> None:
    with pytest.raises(SecretUnavailable) as refused:
        sealed(auth, value=value)

    assert "s3" not in refused.value.detail


def test_a_password_of_any_characters_can_be_basic() -> None:
    sent = sealed({"kind": "basic"}).headers["Authorization"]

    assert base64.b64decode(sent.removeprefix("Basic ")).decode() == VALUE


def test_a_secret_in_the_query_is_nowhere_else() -> None:
    request = sealed({"kind": "api_key", "in": "query", "name": "key", "prefix": "v1:"})

    assert request.url == f"{ORIGIN}/contacts?key=v1%3As3cret%26%C3%A9"
    assert request.headers == {}
    assert request.body is None


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("key", {"key": VALUE, "q": {"args": [1, "", {"key": ""}]}}),
        ("q.args.1", {"key": "", "q": {"args": [1, VALUE, {"key": ""}]}}),
        ("q.args.2.key", {"key": "", "q": {"args": [1, "", {"key": VALUE}]}}),
    ],
)
def test_a_secret_fills_the_slot_that_its_path_in_the_body_leads_to(path: str, body: Any) -> None:
    template = a_template(path, query={}, body={"key": "", "q": {"args": [1, "", {"key": ""}]}})

    request = sealed({**IN_BODY, "name": path}, template.render({}))

    assert request == a_draft(body=body).seal()


@pytest.mark.parametrize("inputs", [{}, {"one": 1}, {"two": 2}, {"one": 1, "two": 2}])
def test_a_secret_stays_in_its_slot_when_items_before_it_are_left_out(
    inputs: dict[str, Any],
) -> None:
    body = {"args": ["{one?}", {"in": "{two?}"}, "{two?}", "", "{search_term}", ""]}
    template = a_template("args.3", query={}, body=body)

    request = sealed(
        {**IN_BODY, "name": "args.3"}, template.render({**inputs, "search_term": "jane"})
    )

    *before, credential, term, other = json.loads(request.body or b"")["args"]
    assert (credential, term, other) == (VALUE, "jane", "")
    assert VALUE not in json.dumps(before)


@pytest.mark.parametrize(
    ("body_format", "sent"),
    [
        ("json", json.dumps({"root": {"q": "jane", "key": "v1 s3cret"}}).encode()),
        ("form", None),
        (
            "xml",
            b"<?xml version='1.0' encoding='utf-8'?>\n<root><q>jane</q><key>v1 s3cret</key></root>",
        ),
    ],
)
def test_a_slot_may_be_in_a_body_of_any_format(body_format: str, sent: bytes | None) -> None:
    body = {"q": "{search_term}", "key": ""}
    path, tree = ("key", body) if body_format == "form" else ("root.key", {"root": body})
    template = a_template(path, query={}, body=tree, body_format=body_format)
    auth = AUTH.validate_python({**IN_BODY, "name": path, "prefix": "v1 ", "secret": "s"})

    request = seal(template.render({"search_term": "jane"}), auth, "s3cret", NOW_S)

    assert request.body == (sent or b"q=jane&key=v1%20s3cret")


@given(term=st.sampled_from(["", "{}", repr(SECRET_SLOT), "key", "0"]) | JSON)
def test_no_input_can_spell_the_slot(term: Any) -> None:
    body = {"q": "{search_term}", "w": [{"expression": "search_term"}, "{search_term}"], "key": ""}
    template = a_template("key", query={}, body=body)

    request = sealed({**IN_BODY, "name": "key"}, template.render({"search_term": term}))

    sent = json.loads(request.body or b"")
    assert sent.pop("key") == VALUE
    assert VALUE not in json.dumps(sent, ensure_ascii=False)
    assert sent["q"] == term


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Host",
            "host",
            "Content-Length",
            "Transfer-Encoding",
            "X-Amz-Date",
            "X-AMZ-Security-Token",
        ),
        *(
            "Tillbridge-Hop",
            "X-Forwarded-For",
            "Proxy-Authorization",
            "X Key",
            "X-Key\r\nHost",
            "é",
        ),
    ],
)
@pytest.mark.parametrize(
    ("auth", "place"),
    [
        ({"kind": "api_key"}, "name"),
        ({"kind": "hmac"}, "header"),
        ({"kind": "hmac", "header": "X-Signature"}, "timestamp_header"),
    ],
)
def test_a_credential_cannot_go_into_a_header_that_no_record_may_set(
    auth: dict[str, str], place: str, name: str
) -> None:
    parsed = AUTH.validate_python({"secret": "crm", **auth, place: name})

    with pytest.raises(RecordRefused, match="cannot be set") as refused:
        check_places(parsed)

    assert refused.value.faults[0].path == f"auth.{place}"


@pytest.mark.parametrize(
    "auth",
    [
        {"kind": "none"},
        {"kind": "api_key", "secret": "crm", "name": "Authorization"},
        {"kind": "api_key", "secret": "crm", "name": "Host", "in": "query"},
        {"kind": "api_key", "secret": "crm", "name": "Host", "in": "body"},
        {"kind": "hmac", "secret": "crm", "header": "Authorization"},
        {"kind": "hmac", "secret": "crm", "header": "X-Signature", "timestamp_header": "Date"},
    ],
)
def test_a_credential_may_go_anywhere_else(auth: dict[str, str]) -> None:
    check_places(AUTH.validate_python(auth))


@pytest.mark.parametrize(
    ("auth", "path"),
    [
        ({"kind": "api_key", "in": "body", "name": "params.args.2"}, "params.args.2"),
        ({"kind": "api_key", "in": "query", "name": "key"}, None),
        ({"kind": "api_key", "name": "X-Key"}, None),
        ({"kind": "bearer"}, None),
    ],
)
def test_only_a_key_in_the_body_has_a_slot(auth: dict[str, str], path: str | None) -> None:
    assert body_slot(AUTH.validate_python({"secret": "crm", **auth})) == path


def test_no_auth_changes_nothing() -> None:
    assert seal(a_draft(), AUTH.validate_python({"kind": "none"}), "", NOW_S) == a_draft().seal()


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_signature_is_over_what_is_sent(algorithm: str) -> None:
    auth = {
        "kind": "hmac",
        "header": "X-Signature",
        "message": "{method}\n{path}\n{query}\n{timestamp}\n{body}",
        "algorithm": algorithm,
        "prefix": "v1=",
        "timestamp_header": "X-Timestamp",
    }

    request = sealed(auth, a_draft(method="POST", query={"q": "a b"}, body={"name": "é"}))

    message = b"POST\n/contacts\nq=a%20b\n1700000000\n" + (request.body or b"")
    digest = hmac.new(VALUE.encode(), message, getattr(hashlib, algorithm)).hexdigest()
    assert request.headers["X-Signature"] == f"v1={digest}"
    assert request.headers["X-Timestamp"] == "1700000000"


def test_a_signature_may_be_base64_and_over_no_body() -> None:
    request = sealed({"kind": "hmac", "header": "X-Signature", "encoding": "base64"})

    digest = hmac.digest(VALUE.encode(), b"", "sha256")
    assert request.headers == {"X-Signature": base64.b64encode(digest).decode()}


def test_a_signature_is_the_one_of_rfc_4231() -> None:
    auth = AUTH.validate_python({"kind": "hmac", "secret": "s", "header": "X-Signature"})
    draft = a_draft(headers={"Content-Type": "text/plain"})
    message = {**auth.model_dump(), "message": "what do ya want for nothing?"}

    request = seal(draft, AUTH.validate_python(message), "Jefe", NOW_S)

    assert request.headers["X-Signature"] == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


@pytest.mark.parametrize(
    "message", ["", "{nonce}", "{{body}}", "a\nb", "{timestamp}.{path}?{query}"]
)
def test_of_a_message_only_the_facts_are_replaced(message: str) -> None:
    draft = a_draft(query={"q": "{body}{timestamp}"}, body=["é"])
    request = sealed({"kind": "hmac", "header": "X-Signature", "message": message}, draft)

    signed = {
        "": "",
        "{nonce}": "{nonce}",
        "{{body}}": '{["é"]}',
        "a\nb": "a\nb",
        "{timestamp}.{path}?{query}": "1700000000./contacts?q=%7Bbody%7D%7Btimestamp%7D",
    }[message]
    digest = hmac.new(VALUE.encode(), signed.encode(), hashlib.sha256).hexdigest()
    assert request.headers["X-Signature"] == digest


def test_a_value_that_spells_a_fact_is_signed_as_it_is() -> None:
    auth = {"kind": "hmac", "header": "X-Signature", "message": "{body}{method}"}

    request = sealed(auth, a_draft(body="{method}"))

    digest = hmac.new(VALUE.encode(), b'"{method}"GET', "sha256").hexdigest()
    assert request.headers["X-Signature"] == digest


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.net/contacts",
        "https://crm.example.com.evil.example.net/contacts",
        "https://crm.example.com@evil.example.net/contacts",
        "http://crm.example.com/contacts",
        "https://crm.example.com:8443/contacts",
        "https://crm.example.co/m/contacts",
        "",
    ],
)
def test_a_secret_is_never_sent_to_an_origin_that_it_does_not_name(url: str) -> None:
    with pytest.raises(SecretNotBound) as refused:
        a_secret(VALUE).value_for(url)

    assert VALUE not in refused.value.detail


@pytest.mark.parametrize("url", [ORIGIN, f"{ORIGIN}/v2", "https://CRM.example.com/contacts"])
def test_a_secret_is_sent_to_every_origin_that_it_names(url: str) -> None:
    assert a_secret(VALUE, "https://eu.example.com", ORIGIN).value_for(url) == VALUE


def test_a_secrets_text_form_does_not_show_it() -> None:
    assert VALUE not in repr(a_secret(VALUE))
