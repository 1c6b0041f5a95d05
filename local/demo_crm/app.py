"""The application: a front door before the systems, and the controls for tests and demos."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from json import JSONDecodeError

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.demo_crm import (
    bare,
    businesscentral,
    entra,
    erply,
    hubspot,
    kaching,
    odoo,
    salesforce,
    shopify,
    square,
)
from local.demo_crm.faults import Fault, FaultBoard, InvalidFault, answer
from local.demo_crm.loyalty import Accounts
from local.demo_crm.requests_seen import RequestsSeen
from local.demo_crm.system import System

_ANY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits that would be in the way of a demo are off until asked for."""

    hubspot_searches_per_second: int | None = None
    shopify_points_per_second: int | None = None
    entra_token_lifetime_s: int = 3599


def create_app(
    settings: Settings | None = None, clock: Callable[[], float] = time.monotonic
) -> Starlette:
    settings = settings or Settings()
    tokens = entra.Tokens(settings.entra_token_lifetime_s, clock)
    systems = (
        kaching.system(),
        *hubspot.systems(settings.hubspot_searches_per_second, clock),
        shopify.system(settings.shopify_points_per_second, clock),
        entra.system(tokens),
        businesscentral.system(tokens),
        odoo.system(),
        square.system(),
        salesforce.system(),
        erply.system(),
        bare.system(),
    )
    board, seen = FaultBoard(), RequestsSeen()
    doors = [Route(s.path, _front_door(s, board, seen), methods=_ANY_METHOD) for s in systems]
    books = {s.name: s.accounts for s in systems if s.accounts is not None}
    controls = (*_controls({s.name for s in systems}, board, seen), _bookings(books))
    return Starlette(routes=[*controls, *doors])


def _front_door(system: System, board: FaultBoard, seen: RequestsSeen) -> Endpoint:
    async def enter(request: Request) -> Response:
        await seen.record(system.name, request)
        if request.method not in system.method.split(", "):
            return PlainTextResponse("Method Not Allowed", 405, {"Allow": system.method})
        return await answer(board.take(system.name), system, request)

    return enter


def _controls(names: set[str], board: FaultBoard, seen: RequestsSeen) -> list[Route]:
    def known(request: Request) -> str | None:
        name = str(request.path_params["system"])
        return name if name in names else None

    async def faults(request: Request) -> Response:
        if (name := known(request)) is None:
            return _unknown(names)
        if request.method == "POST":
            try:
                board.put(name, Fault.parse(await request.json()))
            except (InvalidFault, JSONDecodeError, UnicodeDecodeError) as invalid:
                return JSONResponse({"error": str(invalid)}, 400)
        elif request.method == "DELETE":
            board.clear(name)
        return JSONResponse({"system": name, "fault": board.show(name)})

    async def requests(request: Request) -> Response:
        if (name := known(request)) is None:
            return _unknown(names)
        return JSONResponse(seen.of(name))

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "systems": sorted(names)})

    return [
        Route("/control/faults/{system}", faults, methods=["GET", "POST", "DELETE"]),
        Route("/control/requests/{system}", requests),
        Route("/control/health", health),
    ]


def _bookings(books: dict[str, Accounts]) -> Route:
    async def bookings(request: Request) -> Response:
        accounts = books.get(str(request.path_params["system"]))
        if accounts is None:
            return _unknown(set(books))
        booked = accounts.of(str(request.path_params["customer"]))
        return JSONResponse([asdict(booking) for booking in booked])

    return Route("/control/bookings/{system}/{customer}", bookings)


def _unknown(names: set[str]) -> Response:
    return JSONResponse({"error": f"the systems are {', '.join(sorted(names))}"}, 404)
