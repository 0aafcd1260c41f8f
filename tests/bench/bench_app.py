"""How soon What-if answers: `python -m tests.bench.bench_app [ROUNDS]`.

Of each preset an input is changed, and the page is run as the server runs it, without a browser: from the change to
the last element of the answer. Every change is a new scenario, so nothing is remembered from before. Medians are
printed, with the share that the library's own answer takes. It measures; it does not judge.
"""

from __future__ import annotations

import statistics
import sys
import time

from streamlit.testing.v1 import AppTest

from advisor.advice import recommend
from advisor.intake.document import Document
from advisor.intake.link import content_of
from advisor.intake.scenario import scenario_from
from advisor.shipped import shipped_path
from advisor.ui.session import LINK
from advisor.ui.what_if import PRESETS

ROUNDS = 7


def main(rounds: int) -> None:
    """A line for each preset."""
    sys.stdout.write(f"{'preset':<26} {'page':>8} {'answer':>8}\n")
    for name in PRESETS:
        page, answer = zip(*changes(name, rounds), strict=True)
        told = [f"{statistics.median(times) * 1e3:5.0f} ms" for times in (page, answer)]
        sys.stdout.write(f"{name:<26} {told[0]:>8} {told[1]:>8}\n")
        sys.stdout.flush()


def changes(name: str, rounds: int) -> list[tuple[float, float]]:
    """Seconds that the page takes for a change of the VMs' memory, and that the library takes for the same answer."""
    app = AppTest.from_file(str(shipped_path("app.py")), default_timeout=120).run()
    app.selectbox(key="preset").set_value(name).run()
    found = []
    for i in range(rounds):
        memory = next(one for one in app.number_input if one.label.startswith("Memory of each"))
        memory.set_value(float(memory.value) + 1.0 + i / 8)
        began = time.perf_counter()
        app.run()
        page = time.perf_counter() - began
        link = app.query_params[LINK]
        scenario = scenario_from(Document("bench", content_of(link if isinstance(link, str) else link[0]).content, {}))
        began = time.perf_counter()
        recommend(scenario)
        found.append((page, time.perf_counter() - began))
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
