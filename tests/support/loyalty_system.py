"""A merchant's loyalty system as the gateway calls it, in memory, with the manners of each class of
capability; and every way for a call to go wrong, with or without its effect."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.builders import ORIGIN
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.domain.integration import Integration
from tillbridge.domain.limits import Deadline
from tillbridge.errors import (
    AddressRefused,
    TillbridgeError,
    UpstreamTimeout,
    UpstreamTlsFailed,
    UpstreamTooLarge,
    UpstreamTruncated,
    UpstreamUnreachable,
    UpstreamUnreadable,
)

CUSTOMER = "C-1"
_OPERATIONS = {
    "loyalty_balance": ("customer_id",),
    "loyalty_query": ("customer_id", "reference"),
    "loyalty_redeem": ("customer_id", "points", "reference", "sale_ref", "at"),
    "loyalty_reserve": (
        "customer_id",
        "points",
        "reference",
        "sale_ref",
        "at",
        "ttl_s",
        "expires_at",
    ),
    "loyalty_commit": ("customer_id", "points", "reference", "original_reference"),
    "loyalty_cancel": ("customer_id", "points", "reference", "original_reference"),
    "loyalty_reverse": (
        *("customer_id", "points", "reference", "original_reference"),
        "original_transaction_id?",
    ),
    "loyalty_accrue": ("customer_id", "points", "reference"),
}
_RULES = [
    {"when": {"status": 402}, "is": "insufficient_points"},
    {"when": {"status": 404}, "is": "not_enrolled"},
    {"when": {"status": 409}, "is": "rejected"},
]


def integration(operation: str, origin: str = ORIGIN) -> Integration:
    """One of the system's operations, ready to be called."""
    return Integration.load(a_loyalty_record(operation, origin))


def all_records(origin: str = ORIGIN) -> list[dict[str, Any]]:
    """The records of all its operations, as they are stored."""
    return [a_loyalty_record(operation, origin) for operation in _OPERATIONS]


def a_loyalty_record(operation: str, origin: str = ORIGIN) -> dict[str, Any]:
    """One of them; what is not documented is neither yes nor no."""
    names = _OPERATIONS[operation]
    rules = [{"when": {"status": 404}, "is": "not_found"}]
    return {
        "operation": operation,
        "request": {
            "method": "POST",
            "url": f"{origin}/{operation}",
            "body": {name.removesuffix("?"): f"{{{name}}}" for name in names},
        },
        "outcomes": rules if operation in ("loyalty_balance", "loyalty_query") else _RULES,
    }


@dataclass(frozen=True)
class Fault:
    """What a call comes to. `effect`: it is done `before` the answer, `never`, or `late`, when the
    caller has long given up. `answer` None lets the system's own through."""

    name: str
    effect: str = "before"
    answer: Callable[[], UpstreamAnswer] | TillbridgeError | None = None


def _says(status: int, body: bytes = b"") -> Callable[[], UpstreamAnswer]:
    return lambda: UpstreamAnswer(status, {}, body)


# None of these is in a record: neither yes nor no.
_ANSWERS: dict[str, Callable[[], UpstreamAnswer] | TillbridgeError] = {
    **{f"status {status}": _says(status, b'{"error": 1}') for status in (400, 401, 403, 405, 408)},
    **{f"status {status}": _says(status) for status in (410, 418, 422, 425, 429, 451)},
    **{f"status {status}": _says(status, b"<html>") for status in (500, 501, 502, 503, 504, 520)},
    "a redirect": _says(302),
    "a page": _says(200, b"<html>hello</html>"),
    "half a document": _says(200, b'{"transaction_id": "t'),
    "null": _says(200, b"null"),
    "an empty list": _says(200, b"[]"),
    "a number": _says(200, b"17"),
    "two of them": _says(200, b'[{"transaction_id": "1"}, {"transaction_id": "2"}]'),
    "other points": _says(200, b'{"points": 1}'),
    "no identifier": _says(200, b'{"transaction_id": ""}'),
    "bytes": _says(200, b"\xff\xfe\x00"),
    "silence": UpstreamTimeout(),
    "a reset": UpstreamUnreachable(),
    "a broken answer": UpstreamTruncated(),
    "broken TLS": UpstreamTlsFailed(),
    "too much": UpstreamTooLarge(),
    "no HTTP": UpstreamUnreadable(),
}
NO_FAULT = Fault("none")
UNCLEAR = tuple(
    Fault(f"{answer}, {effect}", effect, made)
    for answer, made in _ANSWERS.items()
    for effect in ("before", "never", "late")
)
# Certainly never sent.
NEVER_SENT = Fault("a refused address, never", "never", AddressRefused())
FAULTS = (*UNCLEAR, NEVER_SENT)


