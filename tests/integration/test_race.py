"""`make race` as a person meets it: it believes no deployment, and says so in its exit status."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from local.template import ROOT

LAST_LINE = re.compile(r"requests (\d+), successes (\d+), over-spend (\d+)")


@dataclass
class Books:
    """A deployment of one customer, which keeps its books by itself; each field breaks a rule."""

    checks_the_balance: bool = True
    remembers_keys: bool = True
    enters_everything: bool = True
    at_first: tuple[int, dict[str, Any]] | None = None
    is_ours: bool = True
    refuses_with: int = 0
    balance: int = 0
    entries: list[dict[str, Any]] = field(default_factory=list)
    decided: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def earn(self, points: int) -> tuple[int, dict[str, Any]]:
        if self.refuses_with:
            return self.refuses_with, {"detail": "not this key"}
        self.balance += points
        self._enter(kind="earn", delta=points)
        return 201, {"points": points} if self.is_ours else {}

    def redeem(self, key: str, points: int) -> tuple[int, dict[str, Any]]:
        self.seen.append(key)
        if self.at_first and self.seen.count(key) == 1:
            return self.at_first
        if not self.remembers_keys or key not in self.decided:
            self.decided[key] = self._decide(f"r{len(self.seen)}", points)
        return self.decided[key]

    def history(self, place: int) -> tuple[int, dict[str, Any]]:
        page = {"entries": self.entries[place : place + 7]}
        following = {"next": str(place + 7)} if place + 7 < len(self.entries) else {}
        amounts = {"available": self.balance, "held": 0, "balance": self.balance}
        return 200, {**page, **following, "account": amounts}

    def _decide(self, redemption: str, points: int) -> tuple[int, dict[str, Any]]:
        if self.checks_the_balance and self.balance < points:
            return 409, {"detail": "too few", "safe_to_retry": False}
        self.balance -= points
        self._enter(kind="post", delta=-points, redemption_id=redemption)
        return 201, {"redemption_id": redemption}

    def _enter(self, **entry: Any) -> None:
        if self.enters_everything or len(self.entries) < 3:
            self.entries.append(entry)


class Front(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    books: ClassVar[Books]

    def do_GET(self) -> None:
        place = int(parse_qs(urlsplit(self.path).query).get("before", ["0"])[0])
        with self.books.lock:
            self._answer(*self.books.history(place))

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.books.lock:
            if self.path.endswith("/accruals"):
                self._answer(*self.books.earn(asked["points"]))
            else:
                self._answer(*self.books.redeem(self.headers["Idempotency-Key"], asked["points"]))

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def served(books: Books) -> Iterator[str]:
    """The books' URL."""
    front = type("FrontOf", (Front,), {"books": books})
    with ThreadingHTTPServer(("127.0.0.1", 0), front) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def raced(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    own = {name: value for name, value in os.environ.items() if name not in ("URL", "KEY")}
    return subprocess.run(
        [sys.executable, "-m", "tools.race"],
        cwd=folder,
        env={**own, "PYTHONPATH": str(ROOT), "TRIES": "12", "THREADS": "8", **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def race(folder: Path, books: Books) -> tuple[int, tuple[int, ...], str]:
    """The exit status, the numbers of the last line, and what was said beside."""
    with served(books) as url:
        done = raced(folder, URL=url, KEY="a key")
    line = LAST_LINE.fullmatch(done.stdout.strip().rpartition("\n")[2])
    assert line, done.stderr
    return done.returncode, tuple(map(int, line.groups())), done.stderr


def test_honest_books_pass(tmp_path: Path) -> None:
    assert race(tmp_path, Books())[:2] == (0, (24, 4, 0))


@pytest.mark.parametrize(
    "at_first",
    [
        (503, {"detail": "not known yet", "safe_to_retry": True}),
        (503, {"detail": "no records", "retryable": True}),
        (429, {"message": "Too Many Requests"}),
    ],
    ids=["undecided", "unavailable", "throttled"],
)
def test_what_may_be_retried_is_sent_again_with_its_key(
    tmp_path: Path, at_first: tuple[int, dict[str, Any]]
) -> None:
    books = Books(at_first=at_first)

    status, (requests, successes, overspend), _ = race(tmp_path, books)

    assert (status, successes, overspend) == (0, 4, 0)
    assert requests == len(books.seen) == 24 + 13
    assert len(set(books.seen)) == 13


def test_points_that_are_spent_twice_are_found(tmp_path: Path) -> None:
    status, (_, successes, overspend), said = race(tmp_path, Books(checks_the_balance=False))

    assert (status, successes, overspend) == (1, 13, 900)
    assert "WRONG" not in said


def test_a_key_that_is_decided_twice_is_found(tmp_path: Path) -> None:
    status, _, said = race(tmp_path, Books(remembers_keys=False, checks_the_balance=False))

    assert status == 1
    assert "one key was decided 12 times" in said


def test_a_journal_that_does_not_say_what_the_account_says_is_found(tmp_path: Path) -> None:
    status, _, said = race(tmp_path, Books(enters_everything=False))

    assert status == 1
    assert "the journal says" in said
    assert "granted and are not in the history" in said


@pytest.mark.parametrize("refusal", [401, 403, 501])
def test_a_key_that_is_not_let_in_is_one_clear_line(tmp_path: Path, refusal: int) -> None:
    with served(Books(refuses_with=refusal)) as url:
        done = raced(tmp_path, URL=url, KEY="tb_acme_secret")

    assert (done.returncode, done.stdout) == (2, "")
    assert f"is refused ({refusal}): not this key" in done.stderr.splitlines()[-1]
    assert "tb_acme_secret" not in done.stderr


def test_another_service_is_one_clear_line(tmp_path: Path) -> None:
    with served(Books(is_ours=False)) as url:
        done = raced(tmp_path, URL=url, KEY="tb_acme_secret")

    assert (done.returncode, done.stdout) == (2, "")
    assert "does not answer as Tillbridge does" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "give URL= and KEY="),
        ({"URL": "https://127.0.0.1:1"}, "give URL= and KEY="),
        ({"URL": "127.0.0.1:1", "KEY": "a"}, "is no URL"),
        ({"URL": "http://[", "KEY": "a"}, "is no URL"),
        ({"URL": "http://127.0.0.1:1", "KEY": "a"}, "is refused (0): no answer"),
        ({"URL": "http://127.0.0.1:1", "KEY": "a", "TRIES": "many"}, "TRIES=many is no number"),
        ({"URL": "http://127.0.0.1:1", "KEY": "a", "THREADS": "0"}, "THREADS=0 is no number"),
    ],
)
def test_a_wrong_option_is_one_clear_line(
    tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    done = raced(tmp_path, **environment)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
