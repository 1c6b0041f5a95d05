"""The documents that are generated: docs/openapi.yaml from the routes, docs/errors.md from the
catalogue, the tables of docs/discount-cases.md from its models and of docs/requirements.md from the
tests, docs/tillctl.md from the commands; and the cut models of AWS's services, from botocore's.
`--check` writes nothing and fails when a committed one is not what the code says."""

import argparse
import inspect
import sys
from pathlib import Path
from typing import Any

import yaml

from local.template import ROOT
from tillbridge.entrypoint.problems import MEDIA_TYPE, problem_type
from tillbridge.errors import catalogue
from tools import aws_models, discount_fields, requirements
from tools.openapi import by_status, openapi
from tools.tillctl.reference import reference_page

_DISCOUNT_CASES = ROOT / "docs" / "discount-cases.md"
_REQUIREMENTS = ROOT / "docs" / "requirements.md"


def errors_page() -> str:
    """The catalogue as a page for integrators."""
    rows = [
        f"## `{error.code}`\n\n"
        f"{error.title}. HTTP {error.status}, "
        f"{'may be retried' if error.retryable else 'asking again does not help'}, "
        f"type `{problem_type(error)}`.\n\n"
        f"{inspect.cleandoc(error.__doc__ or '')}\n\n"
        f"> {error.cashier_message}\n"
        for error in by_status(catalogue())
    ]
    head = (
        "# Errors\n\n"
        "Generated from `tillbridge/errors.py` by `make openapi`. Every error is an RFC 9457 "
        f"problem (`{MEDIA_TYPE}`); the quoted words are its `cashier_message`, meant for the "
        "till's screen. The code and the facts go out with it, so that a client can say it in "
        "its own language.\n\n"
    )
    return head + "\n".join(rows)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, _data: Any) -> bool:
        return True


def documents() -> dict[Path, str]:
    """What every generated file holds."""
    specification = yaml.dump(
        openapi(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )
    head = "# Generated from the routes by `make openapi`.\n"
    return {
        ROOT / "docs" / "openapi.yaml": head + specification,
        ROOT / "docs" / "errors.md": errors_page(),
        _DISCOUNT_CASES: discount_fields.with_tables(_DISCOUNT_CASES.read_text()),
        _REQUIREMENTS: requirements.with_tables(_REQUIREMENTS.read_text()),
        ROOT / "docs" / "tillctl.md": reference_page(),
        **aws_models.files(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    stale = [
        file for file, text in documents().items() if not file.exists() or file.read_text() != text
    ]
    if parser.parse_args().check:
        for file in stale:
            print(f"{file.relative_to(ROOT)} is not what the code says. Run: make openapi")
        return 1 if stale else 0
    for file in stale:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(documents()[file])
        print(f"wrote {file.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
