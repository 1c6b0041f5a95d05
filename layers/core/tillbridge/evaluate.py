"""Discounts from the command line: `python -m tillbridge.evaluate < case.json > result.json`.

A case gives its result, a return what it gives back (docs/discount-cases.md), a list of these a
list. Exit status 0, or 2 when one is malformed: then nothing is written but, to standard error, one
line per fault with its path and what was expected.
"""

import json
import sys
from typing import Any, TextIO

from pydantic import ValidationError

from tillbridge.domain.discounts.case import Case
from tillbridge.domain.discounts.receipt import answer
from tillbridge.domain.discounts.returns import Return, ReturnRefused, give_back
from tillbridge.domain.documents import DocumentUnreadable, parse_json
from tillbridge.domain.faults import Fault, faults_in

MALFORMED = 2


def main(source: TextIO, out: TextIO, faults: TextIO) -> int:
    """Reads all of `source`; the exit status."""
    try:
        given = parse_json(source.read(), keep_nulls=True, exact=True)
    except DocumentUnreadable as unreadable:
        faults.write(f"expected a case, or a list of cases, in JSON, but {unreadable}\n")
        return MALFORMED
    many = isinstance(given, list)
    wrong: list[str] = []
    results = [
        _result(one, str(at) if many else None, wrong)
        for at, one in enumerate(given if many else [given])
    ]
    if wrong:
        faults.writelines(f"{line}\n" for line in wrong)
        return MALFORMED
    json.dump(results if many else results[0], out, sort_keys=True, ensure_ascii=False, indent=1)
    out.write("\n")
    return 0


def _result(given: Any, at: str | None, wrong: list[str]) -> dict[str, Any] | None:
    """Nothing where it is malformed; what is wrong with it is added to `wrong`."""
    try:
        if isinstance(given, dict) and "returned" in given:
            return give_back(Return.model_validate(given)).as_json()
        return answer(Case.model_validate(given))
    except ValidationError as error:
        wrong.extend(_placed(fault, at) for fault in faults_in(error, given))
    except ReturnRefused as refused:
        wrong.append(str(refused) if at is None else f"{at}.{refused}")
    return None


def _placed(fault: Fault, at: str | None) -> str:
    """The fault in one line, with its place in the list, if it is one of a list."""
    if at is None:
        return str(fault)
    return f"{at}.{fault}" if fault.path else f"{at}: {fault}"


if __name__ == "__main__":
    sys.exit(main(sys.stdin, sys.stdout, sys.stderr))
