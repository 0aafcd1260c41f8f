"""How soon What-if answers: `python -m tests.bench.bench_app [ROUNDS]`.

Of each preset an input is changed, and the page is run as the server runs it, without a browser. Every change is a new
scenario, so nothing is remembered from before. Medians are printed, in milliseconds: `page`, from the change to the
last element of the page, to which it belongs that the test reads what a browser would have been sent; `sentence`, from
the change until the recommendation and its numbers have been sent, while the charts are still to come; `answer`, the
library's own for the same scenario. It measures; it does not judge.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from streamlit.testing.v1 import AppTest

from advisor.advice import recommend
from advisor.domain.answers import OptionAnswer
from advisor.intake.document import Document
from advisor.intake.link import content_of
from advisor.intake.scenario import scenario_from
from advisor.shipped import shipped_path
from advisor.ui.presets import PRESETS
from advisor.ui.session import LINK
from advisor.ui.what_if import answer as answer_shown
from advisor.ui.what_if.answer import show_numbers

ROUNDS = 7


def main(rounds: int) -> None:
    """A line for each preset."""
    sys.stdout.write(f"{'preset':<26} {'page':>8} {'sentence':>9} {'answer':>8}\n")
    for name in PRESETS:
        medians = [statistics.median(times) * 1e3 for times in zip(*changes(name, rounds), strict=True)]
        page, sentence, answer = (f"{one:.0f} ms" for one in medians)
        sys.stdout.write(f"{name:<26} {page:>8} {sentence:>9} {answer:>8}\n")
        sys.stdout.flush()


def changes(name: str, rounds: int) -> list[tuple[float, float, float]]:
    """Seconds until the page is done for a change of the VMs' memory, until its numbers stand, and of the answer."""
    app = AppTest.from_file(str(shipped_path("app.py")), default_timeout=120).run()
    app.selectbox(key="preset").set_value(name).run()
    found = []
    for i in range(rounds):
        memory = next(one for one in app.number_input if one.label.startswith("Memory of each"))
        memory.set_value(float(memory.value) + 1.0 + i / 8)
        asked = time.perf_counter()
        with numbers_stand() as stood:
            app.run()
        page = time.perf_counter() - asked
        link = app.query_params[LINK]
        scenario = scenario_from(Document("bench", content_of(link if isinstance(link, str) else link[0]).content, {}))
        began = time.perf_counter()
        recommend(scenario)
        found.append((page, stood[0] - asked, time.perf_counter() - began))
    return found


@contextmanager
def numbers_stand() -> Iterator[list[float]]:
    """The moments at which the page has sent the numbers of a recommendation."""
    moments: list[float] = []

    def shown(option: OptionAnswer, moves: int) -> None:
        show_numbers(option, moves)
        moments.append(time.perf_counter())

    with patch.object(answer_shown, "show_numbers", shown):
        yield moments


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
