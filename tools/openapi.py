"""The API as an OpenAPI document, from the functions' own route tables."""

import importlib
import inspect
import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from itertools import groupby
from typing import Any

from pydantic import BaseModel, TypeAdapter

from local.template import ROOT
from tillbridge.domain.idempotency import MAX_LENGTH, MIN_LENGTH
from tillbridge.entrypoint.api import Api, Operation
from tillbridge.entrypoint.problems import MEDIA_TYPE
from tillbridge.entrypoint.requests import may_be_empty
from tillbridge.errors import (
    IdempotencyKeyMissing,
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

_REF = "#/components/schemas/{model}"
# What each part of a path means.
_IN_PATH = {
    "customer_id": "The merchant's own id of the customer; one with other characters than letters, "
    "digits and `._~-` is written as `b64.` and its base64url.",
    "topic": "Shopify's topic with a hyphen for the slash: `orders-paid`, `orders-cancelled` or "
    "`refunds-create`. `X-Shopify-Topic` must say the same.",
    "application_id": "From the answer, or a problem's `operation_ref`.",
    "redemption_id": "From the answer, or a problem's `operation_ref`.",
}
_KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The till's own name for this request, made up and stored before it is sent: "
    "the same key does the same thing once. Bare, or a quoted string (RFC 8941).",
    "schema": {"type": "string", "minLength": MIN_LENGTH, "maxLength": MAX_LENGTH},
}
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
        "safe_to_retry": {
            "type": "boolean",
            "description": "Where points move: whether the same request, with the same key, is to "
            "be sent again.",
        },
        "safe_new_key": {
            "type": "boolean",
            "description": "Where points move: whether it is certain that nothing was done under "
            "this key.",
        },
        "operation_ref": {
            "type": "string",
            "description": "Where points move: the redemption, the application, or what else it is "
            "about.",
        },
        "operation_state": {"type": "string", "description": "The state that it is in."},
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
                },
                "ShopifySessionToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "What a Shopify POS gets of `shopify.session."
                    "getSessionToken()`, anew for each request: it is good for a minute.",
                },
            },
        },
    }


def _operation(function: str, operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    summary, _, description = inspect.cleandoc(operation.run.__doc__ or "").partition("\n\n")
    described: dict[str, Any] = {
        "operationId": f"{operation.method.lower()}_{operation.run.__name__}",
        "summary": summary.rstrip("."),
        "tags": [function],
        "security": [{"PosKey": []}, {"ShopifySessionToken": []}] if operation.scope else [],
    }
    if operation.scope:
        description = f"{description}\n\nNeeds the scope `{operation.scope}`.".strip()
    if description:
        described["description"] = description
    if parameters := list(_parameters(operation)):
        described["parameters"] = parameters
    if operation.input is not None and operation.method != "GET":
        described["requestBody"] = _body(operation.input, schemas)
    if operation.takes_raw:
        # In a format of the POS's own, which is not ours to describe.
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    described["responses"] = {
        str(operation.status): _answer(operation, schemas),
        **dict(_pending(operation, schemas)),
        **dict(_problems(operation)),
    }
    return described


def _answer(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    if operation.status == HTTPStatus.NO_CONTENT:
        return {"description": "Done."}
    return {
        "description": "The answer.",
        "headers": {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in operation.headers.items()
        },
        "content": {"application/json": {"schema": _schema(operation.answer, schemas)}},
    }


def _pending(operation: Operation, schemas: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if operation.may_be_pending:
        answer = _answer(operation, schemas)
        yield "202", {**answer, "description": "The outcome is not known yet."}


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{([a-z_]+)}", operation.path):
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": _IN_PATH[name],
            "schema": {"type": "string"},
        }
    for name, description in operation.reads_headers.items():
        yield {
            "name": name,
            "in": "header",
            "required": True,
            "description": description,
            "schema": {"type": "string"},
        }
    if operation.needs_key:
        yield _KEY_HEADER
    if operation.input is not None and operation.method == "GET":
        schema = operation.input.model_json_schema(ref_template=_REF)
        for name, field in schema["properties"].items():
            yield {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "description": field.pop("description", ""),
                "schema": field,
            }


def _body(model: type[BaseModel], schemas: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": _schema(model, schemas)}}
    return {"required": not may_be_empty(model), "content": content}


def _schema(shape: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """A reference to the shape; what it refers to is added to `schemas`."""
    schema = TypeAdapter(list[shape]).json_schema(ref_template=_REF, mode="serialization")
    schemas |= schema.pop("$defs", {})
    return dict(schema["items"])


def _problems(operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    errors: set[type[TillbridgeError]] = {*operation.errors, *_ALWAYS}
    if operation.scope:
        errors.update(_WITH_CREDENTIAL)
    if operation.input or operation.takes_raw:
        errors.add(InvalidRequest)
    if operation.takes_raw or (operation.input and operation.method != "GET"):
        errors.add(RequestTooLarge)
    if operation.needs_key:
        errors.add(IdempotencyKeyMissing)
    for status, same_status in groupby(by_status(errors), key=lambda error: error.status):
        lines = [f"`{error.code}`: {error.title}" for error in same_status]
        yield (
            str(status),
            {
                "description": "\n\n".join(lines),
                "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}},
            },
        )


def by_status(errors: Iterable[type[TillbridgeError]]) -> list[type[TillbridgeError]]:
    """The errors as documents list them."""
    return sorted(errors, key=lambda error: (error.status, error.code))
