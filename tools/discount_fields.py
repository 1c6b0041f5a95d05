"""The tables of docs/discount-cases.md: every field of a case, from the models that judge it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from tillbridge.domain.discounts.case import Case
from tillbridge.domain.discounts.reasons import MEANINGS
from tillbridge.domain.discounts.returns import Return

MARK = "<!-- From here on generated from the models by `make openapi`. -->\n"
_ORDER = (
    *("Case", "Basket", "Line", "Customer", "History", "Order", "Settings", "Usage", "Campaign"),
    *("ActiveWindow", "Hours", "Selector", "Combination", "Caps", "Limit"),
)


def with_tables(page: str) -> str:
    """The page with its tables as the models have them now; what stands before the mark stays."""
    prose, mark, _ = page.partition(MARK)
    return "\n".join([prose.rstrip("\n"), "", mark or MARK, *_tables(), *_reasons()])


_FORMATS = {"date-time": "instant with offset", "date": "date", "time": "time of day"}


def _tables() -> Iterator[str]:
    _, schema = models_json_schema([(Case, "validation"), (Return, "validation")], by_alias=True)
    models: dict[str, Any] = schema["$defs"]
    benefits = list(_alternatives(models["Campaign"]["properties"]["benefit"]))
    returns = ["Return", "KeptLine", "ReturnedLine"]
    rest = [name for name in models if name not in {*_ORDER, *benefits, *returns}]
    parts = [name for name in rest if "kind" not in models[name]["properties"]]
    conditions = [name for name in rest if name not in parts]
    for title, names in (
        ("A case", _ORDER),
        ("Conditions", conditions),
        ("Benefits", [*benefits, *parts]),
        ("A return", returns),
    ):
        yield f"## {title}\n"
        for name in names:
            yield from _table(name, models[name])


def _table(name: str, model: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {name}\n"
    yield " ".join(model.get("description", "").split()) + "\n"
    yield "| field | what | default | |"
    yield "|---|---|---|---|"
    required = model.get("required", ())
    for field, schema in model["properties"].items():
        default = "required" if field in required else _code(schema.get("default"))
        yield f"| `{field}` | {_kind(schema)} | {default} | {schema.get('description', '')} |"
    yield ""


def _kind(schema: Mapping[str, Any]) -> str:
    """What stands in a field, in a few words."""
    if any(word in schema for word in ("oneOf", "discriminator")):
        names = list(_alternatives(schema))
        return "a benefit" if "AmountOff" in names and "Tiered" in names else _one_of(names)
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(_kind, schema["anyOf"])))
    if "$ref" in schema:
        return _named(schema["$ref"])
    if "const" in schema:
        return _code(schema["const"])
    if "enum" in schema:
        return ", ".join(map(_code, schema["enum"]))
    return _plain(schema)


def _plain(schema: Mapping[str, Any]) -> str:
    kind: str = schema["type"]
    if kind == "array":
        return f"list of {_kind(schema['items'])}"
    if kind == "object":
        by_currency = "[A-Z]{3}" in json.dumps(schema)
        return f"minor units by {'currency' if by_currency else 'campaign'}"
    if kind == "string":
        return _FORMATS.get(schema.get("format", ""), "string")
    return {"integer": "whole number"}.get(kind, kind)


def _one_of(names: list[str]) -> str:
    if "All" in names:
        return "a condition"
    return " or ".join(_named(name) for name in names)


def _alternatives(schema: Mapping[str, Any]) -> Iterator[str]:
    for one in (schema, *schema.get("anyOf", ())):
        for alternative in one.get("oneOf", ()):
            yield alternative["$ref"].rpartition("/")[2]


def _named(reference: str) -> str:
    name = reference.rpartition("/")[2]
    return f"[{name}](#{name.lower()})"


def _code(value: Any) -> str:
    """A default, as JSON; objects and long lists as an ellipsis."""
    return "…" if value and isinstance(value, dict | list) else f"`{json.dumps(value)}`"


def _reasons() -> Iterator[str]:
    yield "## Reasons\n"
    yield "| code | facts | sentence | change |"
    yield "|---|---|---|---|"
    for code, meaning in MEANINGS.items():
        facts = ", ".join(f"`{fact.removesuffix('_millionths')}`" for fact in meaning.facts)
        change = f"`{meaning.change}`" if meaning.change else ""
        yield f"| `{code}` | {facts} | {meaning.text} | {change} |"
    yield ""
