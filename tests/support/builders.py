"""Things as they are when all is well: a test names only what it is about."""

import json
from typing import Any

from tillbridge.domain.caller import Caller, Scope
from tillbridge.domain.credential import Secret
from tillbridge.domain.customer import Customer, CustomerQuery
from tillbridge.domain.drafts import Draft, DraftKey
from tillbridge.domain.exchange import UpstreamAnswer
from tillbridge.domain.integration import Integration
from tillbridge.domain.integration_record import RequestSpec
from tillbridge.domain.limits import Deadline
from tillbridge.domain.pos_key import PosKey, PosKeyRecord
from tillbridge.domain.programme import Programme, ProgrammeRecord
from tillbridge.domain.request_template import DraftRequest, RequestTemplate
from tillbridge.domain.tenant import TenantProfile
from tillbridge.domain.upstream.programme import UpstreamProgramme, UpstreamProgrammeRecord

TENANT = "acme"
ORIGIN = "https://crm.example.com"
PATIENCE_S = 10.0


def a_request(**changes: Any) -> dict[str, Any]:
    """A record's `request`, as it is stored."""
    return {"url": f"{ORIGIN}/contacts", "query": {"q": "{search_term}"}, **changes}


def a_record(**changes: Any) -> dict[str, Any]:
    """An integration record as it is stored; each change replaces a whole member."""
    return {"operation": "customer_lookup", "request": a_request(), **changes}


def an_integration(**changes: Any) -> Integration:
    return Integration.load(a_record(**changes))


def a_template(secret_at: str | None = None, **changes: Any) -> RequestTemplate:
    return RequestTemplate.compile(RequestSpec(**a_request(**changes)), secret_at)


def a_draft(**changes: Any) -> DraftRequest:
    parts: dict[str, Any] = {
        "method": "GET",
        "url": f"{ORIGIN}/contacts",
        "query": {},
        "headers": {},
        "body": None,
        "body_format": "json",
    }
    return DraftRequest(**{**parts, **changes})


def an_answer(status: int = 200, body: Any = (), **headers: str) -> UpstreamAnswer:
    """What a tenant's system answered: bytes as they are, anything else as JSON; a header's name is
    written with underscores."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return UpstreamAnswer(status, {n.replace("_", "-"): v for n, v in headers.items()}, raw)


def a_secret(value: str = "s3cret", *origins: str) -> Secret:
    """A secret that may be sent to `ORIGIN`, or to the origins that are named."""
    return Secret(value, frozenset(origins or (ORIGIN,)))


def a_draft_key(name: str = "INTEGRATION#customer_lookup", owner: str = f"{TENANT}#") -> DraftKey:
    return DraftKey(owner, name)


def a_written_draft(**content: Any) -> Draft:
    """A draft with this content; what the store has of it is its own affair."""
    return Draft(content, {})


def a_profile(**changes: Any) -> TenantProfile:
    return TenantProfile(**{"name": "Acme", **changes})


def a_programme(**changes: Any) -> Programme:
    """A loyalty programme of the built-in ledger; `changes` are its rules'."""
    return Programme(ProgrammeRecord(**changes), time_zone="UTC", pseudonym_key="k" * 32)


def an_upstream_record(**changes: Any) -> dict[str, Any]:
    """A `PROGRAM` record of a merchant whose own system keeps the points, as it is stored."""
    parts: dict[str, Any] = {
        "provider": "http",
        "capability": {"kind": "key", "key_window_s": 86_400},
        "reverse": "by_tx",
        "max_processing_s": 10,
    }
    return {**parts, **changes}


def an_upstream_programme(**changes: Any) -> UpstreamProgramme:
    rules = UpstreamProgrammeRecord.model_validate(an_upstream_record(**changes))
    return UpstreamProgramme(rules, time_zone="UTC", pseudonym_key="k" * 32)


def a_customer(**changes: Any) -> Customer:
    return Customer.model_validate({"identifier": "c-1", "name": "Jane Doe", **changes})


def a_query(search_term: str = "jane", **changes: Any) -> CustomerQuery:
    return CustomerQuery(search_term=search_term, **changes)


def a_caller(**changes: Any) -> Caller:
    parts: dict[str, Any] = {
        "tenant_id": TENANT,
        "principal": "pos-1",
        "scopes": frozenset({Scope.LOOKUP}),
        "channel": "kaching",
    }
    return Caller(**{**parts, **changes})


def a_key_record(key: PosKey, **changes: Any) -> PosKeyRecord:
    """What the table holds of a key that is good."""
    caller = a_caller()
    parts: dict[str, Any] = {
        "secret_sha256": key.digest,
        "principal": caller.principal,
        "channel": caller.channel,
        "scopes": caller.scopes,
    }
    return PosKeyRecord(**{**parts, **changes})


def a_deadline(seconds: float = PATIENCE_S) -> Deadline:
    return Deadline.after(seconds)
