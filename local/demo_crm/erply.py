"""A loyalty programme with Erply's manners: one address, a form that names the request, and 200 for
everything: an error is a code in the body. It knows no reference, and so promises nothing.

`POST /erply/api/` with `request`, `sessionKey`, `customerID`, `points`.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.demo_crm.credentials import ERPLY_SESSION_KEY
from local.demo_crm.loyalty import Accounts, NotEnrolled, TooFewPoints, manner_of
from local.demo_crm.system import Item, System

_NO_SESSION, _NO_CUSTOMER, _TOO_FEW, _UNKNOWN, _BUSY = 1054, 1011, 1053, 1005, 1002


def system() -> System:
    accounts = Accounts()

    async def answer(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        name = form.get("request", "")
        if form.get("sessionKey") != ERPLY_SESSION_KEY:
            return _error(_NO_SESSION, name)
        try:
            return _said(name, [_record(accounts, name, form, manner_of(request))])
        except NotEnrolled:
            return _error(_NO_CUSTOMER, name)
        except TooFewPoints:
            return _error(_TOO_FEW, name)
        except (KeyError, ValueError):
            return _error(_UNKNOWN, name)

    return System(
        name="erply",
        method="POST",
        path="/erply/api/",
        answer=answer,
        unauthorized=lambda: _error(_NO_SESSION),
        throttled=lambda: _error(_BUSY),
        failed=lambda: Response("Service Temporarily Unavailable", 503),
        items=_items,
        strip_id=lambda item: item.pop("transactionID"),
        accounts=accounts,
    )


def _record(
    accounts: Accounts, name: str, form: dict[str, str], manner: str | None
) -> dict[str, Any]:
    customer = form["customerID"]
    if name == "getCustomerRewardPoints":
        return {"customerID": customer, "points": accounts.balance(customer)}
    sign = {"subtractCustomerRewardPoints": -1, "addCustomerRewardPoints": 1}[name]
    points = int(form["points"])
    booking = accounts.book(customer, sign * points, f"{name}-{form.get('description')}", manner)
    return {"transactionID": booking.number, "customerID": customer}


def _said(name: str, records: list[dict[str, Any]], error: int = 0) -> Response:
    status = {"request": name, "responseStatus": "error" if error else "ok", "errorCode": error}
    return JSONResponse({"status": status, "records": records})


def _error(code: int, name: str = "") -> Response:
    return _said(name, [], code)


def _items(document: Any) -> Iterator[Item]:
    yield from document["records"]
