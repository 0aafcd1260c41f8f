"""The lock file holds every dependency at a version that pyproject.toml allows, and names no server."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
SYSTEMS = [("linux", "Linux"), ("darwin", "Darwin"), ("win32", "Windows")]


@pytest.fixture(scope="module")
def locked(checkout: Path) -> list[Requirement]:
    lines = (checkout / ".ci" / "requirements.lock").read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def wanted(checkout: Path) -> list[Requirement]:
    project = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [line for group in project["optional-dependencies"].values() for line in group]
    requirements = [Requirement(line) for line in (*project["dependencies"], *extras)]
    return [requirement for requirement in requirements if requirement.name != project["name"]]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("sys_platform", "platform_system"), SYSTEMS)
def test_each_dependency_has_one_allowed_version(
    python: str, sys_platform: str, platform_system: str, locked: list[Requirement], wanted: list[Requirement]
) -> None:
    system = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": sys_platform,
        "platform_system": platform_system,
        "platform_python_implementation": "CPython",
    }
    versions = [
        (canonicalize_name(pin.name), str(pin.specifier).removeprefix("=="))
        for pin in locked
        if pin.marker is None or pin.marker.evaluate(system)
    ]
    assert len(dict(versions)) == len(versions), "a package is pinned twice for one system"
    for requirement in wanted:
        version = dict(versions).get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name} is not in the lock: run .ci/lock"
        assert requirement.specifier.contains(version), f"{requirement} is not met by {version}: run .ci/lock"


def test_everything_is_pinned_and_comes_from_the_index_the_user_has(locked: list[Requirement], checkout: Path) -> None:
    assert all([pin.operator for pin in requirement.specifier] == ["=="] for requirement in locked)
    assert not any(requirement.url for requirement in locked)
    text = (checkout / ".ci" / "requirements.lock").read_text("utf-8")
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text
