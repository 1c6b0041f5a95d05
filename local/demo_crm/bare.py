"""A loyalty programme that somebody wrote in a week: `POST /points/{customer}/{debit|credit|undo}`
with `{"points", "of"}` and the header `Idempotency-Key`, `GET /points/{customer}`; `X-Api-Key`."""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.demo_crm.credentials import BARE_KEY
from local.demo_crm.loyalty import Accounts, NotEnrolled, TooFewPoints, manner_of
from local.demo_crm.system import Item, System

_SIGNS = {"debit": -1, "credit": 1, "undo": 1}


def system() -> System:
    accounts = Accounts(remembers=True)

    async def answer(request: Request) -> Response:
        if request.headers.get("x-api-key") != BARE_KEY:
            return _said(401, "key")
        steps = str(request.path_params["rest"]).split("/")
        try:
            match request.method, steps:
                case "GET", [customer]:
                    return JSONResponse({"points": accounts.balance(customer)})
                case "POST", [customer, what]:
                    body, key = await request.json(), request.headers["idempotency-key"]
                    points = _SIGNS[what] * int(body["points"])
                    booking = accounts.book(customer, points, key, manner_of(request))
                    return JSONResponse({"id": booking.number, "points": abs(booking.points)}, 201)
        except NotEnrolled:
            return _said(404, "customer")
        except TooFewPoints:
            return _said(422, "points")
        except (KeyError, TypeError, ValueError):
            return _said(400, "body")
        return _said(404, "path")

    return System(
        name="bare",
        method="GET, POST",
        path="/bare/points/{rest:path}",
        answer=answer,
        unauthorized=lambda: _said(401, "key"),
        throttled=lambda: _said(429, "slow down"),
        failed=lambda: Response("Traceback (most recent call last): …", 500),
        items=_items,
        strip_id=lambda item: item.pop("id"),
    )


def _said(status: int, word: str) -> Response:
    return JSONResponse({"error": word}, status)


def _items(document: Any) -> Iterator[Item]:
    yield document
