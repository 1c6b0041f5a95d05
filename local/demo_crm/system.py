"""What every imitated system gives to the front door: its route, its answer, its refusals."""

from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from local.demo_crm.loyalty import Accounts

Item = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class System:
    """One vendor's endpoint. The refusals are what this vendor says; the front door decides when.

    `method` names every method it takes, `GET, PATCH`. `items` finds the customers in a good
    answer's document, `strip_id` takes one's identity away. `accounts` are a loyalty programme's.
    """

    name: str
    method: str
    path: str
    answer: Callable[[Request], Awaitable[Response]]
    unauthorized: Callable[[], Response]
    throttled: Callable[[], Response]
    failed: Callable[[], Response]
    items: Callable[[Any], Iterator[Item]]
    strip_id: Callable[[Item], None]
    accounts: Accounts | None = None
