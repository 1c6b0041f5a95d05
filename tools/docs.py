"""The documents that are generated: docs/openapi.yaml from the routes, docs/errors.md from the
catalogue. `--check` writes nothing and fails when a committed one is not what the code says."""

import argparse
import importlib
import inspect
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from local.template import ROOT
from tillbridge.entrypoint.api import Api, Operation
from tillbridge.entrypoint.problems import MEDIA_TYPE, problem_type
from tillbridge.errors import (
    InternalError,
    InvalidRequest,
    RecordsUnavailable,
    RequestTooLarge,
    ScopeMissing,
    TillbridgeError,
    TooManyRequests,
    Unauthorized,
    catalogue,
)
from tools.tillctl.reference import reference_page

_REF = "#/components/schemas/{model}"
_ALWAYS = (TooManyRequests, InternalError)
_WITH_CREDENTIAL = (Unauthorized, ScopeMissing, RecordsUnavailable)

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details; docs/errors.md describes every code.",
    "required": "type title status detail instance code cashier_message retryable".split(" "),
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "For the integrator."},
        "instance": {"type": "string", "description": "Finds the request in our log."},
        "code": {"type": "string", "enum": [error.code for error in catalogue()]},
        "cashier_message": {"type": "string", "description": "For the till's screen."},
        "retryable": {"type": "boolean", "description": "Whether asking again may help."},
    },
    "additionalProperties": True,
}


def apis() -> dict[str, Api]:
    """Every function's API, by the name of its folder."""
    found = {}
    for handler in sorted((ROOT / "functions").glob("*/handler.py")):
        module = importlib.import_module(f"functions.{handler.parent.name}.handler")
        if isinstance(api := getattr(module, "api", None), Api):
            found[handler.parent.name] = api
    return found


def openapi() -> dict[str, Any]:
    """The whole API as an OpenAPI 3.1 document."""
    schemas: dict[str, Any] = {"Problem": _PROBLEM}
    paths: dict[str, dict[str, Any]] = {}
    for function, api in apis().items():
        for operation in api.operations:
            described = _operation(function, operation, schemas)
            paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tillbridge",
            "version": "1",
            "summary": "Between a point of sale and a merchant's own systems.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [
            {
                "url": "https://{api_id}.execute-api.{region}.amazonaws.com/{stage}",
                "variables": {
                    "api_id": {"default": "api-id"},
                    "region": {"default": "eu-west-1"},
                    "stage": {"default": "prod", "enum": ["dev", "prod"]},
                },
            }
        ],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "PosKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "tb_<tenant-id>_<key-id>_<secret>",
                    "description": "A POS key. The scheme `KachingKey` before the same key does "
                    "as well.",
                }
            },
        },
    }


def _operation(function: str, operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    summary, _, description = inspect.cleandoc(operation.run.__doc__ or "").partition("\n\n")
    described: dict[str, Any] = {
        "operationId": f"{operation.method.lower()}_{operation.run.__name__}",
        "summary": summary.rstrip("."),
        "tags": [function],
        "security": [{"PosKey": []}] if operation.scope else [],
    }
    if operation.scope:
        description = f"{description}\n\nNeeds the scope `{operation.scope}`.".strip()
    if description:
        described["description"] = description
    described |= _input(operation, schemas)
    described["responses"] = {
        "200": {
            "description": "The answer.",
            "headers": {
                name: {"description": text, "schema": {"type": "string"}}
                for name, text in operation.headers.items()
            },
            "content": {"application/json": {"schema": _schema(operation.answer, schemas)}},
        },
        **dict(_problems(operation)),
    }
    return described


def _input(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    if operation.input is None:
        return {}
    if operation.method != "GET":
        body = {"application/json": {"schema": _schema(operation.input, schemas)}}
        return {"requestBody": {"required": True, "content": body}}
    schema = operation.input.model_json_schema(ref_template=_REF)
    return {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "description": field.pop("description", ""),
                "schema": field,
            }
            for name, field in schema["properties"].items()
        ]
    }


def _schema(shape: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """A reference to the shape; what it refers to is added to `schemas`."""
    schema = TypeAdapter(list[shape]).json_schema(ref_template=_REF, mode="serialization")
    schemas |= schema.pop("$defs", {})
    return dict(schema["items"])


def _problems(operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    errors: set[type[TillbridgeError]] = {*operation.errors, *_ALWAYS}
    if operation.scope:
        errors.update(_WITH_CREDENTIAL)
    if operation.input:
        errors.add(InvalidRequest)
    if operation.input and operation.method != "GET":
        errors.add(RequestTooLarge)
    for status, same_status in groupby(_by_status(errors), key=lambda error: error.status):
        lines = [f"`{error.code}`: {error.title}" for error in same_status]
        yield (
            str(status),
            {
                "description": "\n\n".join(lines),
                "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}},
            },
        )


def _by_status(errors: Iterable[type[TillbridgeError]]) -> list[type[TillbridgeError]]:
    return sorted(errors, key=lambda error: (error.status, error.code))


def errors_page() -> str:
    """The catalogue as a page for integrators."""
    rows = [
        f"## `{error.code}`\n\n"
        f"{error.title}. HTTP {error.status}, "
        f"{'may be retried' if error.retryable else 'asking again does not help'}, "
        f"type `{problem_type(error)}`.\n\n"
        f"{inspect.cleandoc(error.__doc__ or '')}\n\n"
        f"> {error.cashier_message}\n"
        for error in _by_status(catalogue())
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
        ROOT / "docs" / "tillctl.md": reference_page(),
        ROOT / "docs" / "openapi.yaml": head + specification,
        ROOT / "docs" / "errors.md": errors_page(),
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
        file.write_text(documents()[file])
        print(f"wrote {file.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
