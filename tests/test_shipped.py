"""What comes with advisor: beside the package in a checkout, inside it when installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor import shipped
from advisor.shipped import shipped_path


def test_a_checkout_finds_its_own_folders(checkout: Path) -> None:
    assert shipped_path("data", "workloads.csv") == checkout / "data" / "workloads.csv"
    assert shipped_path("models") == checkout / "models"


def test_an_installed_package_finds_what_it_carries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "advisor"
    inside, beside = package / "_shipped" / "data", package.parent / "data"
    for folder in (inside, beside):
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text("x", encoding="utf-8")
    monkeypatch.setattr(shipped, "_PACKAGE", package)
    assert shipped_path("data", "a.csv") == inside / "a.csv"  # not some other package's data folder


def test_a_broken_installation_says_what_to_do() -> None:
    with pytest.raises(FileNotFoundError, match=r"data/none\.csv is missing .* install it again"):
        shipped_path("data", "none.csv")
