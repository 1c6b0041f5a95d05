"""Whether a build is what the cloud should get: `python -m tools.package_guard .aws-sam/build`.

Bytecode decides a cold start, and nothing fails without it; a wheel for another CPU fails in the
cloud only. `unchecked-hash` bytecode is not compared with its source at run time, so it is here."""

import _imp
import sys
from collections.abc import Iterator
from pathlib import Path

PYTHON_TAG = "cpython-313"
PYTHON_MAGIC = (3571).to_bytes(2, "little") + b"\r\n"
MAX_BYTES = {"DependenciesLayer": 24_000_000, "CoreLayer": 4_000_000}
MAX_FUNCTION_BYTES = 100_000
# The runtime has its own AWS SDK; awscrt would add 30 MB to it.
NOT_SHIPPED = frozenset({"awscrt", "boto3", "botocore", "tests"})

_UNCHECKED_HASH = (1).to_bytes(4, "little")
_HEADER_BYTES = 16
_AARCH64 = (183).to_bytes(2, "little")
_MACHINE = slice(18, 20)


def artefacts(build: Path) -> list[Path]:
    """The functions' and layers' folders."""
    return sorted(folder for folder in build.glob("*") if folder.is_dir())


def faults(artefact: Path) -> Iterator[str]:
    """What is wrong with one function or layer, a line each."""
    contents = sorted(artefact.rglob("*"))
    sources = [file for file in contents if file.suffix == ".py"]
    if not sources:
        yield f"{artefact.name}: holds no Python"
    for path in contents:
        name = path.relative_to(artefact.parent)
        if path.name in NOT_SHIPPED:
            yield f"{name}: is not to ship"
        if ".so" in path.suffixes and not _is_for_aarch64(path):
            yield f"{name}: is not for arm64"
    for source in sources:
        if fault := _bytecode_fault(source):
            yield f"{source.relative_to(artefact.parent)}: {fault}"
    size, limit = _size_bytes(artefact), MAX_BYTES.get(artefact.name, MAX_FUNCTION_BYTES)
    if size > limit:
        yield f"{artefact.name}: {size:,} bytes, more than {limit:,}"


def _bytecode_fault(source: Path) -> str | None:
    bytecode = source.parent / "__pycache__" / f"{source.stem}.{PYTHON_TAG}.pyc"
    if not bytecode.is_file():
        return "has no bytecode"
    content = bytecode.read_bytes()
    header = content[:_HEADER_BYTES]
    if header[:4] != PYTHON_MAGIC:
        return "has bytecode of another Python"
    if header[4:8] != _UNCHECKED_HASH:
        return "has bytecode that is not unchecked-hash"
    # importlib's own function knows the running Python's magic number only.
    key = int.from_bytes(PYTHON_MAGIC, "little")
    if header[8:] != _imp.source_hash(key, source.read_bytes()):
        return "has bytecode of another source"
    return None if len(content) > _HEADER_BYTES else "has empty bytecode"


def _is_for_aarch64(library: Path) -> bool:
    with library.open("rb") as file:
        header = file.read(20)
    return header.startswith(b"\x7fELF") and header[_MACHINE] == _AARCH64


def _size_bytes(artefact: Path) -> int:
    return sum(file.stat().st_size for file in artefact.rglob("*") if file.is_file())


def main(build: Path) -> int:
    """0 when the whole build is right."""
    built = artefacts(build)
    found = [fault for artefact in built for fault in faults(artefact)]
    if not built:
        found = [f"{build}: nothing is built there"]
    sizes = ", ".join(f"{one.name} {_size_bytes(one) / 1_000_000:.1f} MB" for one in built)
    print("\n".join(found) or f"ready for arm64 and {PYTHON_TAG}, with bytecode: {sizes}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
