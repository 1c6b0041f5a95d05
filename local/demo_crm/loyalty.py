"""Customers' points in the imitated loyalty programmes, and what these can be told to do wrong.

Whoever is called `L-…` is enrolled, with 1,000 points to begin with. A request's manner is the
fault in force: `twice` books twice, `forgetful` books a reference that it has seen, `overdrawing`
lets a balance fall below zero.
"""

from dataclasses import dataclass, field

from starlette.requests import Request

_AT_FIRST = 1_000


class NotEnrolled(Exception):
    """There is no such customer."""


class TooFewPoints(Exception):
    """The balance is too small."""


@dataclass(frozen=True, slots=True)
class Booking:
    """One change of a balance, under the caller's reference."""

    number: int
    customer: str
    points: int
    reference: str


@dataclass(slots=True)
class Accounts:
    """`remembers`: a reference that was seen is answered as it was, and not booked again."""

    remembers: bool
    _balances: dict[str, int] = field(default_factory=dict)
    _bookings: list[Booking] = field(default_factory=list)

    def balance(self, customer: str) -> int:
        """Raises `NotEnrolled`."""
        if not customer.startswith("L-"):
            raise NotEnrolled
        return self._balances.setdefault(customer, _AT_FIRST)

    def book(self, customer: str, points: int, reference: str, manner: str | None) -> Booking:
        """Add points, or take some away when they are negative. Raises `NotEnrolled`,
        `TooFewPoints`."""
        known = self.booked(reference)
        if known is not None and self.remembers and manner != "forgetful":
            return known
        if points < 0 and self.balance(customer) + points < 0 and manner != "overdrawing":
            raise TooFewPoints
        for _ in range(2 if manner == "twice" else 1):
            self._balances[customer] = self.balance(customer) + points
            number = len(self._bookings) + 1
            self._bookings.append(Booking(number, customer, points, reference))
        return self._bookings[-1]

    def booked(self, reference: str) -> Booking | None:
        """What was booked under a reference, the first where it was more often."""
        return next((one for one in self._bookings if one.reference == reference), None)


def manner_of(request: Request) -> str | None:
    return getattr(request.state, "manner", None)
