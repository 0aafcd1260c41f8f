"""From the sdist comes a wheel, and the wheel works far from the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.real_parts import require

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Installed:
    """A fresh virtual environment that holds the wheel."""

    site_packages: Path
    programs: Path
    elsewhere: Path
    source: Path

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        name = program + (".exe" if os.name == "nt" else "")
        return run([str(self.programs / name), *arguments], self.elsewhere)


def run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV", "VIRTUAL_ENV"))}
    answer = subprocess.run(
        list(command),
        cwd=folder,
        env=clean | {"PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert answer.returncode == 0, f"{' '.join(command)}\n{answer.stdout}\n{answer.stderr}"
    return answer


def build(target: str, source: Path, out: Path) -> Path:
    run([sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)], source)
    (artifact,) = out.iterdir()
    return artifact


@pytest.fixture(scope="module")
def installed(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    require(find_spec("hatchling") is not None, "hatchling and pip come with the extra 'test'")
    require(find_spec("pip") is not None, "hatchling and pip come with the extra 'test'")
    work = tmp_path_factory.mktemp("wheel")
    with tarfile.open(build("sdist", checkout, work / "sdist")) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.0 to 3.11.3 know no filters
        archive.extractall(work / "unpacked")
    (source,) = (work / "unpacked").iterdir()
    wheel = build("wheel", source, work / "dist")

    home = work / "venv"
    venv.EnvBuilder(symlinks=os.name != "nt", with_pip=False).create(home)
    places = sysconfig.get_paths("venv", vars={"base": str(home), "platbase": str(home)})
    site_packages, programs = Path(places["purelib"]), Path(places["scripts"])
    # The dependencies are lent by the environment that runs this test: quick, and no network is needed.
    lent = dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib")))
    (site_packages / "lent.pth").write_text("\n".join(lent) + "\n", encoding="utf-8")
    python = programs / ("python.exe" if os.name == "nt" else "python")
    installer = [sys.executable, "-m", "pip", "--python", str(python)]
    run([*installer, "install", "--quiet", "--no-index", "--no-deps", str(wheel)], work)

    elsewhere = work / "elsewhere"
    elsewhere.mkdir()
    return Installed(site_packages, programs, elsewhere, source)


def shipped(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for room in ("data", "models")
        for path in (folder / room).rglob("*")
        if path.is_file()
    }


def test_the_sdist_holds_what_a_tester_needs(installed: Installed) -> None:
    for part in ("README.md", "LICENSE", "pyproject.toml", "tests/conftest.py", ".ci/run", ".ci/requirements.lock"):
        assert (installed.source / part).is_file(), part


def test_data_and_models_reach_the_wheel_whole(installed: Installed, checkout: Path) -> None:
    files = shipped(checkout)
    assert {"data/workloads.csv", "data/tolerances.csv", "data/examples/seed_lab.yaml", "models/hyperv.json"} <= files
    assert {"data/defaults.csv", "data/change_costs.csv", "data/examples/inventories/small/vms.csv"} <= files
    assert shipped(installed.site_packages / "advisor" / "_shipped") == files


def test_the_installed_package_finds_its_own_files(installed: Installed) -> None:
    script = (
        "import json, advisor; from advisor.shipped import shipped_path\n"
        "print(json.dumps([advisor.__file__, *(str(shipped_path(*parts)) for parts in ("
        "('data', 'workloads.csv'), ('data', 'examples', 'seed_lab.yaml'), ('models', 'hyperv.json')))]))"
    )
    found = [Path(path).resolve() for path in json.loads(installed.run("python", "-c", script).stdout)]
    assert all(path.is_relative_to(installed.site_packages.resolve()) for path in found)
    assert all(path.is_file() for path in found)


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("app.py", "advisor/_shipped/app.py"),
        (".streamlit/config.toml", "advisor/_shipped/.streamlit/config.toml"),
        ("advisor/ui/icon.svg", "advisor/ui/icon.svg"),
    ],
)
def test_the_app_reaches_the_wheel(installed: Installed, checkout: Path, source: str, place: str) -> None:
    assert (installed.site_packages / place).read_bytes() == (checkout / source).read_bytes()


def test_the_guests_program_reaches_the_wheel(installed: Installed, checkout: Path) -> None:
    source = "advisor/lab/guest.c"
    assert (installed.site_packages / source).read_bytes() == (checkout / source).read_bytes()


def test_the_installed_command_tells_what_it_would_measure(installed: Installed) -> None:
    plan = installed.site_packages / "advisor" / "_shipped" / "data" / "examples" / "plans" / "first_look.yaml"
    answer = json.loads(installed.run("advisor", "measure", str(plan), "--dry-run", "-f", "json").stdout)
    assert answer["runs"] == 24


def test_the_installed_command_recommends(installed: Installed) -> None:
    scenario = installed.site_packages / "advisor" / "_shipped" / "data" / "examples" / "seed_lab.yaml"
    answer = json.loads(installed.run("advisor", "recommend", str(scenario), "-f", "json").stdout)
    assert answer["recommended"]["transport"]


def test_the_installed_command_answers_an_inventory(installed: Installed) -> None:
    inventory = installed.site_packages / "advisor" / "_shipped" / "data" / "examples" / "inventories" / "small"
    answer = json.loads(installed.run("advisor", "batch", str(inventory), "--window", "2h", "-f", "json").stdout)
    assert answer["summary"]["rows_read"] == answer["summary"]["vms"] + answer["summary"]["rows_set_aside"]


def test_types_travel_along(installed: Installed) -> None:
    assert (installed.site_packages / "advisor" / "py.typed").is_file()
