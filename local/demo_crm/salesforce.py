"""A loyalty programme with Salesforce's manners: a program process with a nested body, and a
`status` in the answer's body that says whether it worked. A reference is kept, and found again;
nothing keeps the same one from being booked twice.

`POST /services/data/v61.0/connect/loyalty/programs/inner-circle/program-processes/{process}` with
`debitPoints` or `creditPoints`; `GET …/members/{number}`, `GET …/transaction-journals/{reference}`;
`Authorization: Bearer <token>`.
"""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.demo_crm.credentials import SALESFORCE_TOKEN
from local.demo_crm.loyalty import Accounts, NotEnrolled, TooFewPoints, manner_of
from local.demo_crm.system import Item, System


def system() -> System:
    accounts = Accounts()

    async def answer(request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {SALESFORCE_TOKEN}":
            return _unauthorized()
        steps = str(request.path_params["rest"]).split("/")
        try:
            match request.method, steps:
                case "GET", ["members", number]:
                    return JSONResponse(_member(accounts, number))
                case "GET", ["transaction-journals", reference]:
                    return JSONResponse({"journals": _journals(accounts, reference)})
                case "POST", ["program-processes", process]:
                    body = await request.json()
                    (parameters,) = body["processParameters"]
                    done = _processed(accounts, process, parameters, manner_of(request))
                    return JSONResponse(done)
        except NotEnrolled:
            return JSONResponse([{"errorCode": "NOT_FOUND", "message": "No such member"}], 404)
        except TooFewPoints:
            message = "The member doesn't have enough points."
            return JSONResponse({"message": message, "outputParameters": {}, "status": False})
        except (KeyError, TypeError, ValueError):
            return JSONResponse([{"errorCode": "INVALID_INPUT", "message": "Bad body"}], 400)
        return JSONResponse([{"errorCode": "NOT_FOUND", "message": "No such process"}], 404)

    return System(
        name="salesforce",
        method="GET, POST",
        path="/salesforce/services/data/v61.0/connect/loyalty/programs/inner-circle/{rest:path}",
        answer=answer,
        unauthorized=_unauthorized,
        throttled=lambda: JSONResponse([{"errorCode": "REQUEST_LIMIT_EXCEEDED"}], 403),
        failed=lambda: JSONResponse([{"errorCode": "UNKNOWN_EXCEPTION"}], 500),
        items=_items,
        strip_id=lambda item: item.pop("id"),
        accounts=accounts,
    )


def _member(accounts: Accounts, number: str) -> dict[str, Any]:
    points = {"loyaltyMemberCurrencyName": "Points", "pointsBalance": accounts.balance(number) / 1}
    return {"membershipNumber": number, "memberCurrencies": [points]}


def _journals(accounts: Accounts, reference: str) -> list[dict[str, Any]]:
    return [
        {"id": f"0lV{booked.number:012}", "status": "Processed", "points": abs(booked.points) / 1}
        for booked in accounts.under(reference)
    ]


def _processed(
    accounts: Accounts, process: str, parameters: dict[str, Any], manner: str | None
) -> dict[str, Any]:
    journal = parameters["TransactionJournal"]
    sign, name = {"debitPoints": (-1, "Debit"), "creditPoints": (1, "Credit")}[process]
    points = int(float(parameters[f"PointsTo{name}"]))
    customer, reference = journal["MembershipNumber"], journal["ExternalTransactionNumber"]
    booking = accounts.book(customer, sign * points, reference, manner)
    result = {"TransactionJournalId": f"0lV{booking.number:012}", f"Points{name}ed": points / 1}
    return {
        "message": None,
        "outputParameters": {"outputParameters": {"results": [result]}},
        "status": True,
    }


def _items(document: Any) -> Iterator[Item]:
    yield from document.get("journals", ())


def _unauthorized() -> Response:
    return JSONResponse([{"errorCode": "INVALID_SESSION_ID", "message": "Session expired"}], 401)
