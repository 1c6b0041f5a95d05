"""Asking a merchant's system as a record says, by the gateway's own rendering, connection and
mapping, and keeping what is otherwise not seen: the request and the raw answer."""

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tillbridge.domain.credential import Secret, basic, seal
from tillbridge.domain.customer import CustomerQuery
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.domain.faults import faults_in
from tillbridge.domain.integration import Integration
from tillbridge.domain.integration_record import ClientCredentialsAuth, HmacAuth, NoAuth
from tillbridge.domain.limits import Deadline
from tillbridge.domain.operations import INPUTS, READING
from tillbridge.domain.target import check_url, origin_of
from tillbridge.errors import RecordsUnavailable, SecretNotBound, SecretUnavailable, TillbridgeError
from tillbridge.services.credentials import Credentials
from tillbridge.services.ports import ReadSecret
from tools.tillctl.environments import Environment
from tools.tillctl.failures import Failure
from tools.tillctl.jsonc import Unreadable, parse
from tools.tillctl.record_file import SUFFIXES, RecordFile

MASK = "••••"
# Sent to who stands in for the merchant's system: no secret of anybody's.
STAND_IN_SECRET = "example"  # noqa: S105
_STAND_IN_TO_MASK = "SECRET-TO-BE-MASKED"
_ORIGIN_AND_PREFIX = re.compile(r"https?://[^/?#\s]+(?:/[^?#\s]*)?")


@dataclass(frozen=True, slots=True)
class Asked:
    """`request` has its credential masked. Without an `answer` there is an `error`."""

    integration: Integration
    inputs: Mapping[str, Any]
    request: OutboundRequest
    answer: UpstreamAnswer | None = None
    elapsed_ms: int | None = None
    error: TillbridgeError | None = None


@dataclass(frozen=True, slots=True)
class Whom:
    """Who answers: `against` in place of the record's own system, or a saved answer."""

    against: str | None = None
    response: Path | None = None
    status: int = 200


def ask(
    record: RecordFile, inputs: Mapping[str, Any], whom: Whom, environment: Environment | None
) -> Asked:
    """Raises `Failure`, `RecordsUnavailable`, and `RecordRefused` for a record that cannot be
    used."""
    integration = Integration.read(record.content)
    if whom.against and whom.response:
        raise Failure("--against and --response exclude each other.", "Give one of the two.")
    if whom.against:
        integration = _led_to(whom.against, integration)
    try:
        request = _masked(integration, inputs)
    except TillbridgeError as error:
        raise Failure(f"The request cannot be made: {error.detail}.") from None
    asked = Asked(integration, inputs, request)
    if whom.response:
        return replace(asked, answer=UpstreamAnswer(whom.status, {}, _saved(whom.response)))
    return _sent(asked, record.tenant_id, whom, environment)


@dataclass(frozen=True, slots=True)
class Question:
    """What a till would say: one of the first two, as the operation takes it."""

    search_term: str | None = None
    customer_id: str | None = None
    currency_code: str | None = None


def inputs_of(record: RecordFile, question: Question, whom: Whom) -> dict[str, Any]:
    """As the gateway makes them: where the till names no currency, the profile's is used. Those of
    an operation that changes something are its first example's, and the merchant's own system is
    not asked. Raises `Failure` for what the gateway would refuse, or not ask a system for."""
    operation = str(record.content.get("operation"))
    known = INPUTS.get(operation, frozenset())
    if known and operation not in READING:
        return _of_an_example(record, whom)
    if "search_term" in known:
        return _of_a_search(record, question)
    if not question.customer_id:
        raise Failure(f"{operation} is about one customer.", "Say which: --customer-id …")
    currency_code = question.currency_code or _profile_currency(record.path)
    inputs = {"customer_id": question.customer_id, "currency_code": currency_code}
    return {name: value for name, value in inputs.items() if not known or name in known}


def _of_an_example(record: RecordFile, whom: Whom) -> dict[str, Any]:
    if not (whom.against or whom.response):
        raise Failure(
            "This operation changes something at the merchant's.",
            "Try it with --against a system of yours, or with --response.",
        )
    examples = record.content.get("examples") or [{}]
    return dict(examples[0].get("input", {}))


def _of_a_search(record: RecordFile, question: Question) -> dict[str, Any]:
    if question.search_term is None:
        raise Failure(
            "There is nothing to search for.", "Say what a cashier types: --search-term …"
        )
    try:
        query = CustomerQuery(
            search_term=question.search_term, currency_code=question.currency_code
        )
    except ValidationError as error:
        raise Failure("; ".join(map(str, faults_in(error)))) from None
    if not query.search_term.strip():
        raise Failure("The search term is blank.", "For that the gateway asks no system.")
    return {
        "search_term": query.search_term,
        "currency_code": query.currency_code or _profile_currency(record.path),
    }


