"""The records' JSON Schemas, from the models that judge them: an editor completes and validates
what is written (`export-schema`, and `init` beside the records)."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from tillbridge.domain.record_kinds import KINDS, RecordKind
from tools.tillctl import screen
from tools.tillctl.record_file import SCHEMA_MEMBER

FOLDER = ".schema"


def schema_of(kind: RecordKind) -> dict[str, Any]:
    schema = kind.model.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = f"Tillbridge: {kind.label.lower()} record"
    # What editors ask of a file with comments (VS Code), and what binds it to this schema.
    schema["allowTrailingCommas"] = True
    for alternative in _alternatives(schema):
        alternative["additionalProperties"] = False
        for_editors = {"type": "string", "description": "For editors."}
        alternative["properties"][SCHEMA_MEMBER] = for_editors
    return schema


def _alternatives(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The objects that a record of the kind can be: one, or one per provider."""
    if "oneOf" not in schema:
        return [schema]
    names = [choice["$ref"].removeprefix("#/$defs/") for choice in schema["oneOf"]]
    return [schema["$defs"][name] for name in names]


def write_schemas(folder: Path) -> list[Path]:
    """One file per kind of record."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for kind in KINDS:
        file = folder / f"{kind.label.lower()}.json"
        file.write_text(json.dumps(schema_of(kind), indent=2, ensure_ascii=False) + "\n")
        files.append(file)
    return files


def export_schema(
    into: Annotated[
        Path | None, typer.Option(help="Write one file per kind of record into this folder.")
    ] = None,
) -> None:
    """The records' JSON Schema with descriptions, for editors."""
    if into is None:
        screen.print_json({kind.label: schema_of(kind) for kind in KINDS})
        return
    for file in write_schemas(into):
        screen.done(f"Wrote {file}")
