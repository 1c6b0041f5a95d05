"""A deployment as a till sees it."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Any
from urllib.parse import urlencode

import requests

_PATIENCE_S = 30
_PAGE = "100"
_TRIES = 12
_TRIES_OF_ONE = 4
_SHORTEST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 3.0
_TOO_MANY_REQUESTS = 429


class CannotRun(Exception):
    """There is no race: the deployment cannot be reached, or does not let this key in."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` 0: no answer in time, or none that is ours."""

    status: int
    body: dict[str, Any]

    @property
    def is_success(self) -> bool:
        return self.status in (200, 201)

    @property
    def is_decided(self) -> bool:
        """Whether the same request, sent again, would say the same for ever."""
        if self.is_success:
            return True
        is_early = self.status == _TOO_MANY_REQUESTS
        return not is_early and not self.body.get("safe_to_retry", self.body.get("retryable"))

    @property
    def words(self) -> str:
        return str(self.body.get("detail") or f"HTTP {self.status}")


# A lost answer decides nothing.
_NONE = Answer(0, {"safe_to_retry": True, "detail": "no answer"})


@dataclass
class Deployment:
    """`url` is the API's base URL, `key` a POS key. `sent` counts the requests, `retried` why they
    were sent again."""

    url: str
    key: str
    sent: int = 0
    retried: Counter[str] = field(default_factory=Counter)
    _connections: threading.local = field(default_factory=threading.local)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def call(
        self, method: str, path: str, key: str | None = None, tries: int = _TRIES, **options: Any
    ) -> Answer:
        """The answer to one request, sent again while that is safe and helps."""
        for failures in range(1, tries):
            answer = self._once(method, path, key, options)
            if answer.is_decided:
                return answer
            with self._counting:
                self.retried[answer.words] += 1
            time.sleep(_pause_s(failures))
        return self._once(method, path, key, options)

    def require(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """The body of a success. Raises `CannotRun`."""
        answer = self.call(method, path, tries=_TRIES_OF_ONE, **options)
        if not answer.is_success:
            raise CannotRun(f"{method} {path} is refused ({answer.status}): {answer.words}")
        return answer.body

    def history(self, customer_id: str) -> tuple[dict[str, int], list[dict[str, Any]]]:
        """A customer's account and all entries of the journal. Raises `CannotRun`."""
        entries: list[dict[str, Any]] = []
        query = {"limit": _PAGE}
        while True:
            path = f"/v1/customers/{customer_id}/loyalty?{urlencode(query)}"
            page = self.require("GET", path)
            entries += page["entries"]
            if "next" not in page:
                return page["account"], entries
            query["before"] = page["next"]

    def _once(self, method: str, path: str, key: str | None, options: dict[str, Any]) -> Answer:
        headers = {"Authorization": f"Bearer {self.key}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        with self._counting:
            self.sent += 1
        try:
            response = self._session().request(
                method, self.url + path, headers=headers, timeout=_PATIENCE_S, **options
            )
            return _read(response)
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
            raise CannotRun(f"{self.url} is no URL of a deployment") from error
        except requests.RequestException:
            return _NONE

    def _session(self) -> requests.Session:
        """One connection per thread."""
        if not hasattr(self._connections, "session"):
            self._connections.session = requests.Session()
        session: requests.Session = self._connections.session
        return session


def _read(response: requests.Response) -> Answer:
    try:
        body = response.json()
    except ValueError:
        body = None
    if isinstance(body, dict):
        return Answer(response.status_code, body)
    # A gateway's own page: a 5xx decides nothing.
    return _NONE if response.status_code >= 500 else Answer(response.status_code, {})


def _pause_s(failures: int) -> float:
    """Full jitter, so that those who collided do not meet again."""
    return SystemRandom().uniform(0, min(_LONGEST_PAUSE_S, _SHORTEST_PAUSE_S * 2**failures))
