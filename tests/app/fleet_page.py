"""What the tests of the fleet page share: the page, what can be done on it, and the example read beforehand."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

from streamlit.testing.v1 import AppTest

from advisor.shipped import shipped_path
from advisor.ui.fleet.state import READING, Fleet
from advisor.ui.fleet.work import Reading, understood

SMALL = shipped_path("data", "examples", "inventories", "small")
EXAMPLE = tuple(sorted(SMALL.glob("*.csv")))
A_WHILE_S = 180

File = tuple[str, bytes, str]


def page() -> None:
    from advisor.ui.fleet.page import page as shown

    shown()


def opened() -> AppTest:
    """The page as a visitor finds it."""
    return AppTest.from_function(page, default_timeout=60).run()


def read_before() -> AppTest:
    """The page where the example was read: no process is started for what a test does not ask."""
    return showing(reading())


def showing(read: Reading) -> AppTest:
    """The page where an inventory was read so."""
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["fleet"] = Fleet("The example", EXAMPLE, SMALL, number=1, answers={READING: read})
    app.run()
    assert not app.exception
    return app


@cache
def reading() -> Reading:
    """What is understood of the example."""
    return understood(Fleet(paths=EXAMPLE).files, lambda done, of: None)


def state_of(app: AppTest) -> Fleet:
    return app.session_state["fleet"]


def settled(app: AppTest) -> AppTest:
    """The page once nothing runs any more."""
    ends = time.monotonic() + A_WHILE_S
    while state_of(app).jobs:
        assert time.monotonic() < ends, "it does not end"
        if any(job.running for job in state_of(app).jobs.values()):
            time.sleep(0.05)
        else:
            app.run()
            assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    next(one for one in app.button if one.label == label).click()
    app.run()
    assert not app.exception
    return settled(app)


def upload(app: AppTest, *files: File | tuple[str, bytes]) -> AppTest:
    app.file_uploader[0].set_value([(one[0], one[1], "text/csv") for one in files])
    app.run()
    assert not app.exception
    return settled(app)


def example(app: AppTest) -> AppTest:
    return press(app, "Use the example")


def sized(app: AppTest, window: str = "3min") -> AppTest:
    app.text_input(key=f"batch {state_of(app).number} window").set_value(window)
    return press(app, "Size every cluster")


def told(app: AppTest) -> str:
    """Everything the page says, as it is written for Streamlit."""
    kinds = (app.subheader, app.markdown, app.caption, app.error, app.warning, app.info, app.code)
    return "\n".join(str(one.value) for kind in kinds for one in kind).replace("\\", "")


def warned(app: AppTest) -> list[str]:
    return [str(one.value).replace("\\", "") for one in app.warning]


def field(kind: Any, label: str) -> Any:
    return next(one for one in kind if one.label.replace("\\", "") == label)


def downloads(app: AppTest) -> dict[str, Any]:
    return {one.proto.label: one for one in app.get("download_button")}


def rows_of(app: AppTest) -> Any:
    """The rows of an answer that are shown."""
    return next(one.value for one in app.dataframe if "cluster" in one.value.columns)
