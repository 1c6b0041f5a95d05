"""Shopify: the Admin GraphQL API, version 2026-07, with an app's access token.

GraphQL's errors and THROTTLED are in a 200's body; a wrong token is a 401. Costs follow the
documented rule and limits, Shopify's exact sums are its own.
"""

import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.demo_crm.bucket import Bucket
from local.demo_crm.credentials import SHOPIFY_ACCESS_TOKEN
from local.demo_crm.graphql import GraphQLSyntaxError, parse
from local.demo_crm.people import people
from local.demo_crm.shopify_query import Refused, Run
from local.demo_crm.system import Item, System

MAX_QUERY_COST: Final = 1_000
_SECONDS_IN_BUCKET: Final = 20
_DOCUMENTED_POINTS_PER_SECOND: Final = 100
_RATE_LIMITS: Final = "https://shopify.dev/api/usage/rate-limits"


def system(points_per_second: int | None, clock: Callable[[], float]) -> System:
    customers = people("shopify")
    rate = points_per_second or _DOCUMENTED_POINTS_PER_SECOND
    bucket = Bucket(rate * _SECONDS_IN_BUCKET, rate, clock)
    limited = points_per_second is not None

    async def answer(request: Request) -> Response:
        token = request.headers.get("x-shopify-access-token", "")
        if not hmac.compare_digest(token.encode(), SHOPIFY_ACCESS_TOKEN.encode()):
            return _unauthorized()
        run = _parsed(await request.body())
        if isinstance(run, Response):
            return run
        try:
            run.validate()
            cost = run.cost()
            if cost > MAX_QUERY_COST:
                raise _too_costly(cost)
            if limited and not bucket.take(cost):
                return _throttled(cost, bucket)
            data = run.data(customers)
        except Refused as refused:
            return JSONResponse({"errors": [refused.error]})
        extensions: dict[str, Any] = {"cost": _cost(cost, cost, bucket)}
        if run.warnings:
            extensions["search"] = run.warnings
        return JSONResponse({"data": data, "extensions": extensions})

    return System(
        name="shopify",
        method="POST",
        path="/shopify/admin/api/2026-07/graphql.json",
        answer=answer,
        unauthorized=_unauthorized,
        throttled=lambda: _throttled(52, bucket),
        failed=lambda: JSONResponse({"errors": "Internal Server Error"}, 500),
        items=_items,
        strip_id=lambda item: item.pop("id", None),
    )


def _parsed(body: bytes) -> Run | Response:
    try:
        document = json.loads(body)
    except ValueError:
        return JSONResponse({"errors": "Bad Request"}, 400)
    query = document.get("query") if isinstance(document, dict) else None
    if not isinstance(query, str):
        return JSONResponse({"errors": {"query": "Required parameter missing or invalid"}}, 400)
    try:
        operation = parse(query)
    except GraphQLSyntaxError as invalid:
        where = [{"line": invalid.line, "column": invalid.column}]
        return JSONResponse({"errors": [{"message": str(invalid), "locations": where}]})
    variables = document.get("variables") or {}
    if not isinstance(variables, dict):
        return JSONResponse({"errors": {"variables": "Required parameter invalid"}}, 400)
    return Run(operation, variables)


def _items(document: Any) -> Iterator[Item]:
    for connection in document.get("data", {}).values():
        if isinstance(connection, dict):
            if "id" in connection:
                yield connection
            yield from connection.get("nodes", ())
            yield from (edge["node"] for edge in connection.get("edges", ()) if "node" in edge)


def _unauthorized() -> Response:
    text = "[API] Invalid API key or access token (unrecognized login or wrong password)"
    return JSONResponse({"errors": text}, 401)


def _too_costly(cost: int) -> Refused:
    text = (
        f"Query cost is {cost}, which exceeds the single query max cost limit ({MAX_QUERY_COST})."
    )
    code = {"code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": MAX_QUERY_COST}
    return Refused(text, extensions={**code, "documentation": _RATE_LIMITS})


def _throttled(cost: int, bucket: Bucket) -> Response:
    code = {"code": "THROTTLED", "documentation": _RATE_LIMITS}
    error = {"message": "Throttled", "extensions": code}
    return JSONResponse({"errors": [error], "extensions": {"cost": _cost(cost, None, bucket)}})


def _cost(requested: int, actual: int | None, bucket: Bucket) -> dict[str, Any]:
    status = {
        "maximumAvailable": float(bucket.capacity),
        "currentlyAvailable": int(bucket.level),
        "restoreRate": float(bucket.restored_per_second),
    }
    return {
        "requestedQueryCost": requested,
        "actualQueryCost": actual,
        "throttleStatus": status,
    }
