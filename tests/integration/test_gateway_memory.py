"""A request that fails leaves nothing to the garbage collector, which comes late: the frames of an
error hold what was read of a merchant's answer."""

import gc
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.support.builders import ORIGIN, a_record
from tests.support.gateway import Respond, a_gateway
from tests.support.outbound import client, get, soon
from tests.support.upstreams import Behaviour, answers_once, oversized, serving
from tillbridge.adapters.upstream_answer import MAX_BODY_BYTES
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.errors import UpstreamError, UpstreamTimeout, UpstreamTruncated

LARGE = 500_000


def times_out(_request: OutboundRequest) -> UpstreamAnswer:
    raise UpstreamTimeout


def breaks_off(_request: OutboundRequest) -> UpstreamAnswer:
    raise UpstreamTruncated


def is_unforeseen(_request: OutboundRequest) -> UpstreamAnswer:
    raise ZeroDivisionError


def says_something_else(_request: OutboundRequest) -> UpstreamAnswer:
    return UpstreamAnswer(200, {}, b'{"notice": "%s"}' % (b"x" * LARGE))


def is_no_json(_request: OutboundRequest) -> UpstreamAnswer:
    return UpstreamAnswer(200, {}, b"<html>" + b"x" * LARGE)


def left_by(call: Callable[[], object]) -> int:
    """The size of the texts that only the collector frees after a call."""
    call()  # what the first one leaves is kept
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        call()
        gc.collect()
        held = {id(one): one for left in gc.garbage for one in gc.get_referents(left)}
        return sum(len(one) for one in held.values() if isinstance(one, bytes | str))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.parametrize(
    "respond", [times_out, breaks_off, is_unforeseen, says_something_else, is_no_json]
)
def test_a_lookup_that_fails_leaves_no_answer(
    monkeypatch: pytest.MonkeyPatch, respond: Respond
) -> None:
    record = a_record(request={"url": ORIGIN, "retries": 1}, response={"items": "hits"})
    with a_gateway(monkeypatch, respond) as gateway:
        token = gateway.add_tenant("acme", record)

        def look_up() -> None:
            answer = gateway.call("GET", "/v1/customers", token, query={"search_term": "a"})
            assert answer.status >= 500

        assert left_by(look_up) < LARGE


@pytest.mark.parametrize(
    "behaviour",
    [
        oversized(MAX_BODY_BYTES + 1),
        answers_once(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * LARGE),
    ],
)
def test_an_exchange_that_fails_leaves_no_answer(behaviour: Behaviour) -> None:
    with serving(behaviour) as upstream, client(upstream.origin) as http:

        def send() -> None:
            with suppress(UpstreamError):
                http.send(get(upstream.origin), soon())

        assert left_by(send) < LARGE
