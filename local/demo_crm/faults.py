"""Faults on demand: what a test or a demo wants a system to do wrong, and for how many requests."""

import asyncio
import json
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal, get_args

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from local.demo_crm.system import System

Kind = Literal[
    "slow",
    "html",
    "error_500",
    "unauthorized",
    "throttled",
    "truncated",
    "oversized",
    "wrong_shape",
    "bad_item",
    "unanswered",
    "twice",
    "forgetful",
    "overdrawing",
]
KINDS: Final[tuple[str, ...]] = get_args(Kind)
# Above every bound a reader of customer records would set, below what hurts a small machine.
_OVERSIZED_BYTES: Final = 6_000_000
_LOGIN_PAGE: Final = (
    "<!DOCTYPE html><html><head><title>Sign in</title></head>"
    "<body><h1>Scheduled maintenance</h1></body></html>"
)


class InvalidFault(ValueError):
    """The control request does not describe a fault."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`times` is how many more requests it hits, None for all; `seconds` is the delay of `slow`."""

    fault: Kind
    times: int | None = None
    seconds: float = 5.0

    @classmethod
    def parse(cls, document: Any) -> "Fault":
        if not isinstance(document, dict) or document.get("fault") not in KINDS:
            raise InvalidFault(f"fault must be one of {', '.join(KINDS)}")
        times, seconds = document.get("times"), document.get("seconds")
        seconds = 5.0 if seconds is None else seconds
        if times is not None and (type(times) is not int or times < 1):
            raise InvalidFault("times must be a whole number above 0, or null")
        if type(seconds) not in (int, float) or not 0 <= seconds <= 600:
            raise InvalidFault("seconds must be between 0 and 600")
        return cls(document["fault"], times, seconds)


class FaultBoard:
    """The fault in force per system, at most one."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}

    def put(self, system: str, fault: Fault) -> None:
        self._faults[system] = fault

    def clear(self, system: str) -> None:
        self._faults.pop(system, None)

    def show(self, system: str) -> dict[str, Any] | None:
        fault = self._faults.get(system)
        return asdict(fault) if fault else None

    def take(self, system: str) -> Fault | None:
        """The fault for this request; its count goes down by one."""
        fault = self._faults.get(system)
        if fault and fault.times is not None:
            if fault.times > 1:
                self._faults[system] = replace(fault, times=fault.times - 1)
            else:
                del self._faults[system]
        return fault


class _Truncated(Response):
    """Promises the whole body and sends half: the server then closes the connection."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        head = {"type": "http.response.start", "status": self.status_code}
        await send({**head, "headers": self.raw_headers})
        half = self.body[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


async def answer(fault: Fault | None, system: System, request: Request) -> Response:
    """The system's answer, spoiled by the fault. What it does wrong by itself it reads as its
    manner (`loyalty`); `unanswered` is an error after the effect."""
    request.state.manner = fault.fault if fault else None
    match fault.fault if fault else None:
        case "html":
            return HTMLResponse(_LOGIN_PAGE)
        case "error_500":
            return system.failed()
        case "unauthorized":
            return system.unauthorized()
        case "throttled":
            return system.throttled()
        case "wrong_shape":
            return JSONResponse({"message": "OK", "page": {"entries": 1}})
    if fault and fault.fault == "slow":
        await asyncio.sleep(fault.seconds)
    good = await system.answer(request)
    if fault and fault.fault == "unanswered":
        return system.failed()
    return _spoiled(good, fault, system) if fault else good


def _spoiled(good: Response, fault: Fault, system: System) -> Response:
    body = bytes(good.body)
    match fault.fault:
        case "truncated":
            return _same(good, body, _Truncated)
        case "oversized":
            # White space after the document: it stays readable, so only its size can be at fault.
            return _same(good, body.ljust(_OVERSIZED_BYTES))
        case "bad_item" if good.status_code == 200:
            document = json.loads(body)
            for item in list(system.items(document))[:1]:
                system.strip_id(item)
            return _same(good, json.dumps(document, ensure_ascii=False).encode())
    return good


def _same(good: Response, body: bytes, kind: type[Response] = Response) -> Response:
    headers = {name: value for name, value in good.headers.items() if name != "content-length"}
    return kind(body, good.status_code, headers)
