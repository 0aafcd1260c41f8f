"""One server and one browser for all tests that look at the app; a new visitor for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.serving import CHROMIUM, HOW_TO_GET, browser, served
from tests.e2e.visiting import PATIENCE_MS
from tests.real_parts import require

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="package")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    require(CHROMIUM is not None, HOW_TO_GET)
    with served(tmp_path_factory.mktemp("app")) as url:
        yield url


@pytest.fixture(scope="package")
def chromium(address: str) -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    yield from _visit(chromium)


@pytest.fixture
def stranger(chromium: Browser) -> Iterator[Page]:
    """The page of somebody else, at the same time."""
    yield from _visit(chromium)


def _visit(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()
