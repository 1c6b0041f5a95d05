"""A file of points: CSV with a line of names, or a JSON object per line. Each row is judged by
itself, so that a file may be larger than memory."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from tillbridge.domain.customer import Identifier, as_text
from tillbridge.domain.documents import DocumentUnreadable, parse_json
from tillbridge.domain.faults import faults_in
from tillbridge.domain.loyalty_requests import AdjustmentRequest, Expiry, Reference
from tools.tillctl.failures import Failure

_JSON_SUFFIXES = (".jsonl", ".ndjson")
_CSV_SUFFIXES = (".csv", ".tsv")
_DELIMITERS = ",;\t"
# Who the journal says did it. No person: run again by another, a row is still the same.
_STAFF = "tillctl"
_REASON = "Opening balance"
_AS_IT_IS = "customer_id"


@dataclass(frozen=True, slots=True)
class Row:
    """A row that may be booked. `key` is what makes it the same row in another run: its reference,
    or else the file's name and the how-manieth of its customer's rows it is there."""

    line: int
    customer_id: str
    key: str
    request: AdjustmentRequest


@dataclass(frozen=True, slots=True)
class Empty:
    """A row without points, which opens no account."""

    line: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot be booked, and why."""

    line: int
    reason: str


Judged = Row | Empty | Refused


def _as_number(value: Any) -> Any:
    """A whole number, or a text of digits alone: 1.000 may mean a thousand."""
    if type(value) is int or (isinstance(value, str) and value.isascii() and value.isdigit()):
        return int(value)
    raise PydanticCustomError("not_in_digits", "Write a whole number, digits alone")


class _PointRow(BaseModel):
    model_config = ConfigDict(extra="forbid")

    customer_id: Identifier
    points: Annotated[int, BeforeValidator(_as_number), Field(ge=0, le=1_000_000_000)]
    expires_on: Expiry | None = None
    reference: Annotated[Reference, BeforeValidator(as_text)] | None = None
    note: Annotated[str, StringConstraints(min_length=3, max_length=200)] | None = None


def judged_rows(file: Path, today: date) -> Iterator[Judged]:
    """The file's rows in their order. Raises `Failure` for a file that cannot be read as rows."""
    references: dict[str, int] = {}
    rows_of: Counter[str] = Counter()
    for line, given in _rows_in(file):
        if isinstance(given, str):
            yield Refused(line, given)
            continue
        row = _judged(line, given, _key(file.name, given, rows_of), today)
        if isinstance(row, Row) and (first := references.setdefault(row.key, line)) != line:
            row = Refused(line, f"reference: line {first} has the same one")
        yield row


def _key(file: str, given: Mapping[str, Any], rows_of: Counter[str]) -> str:
    """The key of a row, which is counted in `rows_of` where it has no reference. One that cannot be
    booked counts as well: mended, it takes no other row's place."""
    if (reference := given.get("reference")) not in (None, ""):
        return f"reference {as_text(reference)}"
    customer_id = str(as_text(given.get("customer_id")))
    rows_of[customer_id] += 1
    return f"row {file!r} {rows_of[customer_id]} {customer_id}"


def _judged(line: int, given: Mapping[str, Any], key: str, today: date) -> Judged:
    try:
        row = _PointRow.model_validate({n: value for n, value in given.items() if value != ""})
    except ValidationError as error:
        return Refused(line, "; ".join(str(fault) for fault in faults_in(error, given)))
    if isinstance(row.expires_on, date) and row.expires_on < today:
        return Refused(line, f"expires_on: {row.expires_on} is over")
    if row.points == 0:
        return Empty(line)
    request = AdjustmentRequest(
        points=row.points,
        reason=row.note or _REASON,
        staff_id=_STAFF,
        expires_on=row.expires_on,
    )
    return Row(line, row.customer_id, key, request)


def _rows_in(file: Path) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Each row with the line that it begins in: what it says, or why it cannot be read."""
    suffix = file.suffix.lower()
    if suffix not in (*_CSV_SUFFIXES, *_JSON_SUFFIXES):
        names = ", ".join((*_CSV_SUFFIXES, *_JSON_SUFFIXES))
        raise Failure(f"{file} is of no kind that can be imported.", f"The kinds are {names}.")
    try:
        # Spreadsheets begin a file with a byte order mark.
        with file.open(encoding="utf-8-sig", newline="") as lines:
            yield from (_csv_rows(file, lines) if suffix in _CSV_SUFFIXES else _json_rows(lines))
    except FileNotFoundError:
        raise Failure(f"There is no file {file}.") from None
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Failure(f"{file} is not UTF-8.", "Save it as UTF-8.") from None
    except csv.Error as error:
        raise Failure(f"{file} is not CSV: {error}.") from None


def _json_rows(lines: Iterator[str]) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = parse_json(line)
        except DocumentUnreadable as unreadable:
            yield number, f"it is not JSON: {unreadable}"
            continue
        yield number, row if isinstance(row, dict) else "a row is an object"


def _csv_rows(file: Path, lines: Iterator[str]) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    head = next(lines, "")
    delimiter = max(_DELIMITERS, key=head.count)
    names = [name.strip() for name in next(csv.reader([head], delimiter=delimiter), [])]
    _check_names(file, names)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        # The head is line 1, which this reader has not seen.
        line = reader.line_num + 2
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"it is not CSV: {error}"
            continue
        if not any(cells):
            continue
        if len(cells) != len(names):
            yield line, f"it has {len(cells)} values, the head {len(names)} names"
            continue
        row = dict(zip(names, cells, strict=True))
        # An identifier is kept byte for byte; around the others space means nothing.
        yield line, {n: cell if n == _AS_IT_IS else cell.strip() for n, cell in row.items()}


def _check_names(file: Path, names: list[str]) -> None:
    known = set(_PointRow.model_fields)
    needed = {n for n, field in _PointRow.model_fields.items() if field.is_required()}
    faults = [f"there is no column {name}" for name in sorted(needed - set(names))]
    faults += [f"{name or 'an empty name'} is no column" for name in names if name not in known]
    faults += [f"{name} is there twice" for name in known if names.count(name) > 1]
    if faults:
        hint = f"The first line names the columns: {', '.join(_PointRow.model_fields)}."
        raise Failure(f"{file} cannot be imported: {'; '.join(faults)}.", hint)