class Refusal(Exception):
    """The system says no, by this status."""


@dataclass
class Transaction:
    """What was done under a reference. `delta` is what it has changed the balance by, `undone` how
    many points of it went back."""

    transaction_id: str
    operation: str
    customer_id: str
    delta: int
    undone: int = 0
    is_reserved: bool = False
    lapses_at_s: float = float("inf")


@dataclass
class LoyaltySystem:
    """See `ports.Exchange`. `honours_keys`: a reference that was seen is answered as it was, and
    refused where the request has `changed`. `may_overdraw`: a balance may fall below zero.
    `reverses` says whether it takes a debit back. `received` counts the calls by reference; `fault`
    says what becomes of each, `later` lets something happen after a while."""

    now_s: Callable[[], float]
    honours_keys: bool = True
    may_overdraw: bool = False
    reverses: Callable[[], bool] = lambda: True
    fault: Callable[[str], Fault] = lambda _operation: NO_FAULT
    later: Callable[[Callable[[], object], str], None] = lambda _run, _reference: None
    before: Callable[[], None] = lambda: None
    after: Callable[[Fault], None] = lambda _fault: None
    overdrawn: Callable[[str], None] = lambda _reference: None
    balances: dict[str, int] = field(default_factory=dict)
    done: dict[str, Transaction] = field(default_factory=dict)
    repeated: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    received: dict[str, int] = field(default_factory=dict)
    _answers: dict[str, tuple[dict[str, Any], UpstreamAnswer]] = field(default_factory=dict)

    def __call__(self, request: OutboundRequest, deadline: Deadline) -> UpstreamAnswer:
        assert deadline.remaining_s() > 0
        operation = request.url.rpartition("/")[2]
        body: dict[str, Any] = json.loads(request.body or b"{}")
        reference = body.get("reference")
        self.before()
        if operation in ("loyalty_balance", "loyalty_query"):
            return self._said(self.fault(operation), lambda: self._look(operation, body))
        fault = self.fault(operation)
        if fault is not NEVER_SENT:
            self.received[str(reference)] = self.received.get(str(reference), 0) + 1
        if fault.effect == "never":
            return self._said(fault, lambda: UpstreamAnswer(500, {}, b""))
        if fault.effect == "late":
            self.later(lambda: self._do(operation, body), str(reference))
            return self._said(fault, lambda: UpstreamAnswer(500, {}, b""))
        answer = self._do(operation, body)
        return self._said(fault, lambda: answer)

    def _said(self, fault: Fault, answer: Callable[[], UpstreamAnswer]) -> UpstreamAnswer:
        self.after(fault)
        if isinstance(fault.answer, TillbridgeError):
            # Another one each time: a traceback is kept in it.
            raise type(fault.answer)()
        return answer() if fault.answer is None else fault.answer()

    def _look(self, operation: str, body: dict[str, Any]) -> UpstreamAnswer:
        self._lapse()
        if operation == "loyalty_balance":
            customer = body["customer_id"]
            if customer not in self.balances:
                return UpstreamAnswer(404, {}, b"{}")
            return _answer({"available": self.balances[customer]})
        known = self.done.get(body["reference"])
        if known is None:
            return UpstreamAnswer(404, {}, b"{}")
        return _answer({"transaction_id": known.transaction_id, "status": "applied"})

    def _do(self, operation: str, body: dict[str, Any]) -> UpstreamAnswer:
        # A call that comes without a name is a new one each time.
        body = {"reference": f"call-{len(self.done)}", **body}
        reference = body["reference"]
        if self.honours_keys and reference in self._answers:
            asked, answered = self._answers[reference]
            if asked == body:
                return answered
            self.changed.append(reference)
            return UpstreamAnswer(422, {}, b"{}")
        self._lapse()
        try:
            answer = _answer(getattr(self, f"_{operation.removeprefix('loyalty_')}")(body))
        except Refusal as refusal:
            answer = UpstreamAnswer(int(str(refusal)), {}, b"{}")
        self._answers[reference] = (body, answer)
        return answer

    def _redeem(self, body: dict[str, Any]) -> dict[str, Any]:
        return self._book("redeem", body, -body["points"])

    def _accrue(self, body: dict[str, Any]) -> dict[str, Any]:
        return self._book("accrue", body, body["points"])

    def _reserve(self, body: dict[str, Any]) -> dict[str, Any]:
        said = self._book("reserve", body, -body["points"])
        reserved = self.done[body["reference"]]
        reserved.is_reserved = True
        reserved.lapses_at_s = self.now_s() + body["ttl_s"]
        return said

    def _commit(self, body: dict[str, Any]) -> dict[str, Any]:
        reserved = self.done.get(body["original_reference"])
        if reserved is None or not reserved.is_reserved:
            raise Refusal(409)
        reserved.is_reserved = False
        return self._book("commit", body, 0)

    def _cancel(self, body: dict[str, Any]) -> dict[str, Any]:
        reserved = self.done.get(body["original_reference"])
        if reserved is None or not reserved.is_reserved:
            raise Refusal(409)
        self._release(reserved)
        return {}

    def _reverse(self, body: dict[str, Any]) -> dict[str, Any]:
        if not self.reverses():
            raise Refusal(409)
        return self._book("reverse", body, self._direction(body) * body["points"])

    def _direction(self, body: dict[str, Any]) -> int:
        original = self.done.get(body["original_reference"])
        return -1 if original is not None and original.operation == "accrue" else 1

    def _book(self, operation: str, body: dict[str, Any], delta: int) -> dict[str, Any]:
        reference, customer = body["reference"], body["customer_id"]
        if customer not in self.balances:
            raise Refusal(404)
        if delta < 0 and self.balances[customer] + delta < 0 and not self.may_overdraw:
            raise Refusal(402)
        if delta < 0 and self.balances[customer] + delta < 0:
            self.overdrawn(reference)
        if reference in self.done:
            self.repeated.append(reference)
        self.balances[customer] += delta
        name = f"t-{len(self.done) + len(self.repeated)}"
        self.done[reference] = Transaction(name, operation, customer, delta)
        return {"transaction_id": name, "points": body["points"]}

    def _release(self, reserved: Transaction) -> None:
        reserved.is_reserved = False
        self.balances[reserved.customer_id] -= reserved.delta
        reserved.undone = -reserved.delta

    def _lapse(self) -> None:
        """Reservations whose time is over let go."""
        for reserved in list(self.done.values()):
            if reserved.is_reserved and reserved.lapses_at_s <= self.now_s():
                self._release(reserved)

    def net(self, redemption_id: str) -> int:
        """By how many points a redemption's calls have changed the balance, all together."""
        self._lapse()
        return sum(
            each.delta + each.undone
            for reference, each in self.done.items()
            if reference.startswith(redemption_id)
        )


def _answer(body: dict[str, Any]) -> UpstreamAnswer:
    return UpstreamAnswer(200, {}, json.dumps(body).encode())
