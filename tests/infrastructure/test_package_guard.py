"""A build that the cloud should not get is refused, with the reason."""

import compileall
import py_compile
import sys
from pathlib import Path

import pytest

from tools.package_guard import MAX_BYTES, MAX_FUNCTION_BYTES, PYTHON_MAGIC, faults, main

SOURCE = b"ANSWER = 42\n"
# As Python 3.13 hashes it.
SOURCE_HASH = bytes.fromhex("8c183ee51f652d75")
UNCHECKED, CHECKED = b"\x01\0\0\0", b"\x03\0\0\0"
CODE = b"\xe3"


def bytecode(magic: bytes = PYTHON_MAGIC, flags: bytes = UNCHECKED, code: bytes = CODE) -> bytes:
    return magic + flags + SOURCE_HASH + code


def library(machine: int) -> bytes:
    """The head of a shared library for a CPU, by its number in the ELF format."""
    return b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + b"\x03\0" + machine.to_bytes(2, "little")


def write(file: Path, content: bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A good build of one function and one layer."""
    for folder, module in (("LookupFunction", "handler"), ("DependenciesLayer/python", "idna")):
        write(tmp_path / folder / f"{module}.py", SOURCE)
        write(tmp_path / folder / "__pycache__" / f"{module}.cpython-313.pyc", bytecode())
    write(tmp_path / "DependenciesLayer" / "python" / "core.cpython-313.so", library(183))
    write(tmp_path / "template.yaml", b"Resources: {}\n")
    return tmp_path


@pytest.fixture
def function(build: Path) -> Path:
    return build / "LookupFunction"


@pytest.fixture
def layer(build: Path) -> Path:
    return build / "DependenciesLayer"


def replace_bytecode(function: Path, content: bytes) -> None:
    write(function / "__pycache__" / "handler.cpython-313.pyc", content)


def test_a_good_build_is_summed_up_in_one_line(
    build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(build) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert "DependenciesLayer 0.0 MB, LookupFunction 0.0 MB" in line


def test_a_bad_build_is_refused_with_every_fault(
    build: Path, function: Path, layer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replace_bytecode(function, bytecode(flags=CHECKED))
    write(layer / "python" / "core.cpython-313.so", library(62))
    assert main(build) == 1
    assert capsys.readouterr().out.splitlines() == [
        "DependenciesLayer/python/core.cpython-313.so: is not for arm64",
        "LookupFunction/handler.py: has bytecode that is not unchecked-hash",
    ]


def test_a_build_of_nothing_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tmp_path / "absent") == 1
    assert "nothing is built there" in capsys.readouterr().out


def test_an_artefact_without_sources_is_refused(build: Path) -> None:
    (build / "EmptyFunction").mkdir()
    assert list(faults(build / "EmptyFunction")) == ["EmptyFunction: holds no Python"]


def test_a_source_without_bytecode_is_refused(function: Path) -> None:
    write(function / "later.py", SOURCE)
    assert list(faults(function)) == ["LookupFunction/later.py: has no bytecode"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (bytecode(magic=b"\xa7\r\r\n"), "has bytecode of another Python"),
        (bytecode(flags=CHECKED), "has bytecode that is not unchecked-hash"),
        (bytecode(flags=b"\0\0\0\0"), "has bytecode that is not unchecked-hash"),
        (bytecode(code=b""), "has empty bytecode"),
        (b"", "has bytecode of another Python"),
    ],
)
def test_bytecode_that_the_runtime_would_not_use_is_refused(
    function: Path, content: bytes, reason: str
) -> None:
    replace_bytecode(function, content)
    assert list(faults(function)) == [f"LookupFunction/handler.py: {reason}"]


def test_bytecode_of_an_older_source_is_refused(function: Path) -> None:
    """The runtime would run it: unchecked means that it never looks."""
    write(function / "handler.py", b"ANSWER = 43\n")
    assert list(faults(function)) == ["LookupFunction/handler.py: has bytecode of another source"]


@pytest.mark.skipif(sys.version_info[:2] != (3, 13), reason="compiles as the runtime's Python")
def test_bytecode_as_the_build_makes_it_is_accepted(function: Path) -> None:
    write(function / "handler.py", b"ANSWER = 43\n")
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    assert compileall.compile_dir(function, quiet=1, force=True, invalidation_mode=unchecked)
    assert list(faults(function)) == []


@pytest.mark.parametrize("name", ["awscrt", "boto3", "botocore", "tests"])
def test_what_is_not_to_ship_is_refused(layer: Path, name: str) -> None:
    write(layer / "python" / "sub" / name / "data.json", b"{}")
    assert list(faults(layer)) == [f"DependenciesLayer/python/sub/{name}: is not to ship"]


@pytest.mark.parametrize("content", [library(62), b"\x7fELF", b"not a library".ljust(20)])
def test_a_library_for_another_cpu_is_refused(layer: Path, content: bytes) -> None:
    write(layer / "python" / "lib.so.1", content)
    assert list(faults(layer)) == ["DependenciesLayer/python/lib.so.1: is not for arm64"]


def test_a_function_has_a_limit_for_what_a_thin_handler_needs(function: Path) -> None:
    write(function / "data.bin", bytes(MAX_FUNCTION_BYTES))
    (fault,) = faults(function)
    assert fault.startswith("LookupFunction: ")
    assert fault.endswith("more than 100,000")


def test_a_layer_has_a_limit_of_its_own(layer: Path) -> None:
    """A sparse file: its length counts, not what it takes."""
    with write(layer / "data.bin", b"").open("r+b") as file:
        file.truncate(MAX_FUNCTION_BYTES)
        assert list(faults(layer)) == []
        file.truncate(MAX_BYTES["DependenciesLayer"])
    (fault,) = faults(layer)
    assert fault.endswith(f"more than {MAX_BYTES['DependenciesLayer']:,}")
