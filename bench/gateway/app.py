"""The app's own handlers, out of the built artefact."""

import importlib
import os
import sys
from typing import Any

_FUNCTIONS = {
    "lookup": "customer_lookup",
    "redemption": "loyalty_redemption",
    "evaluation": "discount_application",
    "panel": "customer_details",
}


def handler(job: str) -> Any:
    """Imports the function, as its cold start does, from a folder that holds it alone."""
    folder = _FUNCTIONS[job.split()[0]]
    sys.path.insert(0, f"{os.environ['BENCH_ARTEFACT']}/functions/{folder}")
    sys.modules.pop("handler", None)
    module = importlib.import_module("handler")
    sys.path.pop(0)
    return module.lambda_handler
