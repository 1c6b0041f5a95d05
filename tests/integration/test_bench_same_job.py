"""What `make bench` compares is the same job: the floor is written out by hand, and has to follow
what the app says."""

from pathlib import Path

from bench.gateway.jobs import JOBS
from bench.gateway.measuring import a_lab, differing
from bench.gateway.variants import APP, FLOOR


def test_the_floor_gives_what_the_app_gives(root: Path, tmp_path: Path) -> None:
    (tmp_path / "python").symlink_to(root / "layers" / "core")
    (tmp_path / "functions").symlink_to(root / "functions")
    with a_lab(tmp_path) as lab:
        assert differing(lab, tuple(JOBS), (FLOOR, APP)) == []
