"""A loyalty programme that somebody wrote in a week: `POST /points/{customer}/{debit|credit|undo}`
with `{"points"}`, `GET /points/{customer}`; `X-Api-Key`. A call with an `Idempotency-Key` is done
once; who sends none is promised nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.demo_crm.credentials import BARE_KEY
from local.demo_crm.loyalty import (
    Accounts,
    Answers,
    KeyReused,
    NotEnrolled,
    TooFewPoints,
    manner_of,
)
from local.demo_crm.system import Item, System

_SIGNS = {"debit": -1, "credit": 1, "undo": 1}


@dataclass(slots=True)
class _Programme:
    accounts: Accounts = field(default_factory=Accounts)
    answers: Answers = field(default_factory=Answers)

    async def answer(self, request: Request) -> Response:
        match request.method, str(request.path_params["rest"]).split("/"):
            case "GET", [customer]:
                return JSONResponse({"points": self.accounts.balance(customer)})
            case "POST", [customer, what]:
                points = _SIGNS[what] * int((await request.json())["points"])
                key = request.headers.get("idempotency-key", "")
                return JSONResponse(self._moved(customer, points, key, manner_of(request)), 201)
        return _said(404, "path")

    def _moved(self, customer: str, points: int, key: str, manner: str | None) -> Any:
        def move() -> Any:
            booking = self.accounts.book(customer, points, key, manner)
            return {"id": booking.number, "points": abs(booking.points)}

        return self.answers.once(key, (customer, points), manner, move) if key else move()


def system() -> System:
    programme = _Programme()

    async def answer(request: Request) -> Response:
        if request.headers.get("x-api-key") != BARE_KEY:
            return _said(401, "key")
        try:
            return await programme.answer(request)
        except NotEnrolled:
            return _said(404, "customer")
        except TooFewPoints:
            return _said(422, "points")
        except KeyReused:
            return _said(409, "another request had this key")
        except (KeyError, TypeError, ValueError):
            return _said(400, "body")

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
        accounts=programme.accounts,
    )


def _said(status: int, word: str) -> Response:
    return JSONResponse({"error": word}, status)


def _items(document: Any) -> Iterator[Item]:
    yield document
