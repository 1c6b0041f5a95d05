"""What botocore knows of AWS's services, cut down to what we call: `adapters/aws.py` says why."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

from tillbridge.adapters.aws import CALLS, MODELS

Model = dict[str, Any]


def files() -> dict[Path, str]:
    """What every file of `MODELS` holds."""
    botocores = Loader()
    endpoints = _endpoints_of(CALLS, botocores.load_data("endpoints"))
    made = {MODELS / "endpoints.json": _text(endpoints)}
    for service, operations in CALLS.items():
        version = botocores.determine_latest_version(service, "service-2")
        model = botocores.load_service_model(service, "service-2", version)
        file = MODELS / service / version / "service-2.json"
        made[file] = _text(_cut(model, operations))
    return made


def _endpoints_of(services: Iterable[str], endpoints: Model) -> Model:
    partitions = [
        {**one, "services": {s: one["services"][s] for s in services if s in one["services"]}}
        for one in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}


def _cut(model: Model, operations: Iterable[str]) -> Model:
    """A service's model with these operations and the shapes that they are made of."""
    kept = {name: model["operations"][name] for name in operations}
    shapes: Model = {}
    for operation in kept.values():
        parts = [operation.get("input"), operation.get("output"), *operation.get("errors", ())]
        for part in filter(None, parts):
            _collect(part["shape"], model["shapes"], shapes)
    cut: Model = _without_documentation({**model, "operations": kept, "shapes": shapes})
    return cut


def _collect(name: str, shapes: Model, found: Model) -> None:
    """Adds the shape, and all within it, to `found`."""
    if name in found:
        return
    shape = found[name] = shapes[name]
    inner = (shape[role] for role in ("member", "key", "value") if role in shape)
    for part in (*shape.get("members", {}).values(), *inner):
        _collect(part["shape"], shapes, found)


def _without_documentation(model: Any) -> Any:
    if isinstance(model, dict):
        return {
            name: _without_documentation(member)
            for name, member in model.items()
            if name != "documentation"
        }
    if isinstance(model, list):
        return [_without_documentation(member) for member in model]
    return model


def _text(model: Model) -> str:
    return json.dumps(model, indent=1) + "\n"
