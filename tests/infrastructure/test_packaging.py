"""What each function imports: its own folder, the two layers and the runtime's AWS SDK, no more."""

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from tests.support.template import authorizer, functions
from tools.lock_check import LAYER_PINS, pins

# What Lambda's Python has beside the standard library.
RUNTIMES_OWN = ("boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3")
TOO_MUCH_FOR_A_TILL = {"asyncio", "aws_lambda_powertools.event_handler", "boto3", "requests"}
TOO_MUCH_FOR_THE_AUTHORIZER = {
    *TOO_MUCH_FOR_A_TILL,
    "jsonata",
    "jwt",
    "pydantic",
}
IMPORTED = "import handler, json, sys; print(json.dumps(sorted(sys.modules)))"


def link_distribution(name: str, folder: Path) -> None:
    """Make an installed distribution importable from a folder, and nothing else with it."""
    distribution = metadata.distribution(name)
    for top in {file.parts[0] for file in distribution.files or []} - {"..", "__pycache__"}:
        (folder / top).symlink_to(Path(str(distribution.locate_file(top))))


@pytest.fixture(scope="module")
def layers(root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The layers and the runtime's own packages, as folders."""
    dependencies = tmp_path_factory.mktemp("dependencies")
    runtime = tmp_path_factory.mktemp("runtime")
    for pin in pins(root / LAYER_PINS):
        assert metadata.version(pin.name) == pin.version, "requirements/dev.txt has another pin"
        link_distribution(pin.name, dependencies)
    for name in RUNTIMES_OWN:
        link_distribution(name, runtime)
    return [root / "layers" / "core", dependencies, runtime]


def modules_of(function: str, root: Path, layers: list[Path]) -> set[str]:
    """The modules of a fresh interpreter that has imported a function's handler. Its environment
    is empty: what a handler needs of it, it reads at its first call."""
    path = [str(folder) for folder in (root / functions()[function]["CodeUri"], *layers)]
    isolated = [sys.executable, "-I", "-S", "-B", "-c"]
    done = subprocess.run(
        [*isolated, f"import sys; sys.path += {path!r}; {IMPORTED}"],
        env={},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("function", functions())
def test_a_function_imports_with_its_folder_and_the_layers_alone(
    function: str, root: Path, layers: list[Path]
) -> None:
    assert "tillbridge.errors" in modules_of(function, root, layers)


def test_the_authorizer_imports_only_what_it_needs(root: Path, layers: list[Path]) -> None:
    """It is a second cold start before the first answer of the day."""
    imported = modules_of(authorizer(), root, layers)
    assert sorted(imported & TOO_MUCH_FOR_THE_AUTHORIZER) == []


@pytest.mark.parametrize(
    "function",
    [
        "CustomerDetailsFunction",
        "CustomerLookupFunction",
        "DiscountApplicationFunction",
        "LoyaltyRedemptionFunction",
        "SaleIntakeFunction",
    ],
)
def test_what_a_till_waits_for_imports_no_more(
    function: str, root: Path, layers: list[Path]
) -> None:
    assert sorted(modules_of(function, root, layers) & TOO_MUCH_FOR_A_TILL) == []
