"""Customers' points in the imitated loyalty programmes, and what these can be told to do wrong.

Whoever is called `L-…` or `C-…` is enrolled, with 1,000 points to begin with. A request's manner is
the fault in force: `twice` books twice, `forgetful` does again what it has done under a key,
`overdrawing` lets a balance fall below zero.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

_AT_FIRST = 1_000


class NotEnrolled(Exception):
    """There is no such customer."""


class TooFewPoints(Exception):
    """The balance is too small."""


class KeyReused(Exception):
    """A key came again, with another request."""


@dataclass(frozen=True, slots=True)
class Booking:
    """One change of a balance, under the caller's reference."""

    number: int
    customer: str
    points: int
    reference: str


@dataclass(slots=True)
class Accounts:
    """The books: whatever comes is booked, however often it comes."""

    _balances: dict[str, int] = field(default_factory=dict)
    _bookings: list[Booking] = field(default_factory=list)

    def balance(self, customer: str) -> int:
        """Raises `NotEnrolled`."""
        if not customer.startswith(("L-", "C-")):
            raise NotEnrolled
        return self._balances.setdefault(customer, _AT_FIRST)

    def book(self, customer: str, points: int, reference: str, manner: str | None) -> Booking:
        """Add points, or take some away when they are negative. Raises `NotEnrolled`,
        `TooFewPoints`."""
        if points < 0 and self.balance(customer) + points < 0 and manner != "overdrawing":
            raise TooFewPoints
        for _ in range(2 if manner == "twice" else 1):
            self._balances[customer] = self.balance(customer) + points
            number = len(self._bookings) + 1
            self._bookings.append(Booking(number, customer, points, reference))
        return self._bookings[-1]

    def under(self, reference: str) -> list[Booking]:
        """What was booked under a reference, oldest first."""
        return [one for one in self._bookings if one.reference == reference]

    def of(self, customer: str) -> list[Booking]:
        """What was booked for a customer, oldest first."""
        return [one for one in self._bookings if one.customer == customer]


@dataclass(slots=True)
class Answers:
    """What was answered under each key, by a system that honours keys."""

    _answers: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def once(self, key: str, asked: Any, manner: str | None, do: Callable[[], Any]) -> Any:
        """What `do` answers, or what it answered to the same under this key. What it raises is not
        remembered. Raises `KeyReused`."""
        if key in self._answers and manner != "forgetful":
            asked_at_first, answered = self._answers[key]
            if asked != asked_at_first:
                raise KeyReused
            return answered
        answered = do()
        self._answers[key] = (asked, answered)
        return answered


def manner_of(request: Request) -> str | None:
    return getattr(request.state, "manner", None)
