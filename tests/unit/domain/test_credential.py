import base64
import hashlib
import hmac
from typing import Any

import pytest
from pydantic import TypeAdapter

from tests.support.builders import ORIGIN, a_draft, a_secret
from tillbridge.domain.credential import seal
from tillbridge.domain.exchange import OutboundRequest
from tillbridge.domain.integration_record import Auth
from tillbridge.domain.request_template import DraftRequest
from tillbridge.errors import RecordUnusable, SecretNotBound

AUTH: TypeAdapter[Any] = TypeAdapter(Auth)
VALUE = "s3cret&é"
NOW_S = 1_700_000_000.9


def sealed(auth: dict[str, str], draft: DraftRequest | None = None) -> OutboundRequest:
    parsed = AUTH.validate_python({"secret": "crm-token", **auth})
    return seal(draft or a_draft(), parsed, VALUE, NOW_S)


@pytest.mark.parametrize(
    ("auth", "name", "value"),
    [
        ({"kind": "bearer"}, "Authorization", f"Bearer {VALUE}"),
        (
            {"kind": "basic"},
            "Authorization",
            f"Basic {base64.b64encode(VALUE.encode()).decode()}",
        ),
        ({"kind": "api_key", "name": "X-Api-Key"}, "X-Api-Key", VALUE),
        (
            {"kind": "api_key", "name": "Authorization", "prefix": "KachingKey "},
            "Authorization",
            f"KachingKey {VALUE}",
        ),
    ],
)
def test_a_secret_in_a_header_is_nowhere_else(auth: dict[str, str], name: str, value: str) -> None:
    assert sealed(auth) == a_draft(headers={name: value}).seal()


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
def test_a_secret_replaces_what_its_path_in_the_body_leads_to(path: str, body: Any) -> None:
    draft = a_draft(body={"key": "", "q": {"args": [1, "", {"key": ""}]}})

    request = sealed({"kind": "api_key", "in": "body", "name": path}, draft)

    assert request == a_draft(body=body).seal()


@pytest.mark.parametrize("body", [None, "text", [], {}, {"q": 1}, {"q": {"args": []}}])
@pytest.mark.parametrize(
    "path", ["key", "q.key", "q.args.0", "q.args.x", "q.args.-1", "q.args.0.key", ".", "q."]
)
def test_a_path_that_leads_nowhere_is_the_records_fault(path: str, body: Any) -> None:
    with pytest.raises(RecordUnusable, match="leads nowhere") as refused:
        sealed({"kind": "api_key", "in": "body", "name": path}, a_draft(body=body))

    assert VALUE not in refused.value.detail


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
