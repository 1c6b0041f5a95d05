"""What `sam build` made, ready for containers of this machine: its template with the machine's CPU
and an AWS endpoint, and the values of its variables."""

import json
import platform
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from local.build import zipped_layer
from local.stack import BUILD_CACHE
from local.template import ROOT, load_template, resources_of

BUILT = ROOT / ".aws-sam" / "build"
_VARIABLES = ROOT / "events" / "env.local.json"


def machine_architecture() -> str:
    """This machine's CPU, as Lambda calls it."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def write_template(folder: Path, architecture: str) -> Path:
    """The built template, its folders by absolute path. Only where the CPU is not the one that was
    built for are the layers with compiled packages replaced."""
    template = load_template(BUILT / "template.yaml")
    defaults = template["Globals"]["Function"]
    built_for = defaults["Architectures"]
    defaults["Architectures"] = [architecture]
    # SAM CLI gives a function no variable that its template does not declare.
    defaults["Environment"]["Variables"]["AWS_ENDPOINT_URL"] = ""
    for function in resources_of(template, "AWS::Serverless::Function").values():
        properties = function["Properties"]
        properties["CodeUri"] = str(BUILT / properties["CodeUri"])
        properties["Events"] = _without_preflights(properties.get("Events", {}))
    sources = resources_of(load_template(), "AWS::Serverless::LayerVersion")
    for name, layer in resources_of(template, "AWS::Serverless::LayerVersion").items():
        source = sources[name]["Properties"]["ContentUri"]
        compiled = (ROOT / source / "requirements.txt").exists()
        layer["Properties"]["ContentUri"] = str(
            _rebuilt(source, folder / name)
            if compiled and built_for != [architecture]
            else BUILT / layer["Properties"]["ContentUri"]
        )
    return _written(folder / "template.json", template)


def write_variables(folder: Path, values: Mapping[str, str]) -> Path:
    """`events/env.local.json`, with what only this run knows."""
    variables = json.loads(_VARIABLES.read_text())
    variables["Parameters"] |= values
    return _written(folder / "env.json", variables)


def _without_preflights(events: Mapping[str, Any]) -> dict[str, Any]:
    """SAM CLI merges the methods of a path and gives them the authorizer of any one of them: beside
    an open preflight, a path is guarded in one run and open in the next."""
    guarded = {
        e["Properties"].get("Path") for e in events.values() if "Auth" not in e["Properties"]
    }
    return {
        name: event
        for name, event in events.items()
        if "Auth" not in event["Properties"] or event["Properties"]["Path"] not in guarded
    }


def _rebuilt(source: str, target: Path) -> Path:
    with zipfile.ZipFile(BytesIO(zipped_layer(source, BUILD_CACHE))) as archive:
        archive.extractall(target)
    return target


def _written(file: Path, content: Mapping[str, Any]) -> Path:
    file.write_text(json.dumps(content, indent=2))
    return file
