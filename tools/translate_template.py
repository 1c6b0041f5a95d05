"""template.yaml as CloudFormation gets it, as JSON on standard output: what the linters must read,
since SAM's own shorthand hides roles, permissions and stages from them. Runs in SAM CLI's
environment, and needs neither network nor credentials."""

import json
import sys
from typing import Any

from samtranslator.translator.transform import transform

from local.template import load_template, resources_of

_ARTEFACT = "s3://bucket/artefact.zip"


class _NoManagedPolicies:
    """Every role of ours names its policies itself, so no managed one has to be looked up."""

    def load(self) -> dict[str, str]:
        return {}


def translated() -> dict[str, Any]:
    template = load_template()
    for function in resources_of(template, "AWS::Serverless::Function").values():
        function["Properties"]["CodeUri"] = _ARTEFACT
    for layer in resources_of(template, "AWS::Serverless::LayerVersion").values():
        layer["Properties"]["ContentUri"] = _ARTEFACT
    parameters = {name: spec["Default"] for name, spec in template["Parameters"].items()}
    return dict(transform(template, parameters, _NoManagedPolicies()))


if __name__ == "__main__":
    json.dump(translated(), sys.stdout, indent=2)
