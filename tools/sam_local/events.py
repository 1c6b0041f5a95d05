"""The canonical events of `events/<function>/<name>.json` and what must come of each, for the tests
and for `sam local` alike."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from local.template import ROOT, load_template, resources_of
from tillbridge.domain.pos_key import PosKey

EVENTS = ROOT / "events"
TENANT_ID = "fjord-outdoor"


@dataclass(frozen=True, slots=True)
class Expected:
    """The HTTP status that a till sees, and what the answer must hold where that is not all."""

    status: int
    holds: str = ""


EXPECTED: Mapping[str, Mapping[str, Expected]] = MappingProxyType(
    {
        "authorizer": {
            "bearer": Expected(200, TENANT_ID),
            "kaching_key": Expected(200, TENANT_ID),
            "malformed": Expected(401),
            "missing": Expected(401),
            "unknown_shop": Expected(401),
            "null_token": Expected(403),
        },
        "customer_lookup": {
            "found_by_query": Expected(200, "Jane Doe"),
            "found_by_body": Expected(200, "Jane Doe"),
            "unknown_customer": Expected(200, "[]"),
            "blank_term": Expected(200, "[]"),
            "missing_term": Expected(400, "search_term"),
            "scope_missing": Expected(403, "scope_missing"),
            "health": Expected(200, "ok"),
            "preflight": Expected(204),
        },
        "customer_details": {
            "shown": Expected(200, "Jane Doe"),
            "unknown_customer": Expected(404, "customer_not_found"),
            "subtotal_malformed": Expected(400, "subtotal"),
            "no_interactions": Expected(200, '"interactions":[]'),
            "profile_not_configured": Expected(501, "profile_update"),
            "key_missing": Expected(400, "idempotency_key_missing"),
            "scope_missing": Expected(403, "scope_missing"),
            "preflight": Expected(204),
        },
        "config_guard": {
            "good_draft": Expected(200),
            "bad_draft": Expected(200),
            "deleted_draft": Expected(200),
            "poison": Expected(200),
        },
        "discount_application": {
            "evaluated": Expected(200, '"subtotal_minor":156600'),
            "customer_discounts": Expected(200, "new_price_discount-single_product"),
            "price_malformed": Expected(400, "basket.lines.0.unit_price_minor"),
            "key_missing": Expected(400, "idempotency_key_missing"),
            "unknown_application": Expected(404, "application_not_found"),
            "scope_missing": Expected(403, "scope_missing"),
            "preflight": Expected(204),
        },
        "hold_sweeper": {"nothing_due": Expected(200, '"ended": 0')},
        "loyalty_redemption": {
            "not_enrolled": Expected(200, '"enrolled":false'),
            "account_of_nobody": Expected(200, '{"amount":0.0,"currency_code":"DKK"}'),
            "account_currency": Expected(409, "currency_mismatch"),
            "account_sale_missing": Expected(400, "sale_ref"),
            "unknown_redemption": Expected(404, "redemption_not_found"),
            "key_missing": Expected(400, "idempotency_key_missing"),
            "points_malformed": Expected(400, "points"),
            "scope_missing": Expected(403, "scope_missing"),
            "preflight": Expected(204),
        },
        "sale_intake": {
            "line_malformed": Expected(400, "lines.0.amount_minor"),
            "return_unnamed": Expected(400, "return_ref"),
            "export_no_object": Expected(400, "an object"),
            "scope_missing": Expected(403, "scope_missing"),
            "webhook_unsigned": Expected(401, "unauthorized"),
            "webhook_of_no_shop": Expected(401, "unauthorized"),
            "preflight": Expected(204),
        },
        "sale_worker": {
            "no_customer": Expected(200),
            "no_programme": Expected(200),
            "poison_among_others": Expected(500, "0002"),
        },
        "upstream_resolver": {"nothing_due": Expected(200, '"settled": 0')},
    }
)


def event_file(function: str, name: str) -> Path:
    return EVENTS / function / f"{name}.json"


def load_event(function: str, name: str) -> dict[str, Any]:
    """A fresh copy of an event: `load_event("customer_lookup", "found_by_query")`."""
    return dict(json.loads(event_file(function, name).read_text()))


def key_item() -> dict[str, Any]:
    """The table's item for the key that the events hold. It is made up and opens nothing else."""
    _, _, token = load_event("authorizer", "bearer")["headers"]["Authorization"].partition(" ")
    key = PosKey.parse(token)
    if key is None:
        raise ValueError("events/authorizer/bearer.json holds no POS key")
    return {
        "pk": f"KEY#{key.tenant_id}#",
        "sk": key.key_id,
        "secret_sha256": key.digest,
        "principal": "demo-pos",
        "channel": "pos",
        "scopes": ["discount", "earn", "lookup", "redeem"],
    }


def logical_id(function: str) -> str:
    """The resource of template.yaml whose code is in `functions/<function>`."""
    functions = resources_of(load_template(), "AWS::Serverless::Function")
    folder = f"functions/{function}"
    return next(n for n, r in functions.items() if r["Properties"]["CodeUri"] == folder)


def status_of(answer: Mapping[str, Any]) -> int:
    """What API Gateway makes of an answer: a proxy response, a policy, or the error that a function
    raised, as Lambda reports it. What a stream's function answers is 200 when nothing failed, what
    any other answers that is not behind the API is a success."""
    if "statusCode" in answer:
        return int(answer["statusCode"])
    if "batchItemFailures" in answer:
        return 500 if answer["batchItemFailures"] else 200
    if "policyDocument" in answer:
        (statement,) = answer["policyDocument"]["Statement"]
        return 200 if statement["Effect"] == "Allow" else 403
    if "errorMessage" not in answer:
        return 200
    return 401 if answer["errorMessage"] == "Unauthorized" else 500


def is_expected(function: str, name: str, answer: Mapping[str, Any]) -> bool:
    expected = EXPECTED[function][name]
    content = answer.get("body") or json.dumps(answer.get("context", answer))
    return status_of(answer) == expected.status and expected.holds in content
