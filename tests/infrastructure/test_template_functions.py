"""Each function in the template: its runtime, its log, its environment."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.support.template import (
    API_GATEWAY_MAX_TIMEOUT_MS,
    all_of,
    api_functions,
    authorizer,
    functions,
    handler_of,
    template,
)
from tillbridge.entrypoint.settings import Settings

each_function = pytest.mark.parametrize("function", functions())

# For a lookup; an operation that takes longer says so.
OUR_DEADLINE_S = 3.0
SETTINGS = {name.upper() for name in Settings._fields}
# What libraries read by themselves: Powertools' log level, Python's time zones, the C library's
# resolver.
OTHERS_READ = re.compile(r"POWERTOOLS_[A-Z_]+|PYDANTIC_DISABLE_PLUGINS|PYTHONTZPATH|RES_OPTIONS")


def log_group_of(function: str) -> str:
    return str(functions()[function]["LoggingConfig"]["LogGroup"]["Ref"])


def test_every_folder_of_functions_is_a_function(root: Path) -> None:
    folders = {f"functions/{file.parent.name}" for file in root.glob("functions/*/handler.py")}
    assert {properties["CodeUri"] for properties in functions().values()} == folders


@each_function
def test_a_function_runs_on_the_runtime_that_the_layers_are_built_for(function: str) -> None:
    properties = functions()[function]
    assert (properties["Runtime"], properties["Architectures"]) == ("python3.13", ["arm64"])
    assert properties["Layers"] == [{"Ref": "CoreLayer"}, {"Ref": "DependenciesLayer"}]
    for name, layer in all_of("AWS::Serverless::LayerVersion").items():
        assert layer["CompatibleRuntimes"] == ["python3.13"]
        assert layer["CompatibleArchitectures"] == ["arm64"]
        # Without this the wheels are for the machine that builds.
        assert template()["Resources"][name]["Metadata"]["BuildArchitecture"] == "arm64"


@each_function
def test_a_function_and_its_handler_have_the_names_that_the_build_expects(function: str) -> None:
    assert functions()[function]["Handler"] == "handler.lambda_handler"
    assert callable(handler_of(function).lambda_handler)
    built = template()["Resources"][function]["Metadata"]
    assert built == {"BuildMethod": "makefile", "ContextPath": "layers"}
    assert function.endswith("Function")


@pytest.mark.parametrize("function", [*api_functions(), authorizer()])
def test_a_function_ends_with_words_before_it_is_killed(function: str) -> None:
    deadlines_s = [OUR_DEADLINE_S]
    if hasattr(handler_of(function), "api"):
        deadlines_s += [operation.deadline_s for operation in handler_of(function).api.operations]
    timeout_s = functions()[function]["Timeout"]
    assert max(deadlines_s) < timeout_s
    if function in (*api_functions(), authorizer()):
        assert timeout_s < API_GATEWAY_MAX_TIMEOUT_MS / 1_000


@each_function
def test_a_function_is_traced(function: str) -> None:
    assert functions()[function]["Tracing"] == "Active"


@each_function
def test_a_function_logs_json_to_a_group_that_forgets(function: str) -> None:
    assert functions()[function]["LoggingConfig"]["LogFormat"] == "JSON"
    group = all_of("AWS::Logs::LogGroup")[log_group_of(function)]
    kept = {"Fn::FindInMap": ["PerStage", {"Ref": "Stage"}, "LogRetentionDays"]}
    assert group["RetentionInDays"] == kept


def test_every_function_has_a_log_group_of_its_own() -> None:
    groups = [log_group_of(function) for function in functions()]
    assert len(groups) == len(set(groups))


@each_function
def test_an_environment_variable_is_a_setting_or_known_to_a_library(function: str) -> None:
    variables = functions()[function]["Environment"]["Variables"].keys()
    unread = {name for name in variables - SETTINGS if not OTHERS_READ.fullmatch(name)}
    assert unread == set()


@each_function
def test_a_setting_without_a_default_is_in_every_environment(function: str) -> None:
    needed = {name.upper() for name in Settings._fields if name not in Settings._field_defaults}
    assert needed <= functions()[function]["Environment"]["Variables"].keys()


def test_every_setting_is_in_some_environment() -> None:
    given = set()
    for properties in functions().values():
        given |= properties["Environment"]["Variables"].keys()
    assert given >= SETTINGS


@each_function
def test_no_private_origin_is_called_in_prod(function: str) -> None:
    variables = functions()[function]["Environment"]["Variables"]
    given = variables.get("ALLOWED_PRIVATE_ORIGINS", "")
    assert given in ("", {"Fn::If": ["IsProd", "", {"Ref": "AllowedPrivateOrigins"}]})


def test_no_private_origin_is_called_unless_someone_says_so(root: Path) -> None:
    assert template()["Parameters"]["AllowedPrivateOrigins"]["Default"] == ""
    assert template()["Conditions"]["IsProd"] == {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}
    for environment in tomllib.loads((root / "samconfig.toml").read_text()).values():
        if isinstance(environment, dict) and "deploy" in environment:
            given = environment["deploy"]["parameters"]["parameter_overrides"]
            assert "AllowedPrivateOrigins" not in given
