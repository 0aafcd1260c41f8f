"""The README's pictures: they can be taken again, stand in the README with what they show in words, and are small."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser

from tests.e2e.screenshots import FLEET, PICTURES, WHAT_IF, WIDTH, pictures

LARGEST_BYTES = 150_000
PNG = b"\x89PNG\r\n\x1a\n"


def size_of(png: Path) -> tuple[int, int]:
    """Width and height, as a PNG's first chunk holds them."""
    head = png.read_bytes()[:24]
    assert head.startswith(PNG)
    return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])


def test_the_pictures_can_be_taken_again(chromium: Browser, address: str, tmp_path: Path):
    taken = pictures(chromium, address, tmp_path)
    assert [one.name for one in taken] == [WHAT_IF, FLEET]
    for one in taken:
        assert size_of(one) == size_of(PICTURES / one.name)
        assert size_of(one)[0] == WIDTH
        assert one.stat().st_size < LARGEST_BYTES


def test_the_readme_shows_them_small_and_says_what_is_seen(checkout: Path):
    readme = (checkout / "README.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"!\[([^\]]+)\]\((tests/e2e/pictures/[^)]+)\)", readme))
    assert {checkout / path for path in shown.values()} == set(PICTURES.glob("*"))
    for words, path in shown.items():
        assert len(words.split()) > 8
        assert (checkout / path).stat().st_size < LARGEST_BYTES
