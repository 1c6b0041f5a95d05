"""Discounts from the command line: `python -m tillbridge.evaluate < case.json > result.json`.

A case (docs/discount-cases.md) gives a result, a list of cases a list of results. Exit status 0, or
2 when a case is malformed: then nothing is written but, to standard error, one line per fault with
its path and what was expected.
"""

import json
import sys
from typing import Any, TextIO

from pydantic import ValidationError

from tillbridge.domain.discounts.case import Case
from tillbridge.domain.discounts.receipt import answer
from tillbridge.domain.documents import DocumentUnreadable, parse_json
from tillbridge.domain.faults import faults_in

MALFORMED = 2


def main(source: TextIO = sys.stdin, out: TextIO = sys.stdout, faults: TextIO = sys.stderr) -> int:
    try:
        given = parse_json(source.read().encode(), keep_nulls=True, exact=True)
    except DocumentUnreadable as unreadable:
        faults.write(f"not a case: {unreadable}\n")
        return MALFORMED
    many = isinstance(given, list)
    cases = given if many else [given]
    wrong: list[str] = []
    results = [_result(case, f"{at}." if many else "", wrong) for at, case in enumerate(cases)]
    if wrong:
        faults.writelines(f"{line}\n" for line in wrong)
        return MALFORMED
    json.dump(results if many else results[0], out, sort_keys=True, ensure_ascii=False, indent=1)
    out.write("\n")
    return 0


def _result(given: Any, prefix: str, wrong: list[str]) -> dict[str, Any] | None:
    try:
        return answer(Case.model_validate(given))
    except ValidationError as error:
        wrong.extend(f"{prefix}{fault}" for fault in faults_in(error, given))
        return None


if __name__ == "__main__":
    sys.exit(main())
