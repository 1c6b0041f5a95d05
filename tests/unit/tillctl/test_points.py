"""`tillctl points import`, on the ledger in memory: whatever happens on the way, each row is booked
once."""

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import a_programme
from tests.support.memory_ledger import MemoryLedger
from tests.support.tillctl import Result, tillctl
from tillbridge.domain.ledger.earn import Booked
from tillbridge.domain.ledger.keys import account_id, account_key
from tillbridge.domain.ledger.writes import StoreBusy, Write
from tillbridge.domain.loyalty_requests import AdjustmentRequest
from tillbridge.domain.programmes import BUILT_IN
from tillbridge.errors import NotConfigured, Undecided
from tillbridge.services.ledger import Ledger
from tillbridge.services.points import Points
from tools.tillctl.environments import Environment
from tools.tillctl.failures import Exit, Failure
from tools.tillctl.point_import import Imported, Outcome, PointImport
from tools.tillctl.point_rows import Row

TENANT = "acme"
PROGRAMME = a_programme(points_good_for_days=365)


class SharedLedger(MemoryLedger):
    """One that several threads may write to. `before` is called with each transaction."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self.before: Callable[[], None] = lambda: None

    def transact(self, writes: Sequence[Write]) -> None:
        with self._lock:
            self.before()
            super().transact(writes)

    def points_of(self, customer_id: str) -> int:
        account = account_key(TENANT, account_id(PROGRAMME.pseudonym_key, customer_id))
        return int(self.items[account]["avail"])

    def total(self) -> int:
        return sum(item["avail"] for item in self.items.values() if "avail" in item)

    def entries_made(self) -> list[dict[str, Any]]:
        return [item for item in self.items.values() if item.get("kind") == "adjust"]


class Stopped(KeyboardInterrupt):
    """Ctrl-C."""


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SharedLedger:
    """Of a stack with one tenant, in whose folder the command is run."""
    ledger = SharedLedger()
    settled = Ledger(ledger, pause=lambda _failures: None)
    points = Points(settled, lambda _tenant: PROGRAMME, ledger.entries)
    monkeypatch.setattr(Environment, "points", lambda *_: (points, PROGRAMME))
    monkeypatch.setattr(Environment, "store", KnowsTheTenant())
    monkeypatch.chdir(tmp_path)
    return ledger


class KnowsTheTenant:
    def names(self, tenant: str) -> list[str]:
        return ["PROFILE"] if tenant == TENANT else []


def imported(file: str, *options: object, tenant: str = TENANT) -> Result:
    return tillctl(
        "points", "import", file, "--tenant", tenant, *options, "--stack", "tillbridge-prod"
    )


def write(name: str, *lines: str) -> str:
    Path(name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return name


def many(rows: int) -> str:
    return write("many.csv", "customer_id,points", *(f"C-{n},{n + 1}" for n in range(rows)))


def test_customers_bring_their_points_along(ledger: SharedLedger) -> None:
    file = write(
        "balances.csv",
        "customer_id,points,expires_on,reference,note",
        "0042,150,2099-01-31,R-1,Balance of the old programme",
        '"Jane, Doe",20,never,,',
        "C-3,0,,,",
    )

    result = imported(file)

    assert result.exit_code == 0
    assert "2 booked, 0 were already, 1 have no points, 0 refused" in result.stdout
    assert (ledger.points_of("0042"), ledger.points_of("Jane, Doe")) == (150, 20)
    assert ledger.total() == 170
    entry = next(made for made in ledger.entries_made() if made["delta"] == 150)
    assert (entry["actor"], entry["staff_id"]) == ("tillctl/import", "tillctl")
    assert entry["reason"] == "Balance of the old programme"
    lots = [item["lots"] for item in ledger.items.values() if "lots" in item]
    assert {"2099-01-31": 150} in lots
    assert {"never": 20} in lots


def test_points_without_a_last_day_are_good_for_as_long_as_the_programme_says(
    ledger: SharedLedger,
) -> None:
    imported(write("balances.csv", "customer_id,points", "C-1,5"))

    (account,) = (item for item in ledger.items.values() if "lots" in item)
    assert "never" not in account["lots"]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("a.csv", ["\ufeffcustomer_id;points;note", 'C-1;5;"two\nlines"', "", "C-2; 6 ;"]),
        ("a.tsv", ["points\tcustomer_id", "5\tC-1", "6\tC-2"]),
        (
            "a.jsonl",
            ['{"customer_id": "C-1", "points": 5}', "", '{"customer_id":"C-2","points":6}'],
        ),
        ("a.ndjson", ['{"customer_id": "C-1", "points": 5}', '{"customer_id":"C-2","points":6}']),
    ],
)
def test_any_of_the_forms_will_do(ledger: SharedLedger, name: str, lines: list[str]) -> None:
    assert imported(write(name, *lines)).exit_code == 0

    assert (ledger.points_of("C-1"), ledger.points_of("C-2")) == (5, 6)


def test_run_again_it_books_nothing_twice(ledger: SharedLedger) -> None:
    file = many(50)
    imported(file)

    again = imported(file, "--json")

    assert again.exit_code == 0
    counts = json.loads(again.stdout)
    assert (counts["imported"], counts["already_imported"]) == (0, 50)
    assert ledger.total() == sum(range(51))


def test_a_reference_is_booked_once_whatever_the_file_and_the_line(ledger: SharedLedger) -> None:
    imported(write("a.csv", "customer_id,points,reference", "C-1,5,R-1"))
    imported(write("b.jsonl", "", '{"customer_id": "C-1", "points": 5, "reference": "R-1"}'))
    assert ledger.points_of("C-1") == 5

    other = imported(write("c.csv", "customer_id,points,reference", "C-1,6,R-1"))

    assert other.exit_code == Exit.SAYS_NO
    assert "c.csv:2" in other.stdout
    assert ledger.points_of("C-1") == 5


@pytest.mark.parametrize("points", ["1.000", "12.000", "1_0", "5.0", "1e3", "+5", "0x5", "\u0665"])
def test_points_that_are_not_written_in_digits_alone_are_refused(
    ledger: SharedLedger, points: str
) -> None:
    refused = imported(write("balances.csv", "customer_id;points", f"C-1;{points}"))

    assert refused.exit_code == Exit.SAYS_NO
    assert "balances.csv:2  points: Write a whole number, digits alone" in refused.stdout
    assert ledger.items == {}


@pytest.mark.parametrize("points", ["true", "5.0", "1e3", "[5]", '"1.000"'])
def test_points_in_json_are_a_whole_number(ledger: SharedLedger, points: str) -> None:
    line = f'{{"customer_id": "C-1", "points": {points}}}'

    refused = imported(write("balances.jsonl", line))

    assert refused.exit_code == Exit.SAYS_NO
    assert "points: Write a whole number, digits alone" in refused.stdout
    assert ledger.items == {}


def test_a_row_without_a_reference_is_booked_once_wherever_it_stands_in_its_file(
    ledger: SharedLedger,
) -> None:
    imported(write("a.csv", "customer_id,points", "B,5", "B,7"))

    again = imported(write("a.csv", "customer_id,points", "A,1", "B,5", "", "C,2", "B,7"))

    assert again.exit_code == 0
    assert "2 booked, 2 were already" in again.stdout
    assert (ledger.points_of("A"), ledger.points_of("B"), ledger.points_of("C")) == (1, 12, 2)


@pytest.mark.parametrize("first", ["B,many,", "B,0,"])
def test_a_row_that_is_mended_takes_no_other_rows_place(ledger: SharedLedger, first: str) -> None:
    head = "customer_id,points,reference"
    imported(write("a.csv", head, first, "B,7,"), "--skip-refused")
    assert ledger.points_of("B") == 7

    imported(write("a.csv", head, "B,1,R-1", "B,5,", "B,7,"))

    assert ledger.points_of("B") == 13


def test_rows_of_one_file_name_no_others(ledger: SharedLedger) -> None:
    imported(write("a.csv", "customer_id,points", "B,5"))
    imported(write("b.csv", "customer_id,points", "B,5"))

    assert ledger.points_of("B") == 10


def test_nothing_is_booked_while_a_row_is_wrong(ledger: SharedLedger) -> None:
    file = write(
        "balances.csv",
        "customer_id,points,expires_on,reference",
        "C-1,5,,R-1",
        "C-2,many,,",
        ",5,,",
        "C-4,-5,,",
        "C-5,5,2020-01-01,",
        "C-6,5,,R-1",
        "C-7,5",
        "C-8,8,,R-8",
    )

    refused = imported(file)

    assert refused.exit_code == Exit.SAYS_NO
    assert ledger.items == {}
    for line, says in {
        3: "points",
        4: "customer_id",
        5: "points",
        6: "2020-01-01 is over",
        7: "line 2 has the same one",
        8: "2 values",
    }.items():
        (shown,) = (text for text in refused.stdout.splitlines() if f"balances.csv:{line} " in text)
        assert says in shown
    assert "Nothing was booked: 6 of 8 rows are refused" in refused.stdout

    others = imported(file, "--skip-refused", "--json")

    assert others.exit_code == Exit.SAYS_NO
    report = json.loads(others.stdout)
    assert report["imported"] == 2
    assert [one["line"] for one in report["refused"]] == [3, 4, 5, 6, 7, 8]
    assert ledger.total() == 13


def test_a_dry_run_writes_nothing(ledger: SharedLedger) -> None:
    result = imported(many(3), "--dry-run")

    assert result.exit_code == 0
    assert "3 rows, 6 points in the good ones: all of them can be booked" in result.stdout
    assert ledger.items == {}


def test_stopped_it_says_what_is_left_and_goes_on_when_it_is_run_again(
    ledger: SharedLedger,
) -> None:
    file, writes_left = many(100), iter(range(40))

    def stop() -> None:
        if next(writes_left, None) is None:
            raise Stopped

    ledger.before = stop
    stopped = imported(file, "--workers", 4)
    assert stopped.exit_code == Exit.STOPPED
    assert "40 booked" in stopped.stdout
    assert "60 are left. Run the same command again" in stopped.stdout

    ledger.before = lambda: None
    again = imported(file, "--json")

    counts = json.loads(again.stdout)
    assert (counts["imported"], counts["already_imported"]) == (60, 40)
    assert ledger.total() == sum(range(101))
    assert len(ledger.entries_made()) == 100


def test_a_table_that_is_busy_is_asked_again(ledger: SharedLedger) -> None:
    turn = iter(range(10_000))

    def busy_every_third_time() -> None:
        if next(turn) % 3 == 0:
            raise StoreBusy

    ledger.before = busy_every_third_time

    assert imported(many(30)).exit_code == 0
    assert ledger.total() == sum(range(31))


def a_row(line: int) -> Row:
    request = AdjustmentRequest(points=1, reason="Opening balance", staff_id="tillctl")
    return Row(line, f"C-{line}", f"row {line}", request)


def test_a_table_that_does_not_answer_ends_it_with_what_to_do() -> None:
    pauses: list[int] = []

    def book(row: Row) -> Booked:
        if row.line == 1:
            raise Undecided
        return Booked(1)

    told: list[Outcome] = []
    with pytest.raises(Failure) as failure:
        PointImport(book, workers=1, pause=pauses.append).run(map(a_row, range(4)), told.append)

    assert failure.value.code == Exit.ENVIRONMENT
    assert "not booked twice" in failure.value.hint
    assert pauses == list(range(1, 10))
    lines = [one.row.line for one in told if isinstance(one, Imported)]
    assert len(lines) == len(set(lines))


def test_no_more_is_in_flight_than_there_are_workers_and_the_file_is_read_as_it_goes() -> None:
    read, told, busy = 0, 0, 0
    ahead: list[int] = []
    most = threading.Semaphore(3)

    def rows() -> Any:
        nonlocal read
        for line in range(200):
            read += 1
            ahead.append(read - told)
            yield a_row(line)

    def book(_row: Row) -> Booked:
        nonlocal busy
        if not most.acquire(blocking=False):
            busy += 1
            return Booked(0)
        try:
            return Booked(1)
        finally:
            most.release()

    def tell(_outcome: Outcome) -> None:
        nonlocal told
        told += 1

    PointImport(book, workers=3).run(rows(), tell)

    assert (told, busy) == (200, 0)
    assert max(ahead) <= 2 * 3


@pytest.mark.parametrize(
    ("name", "head", "says"),
    [
        ("a.csv", "customer_id,point", "there is no column points; point is no column"),
        ("a.csv", "customer_id,points,points", "points is there twice"),
        ("a.csv", "", "there is no column customer_id"),
        ("a.xlsx", "customer_id,points", "is of no kind that can be imported"),
    ],
)
@pytest.mark.usefixtures("ledger")
def test_a_file_that_is_something_else_is_one_screen(name: str, head: str, says: str) -> None:
    result = imported(write(name, head, "C-1,5"))

    assert result.exit_code == Exit.USAGE
    assert says in result.stderr


@pytest.mark.usefixtures("ledger")
def test_a_file_that_is_not_there_or_no_text_is_one_screen() -> None:
    assert imported("nowhere.csv").exit_code == Exit.USAGE
    Path("latin.csv").write_bytes(b"customer_id,points\nJ\xf8rgen,5\n")

    result = imported("latin.csv")

    assert result.exit_code == Exit.USAGE
    assert "UTF-8" in result.stderr


@pytest.mark.usefixtures("ledger")
def test_a_folder_and_a_head_without_an_end_are_one_screen() -> None:
    Path("folder.csv").mkdir()

    folder, head = imported("folder.csv"), imported(write("head.csv", "n" * 200_000))

    assert (folder.exit_code, head.exit_code) == (Exit.USAGE, Exit.USAGE)
    assert "folder.csv cannot be read" in folder.stderr
    assert "head.csv is not CSV" in head.stderr


@pytest.mark.usefixtures("ledger")
def test_a_line_that_is_no_row_is_refused() -> None:
    file = write("a.jsonl", "[1]", "{", '{"customer_id": "C-1", "points": 5, "pionts": 6}')

    result = imported(file)

    assert result.exit_code == Exit.SAYS_NO
    for line, says in ((1, "a row is an object"), (2, "it is not JSON"), (3, "pionts")):
        assert any(f"a.jsonl:{line} " in t and says in t for t in result.stdout.splitlines())


@pytest.mark.usefixtures("ledger")
def test_a_tenant_that_keeps_no_points_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    assert imported(many(1), tenant="nobody").exit_code == Exit.SAYS_NO

    def no_programme(*_: Any) -> Any:
        raise NotConfigured("this merchant has no live loyalty programme", operation="loyalty")

    monkeypatch.setattr(Environment, "points", no_programme)
    result = imported(many(1))

    assert result.exit_code == Exit.SAYS_NO
    assert "no live loyalty programme" in result.stderr


@pytest.mark.usefixtures("ledger")
def test_points_that_the_merchants_own_system_keeps_are_imported_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def kept_elsewhere(*_: Any) -> Any:
        raise NotConfigured("this merchant's own system keeps the points", operation=BUILT_IN)

    monkeypatch.setattr(Environment, "points", kept_elsewhere)
    result = imported(many(1))

    assert result.exit_code == Exit.SAYS_NO
    assert "Import the points there." in result.stderr
    assert "Publish" not in result.stderr