def _profile_currency(path: Path) -> str | None:
    for suffix in SUFFIXES:
        profile = path.resolve().parent.parent / f"profile{suffix}"
        if profile.exists():
            try:
                currency = parse(profile.read_text(encoding="utf-8")).value.get("currency")
            except (Unreadable, OSError, ValueError, AttributeError):
                return None
            return currency if isinstance(currency, str) else None
    return None


def _led_to(url: str, integration: Integration) -> Integration:
    """The integration with `url` in place of its system's origin, and of its token URL's."""
    if not _ORIGIN_AND_PREFIX.fullmatch(url):
        raise Failure(f"--against {url}: that is no address.", "Such as http://127.0.0.1:9000")
    there = url.rstrip("/")
    record, auth = integration.record, integration.record.auth
    if isinstance(auth, ClientCredentialsAuth):
        token_path = auth.token_url.removeprefix(origin_of(auth.token_url))
        auth = auth.model_copy(update={"token_url": there + token_path})
    return replace(
        integration,
        record=record.model_copy(update={"auth": auth}),
        request=integration.request._replace(origin=there),
    )


def _masked(integration: Integration, inputs: Mapping[str, Any]) -> OutboundRequest:
    """The request as it is sent, with `MASK` where its credential stands."""
    auth = integration.record.auth
    draft = integration.request.render(inputs)
    request = seal(draft, auth, _STAND_IN_TO_MASK, time.time())
    headers = {name: _hidden(value) for name, value in request.headers.items()}
    if isinstance(auth, HmacAuth):
        headers[auth.header] = auth.prefix + MASK
    body = None if request.body is None else _hidden(request.body.decode()).encode()
    return replace(request, url=_hidden(request.url), headers=headers, body=body)


def _hidden(text: str) -> str:
    for secret in (_STAND_IN_TO_MASK, basic(_STAND_IN_TO_MASK).removeprefix("Basic ")):
        text = text.replace(secret, MASK)
    return text


def _sent(asked: Asked, tenant_id: str, whom: Whom, environment: Environment | None) -> Asked:
    # It takes a while, and no other command needs it.
    from tillbridge.adapters.outbound_http import OutboundHttp

    private = frozenset() if environment is None else environment.allowed_private_origins
    record = asked.integration.record
    if whom.against:
        # Whoever runs this names it: a developer's own machine is what it is for.
        private |= {origin_of(whom.against)}
    elif environment is None and not isinstance(record.auth, NoAuth):
        hint = (
            "Give --local or --stack NAME, whose secret is used; or --against URL for a system "
            "that stands in, or --response FILE for a saved answer."
        )
        raise Failure("The record's secret is needed.", hint)
    http = OutboundHttp(allowed_private_origins=private)
    read_secret = _Remembering(_read_secret(whom, environment))
    credentials = Credentials(read_secret, http.send)
    deadline = Deadline.after(record.request.timeout_ms / 1_000)
    started_s = time.monotonic()
    try:
        check_url(asked.integration.request.origin, private)
        draft = asked.integration.request.render(asked.inputs)
        request = credentials.seal(tenant_id, record.auth, draft, deadline)
        started_s = time.monotonic()
        answer = http.send(request, deadline)
    except RecordsUnavailable:
        raise  # that is between us and AWS, and says nothing of the system
    except TillbridgeError as error:
        return replace(asked, error=error, elapsed_ms=_since(started_s))
    finally:
        http.close()
    shown = replace(answer, body=read_secret.hidden_in(answer.body))
    return replace(asked, answer=shown, elapsed_ms=_since(started_s))


@dataclass
class _Remembering:
    """Reads secrets, and hides those that it has read from what a system says back."""

    read: ReadSecret
    values: list[str] = field(default_factory=list)

    def __call__(self, tenant_id: str, name: str) -> Secret:
        secret = self.read(tenant_id, name)
        self.values.append(secret.value)
        return secret

    def hidden_in(self, body: bytes) -> bytes:
        for value in self.values:
            for text in (value, basic(value).removeprefix("Basic ")):
                body = body.replace(text.encode(), MASK.encode())
        return body


def _read_secret(whom: Whom, environment: Environment | None) -> Any:
    stored = environment.read_secret() if environment else None

    def read(tenant_id: str, name: str) -> Secret:
        if whom.against is None and stored:
            return stored(tenant_id, name)
        # A stored secret goes where it is bound to, and to nobody else who stands in.
        with suppress(SecretUnavailable, SecretNotBound):
            if stored and (secret := stored(tenant_id, name)).value_for(str(whom.against)):
                return secret
        return Secret(STAND_IN_SECRET, frozenset({origin_of(str(whom.against))}))

    return read


def _since(started_s: float) -> int:
    return round((time.monotonic() - started_s) * 1_000)


def _saved(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}.") from None
