"""Answers of every shape, from records alone, over HTTP: one object, a list, a map by id, XML."""

from typing import Any

import pytest

from local.stack import LocalStack
from tests.support.till import new_tenant
from tests.support.upstreams import answers, http_response, serving

pytestmark = pytest.mark.stack

JANE = {"identifier": "7", "name": "Jane Ærø", "city": "Ærøskøbing"}
SOAP = (
    '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="urn:soap"><s:Body>'
    "<FindResponse>{}</FindResponse></s:Body></s:Envelope>"
)
ONE_IN_XML = (
    '<Customer id="7"><First>Jane</First><Last>Ærø</Last><City>Ærøskøbing</City></Customer>'
)
XML_FIELDS = {"identifier": "`@id`", "name": "First & ' ' & Last", "city": "City"}
XML = {
    "format": "xml",
    "items": "Envelope.Body.FindResponse.Customer ? Envelope.Body.FindResponse.Customer : []",
    "fields": XML_FIELDS,
}
BY_ID = {"expression": "$each($, function($v, $k) { $merge([$v, {'identifier': $k}]) })"}


@pytest.mark.requirement("K6", "K10")
@pytest.mark.parametrize(
    ("name", "response", "answer", "expected"),
    [
        ("one", None, '{"identifier": 7, "name": "Jane Ærø", "city": "Ærøskøbing"}', [JANE]),
        ("list", None, '[{"identifier": "7", "name": "Jane Ærø", "city": "Ærøskøbing"}]', [JANE]),
        ("map", BY_ID, '{"7": {"name": "Jane Ærø", "city": "Ærøskøbing"}}', [JANE]),
        ("map-empty", BY_ID, "{}", []),
        ("xml-one", XML, SOAP.format(ONE_IN_XML), [JANE]),
        ("xml-two", XML, SOAP.format(ONE_IN_XML * 2), [JANE, JANE]),
        ("xml-none", XML, SOAP.format(""), []),
    ],
)
def test_an_answers_shape_is_the_records_affair(
    stack: LocalStack,
    own_port: int,
    name: str,
    response: dict[str, Any] | None,
    answer: str,
    expected: list[dict[str, str]],
) -> None:
    request = {"url": f"http://127.0.0.1:{own_port}/find", "query": {"q": "{search_term}"}}
    record = {"operation": "customer_lookup", "request": request, "response": response}
    till = new_tenant(stack, f"shape-{name}", {k: v for k, v in record.items() if v is not None})

    with serving(answers(http_response(answer.encode())), port=own_port):
        looked_up = till.look_up("jane")

    assert (looked_up.status_code, looked_up.json()) == (200, expected)


def test_a_request_in_xml_carries_the_term_as_it_is(stack: LocalStack, own_port: int) -> None:
    term = 'O\'Brien & <Co> "Ærø"'
    body = {"s:Envelope": {"@xmlns:s": "urn:soap", "s:Body": {"Find": {"Term": "{search_term}"}}}}
    request = {
        "method": "POST",
        "url": f"http://127.0.0.1:{own_port}/soap",
        "headers": {"SOAPAction": "Find"},
        "body": body,
        "body_format": "xml",
    }
    till = new_tenant(
        stack, "asks-in-xml", {"operation": "customer_lookup", "request": request, "response": XML}
    )

    with serving(answers(http_response(SOAP.format("").encode())), port=own_port) as upstream:
        assert till.look_up(term).json() == []

    (sent,) = upstream.requests
    assert b'<Term>O\'Brien &amp; &lt;Co&gt; "\xc3\x86r\xc3\xb8"</Term>' in sent
