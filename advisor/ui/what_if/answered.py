"""The answer of a what-if: at once, or where that would hold up the server, by a process that can be stopped."""

from __future__ import annotations

import traceback
from typing import Final

import streamlit as st

from advisor.advice import recommend
from advisor.domain.answers import Recommendation
from advisor.domain.scenario import Scenario
from advisor.errors import AdvisorError, as_bug
from advisor.residual.card import Card
from advisor.ui import session
from advisor.ui.job import Job, answer_of, show_running
from advisor.ui.what_if.work import recommended

AT_ONCE: Final = {"hyperv": 100, "qemu": 16}
"""VMs of the largest what-if that is answered at once: more take longer than a process takes to start (about 2 s).

QEMU's are fewer, for it has six times as many options.
"""

_WORK: Final = "what-ifs under way"


def answered(scenario: Scenario, place: str) -> Recommendation | None:
    """The recommendation; None where it is under way or was stopped, which is shown.

    Parameters
    ----------
    place : what it is called where it is shown: another what-if there ends the work on the one before.

    Raises
    ------
    AdvisorError
        What is wrong with the question.
    """
    card = session.card_for(scenario.platform)
    vms = sum(vm.count for vm in scenario.vms)
    if vms <= AT_ONCE.get(scenario.platform, 1):
        end(place)
        return _at_once(scenario, card)
    asked = session.told_apart(scenario) + (card.to_json() if card else "")
    known, job = _work().get(place, ("", None))
    if job is None or known != asked:
        end(place)
        job = Job(f"Working out {place}: {vms:,} VMs", recommended, scenario, card)
        _work()[place] = asked, job
    if job.running:
        show_running(job)
        return None
    found = answer_of(job)
    if found is None:
        st.info("Stopped.", icon=":material/stop_circle:")
        st.button("Work it out", key=f"work out {place}", on_click=end, args=(place,), icon=":material/play_arrow:")
        return None
    if isinstance(found, Recommendation):
        return found
    raise found.with_traceback(None)  # it is kept: it must not keep what each run of the page held


@st.cache_data(
    max_entries=200,
    show_spinner="Working it out …",
    hash_funcs={Scenario: session.told_apart, Card: lambda one: one.to_json()},
)
def _at_once(scenario: Scenario, card: Card | None) -> Recommendation:
    try:
        return recommend(scenario, card)
    except AdvisorError:
        raise
    except Exception as error:  # the last line of defence: no traceback reaches a user
        traceback.print_exc()
        raise as_bug(error) from None


def _work() -> dict[str, tuple[str, Job[Recommendation]]]:
    work: dict[str, tuple[str, Job[Recommendation]]] = st.session_state.setdefault(_WORK, {})
    return work


def end(place: str) -> None:
    """End the work on what was shown in a place, for nobody wants it there any more."""
    _, job = _work().pop(place, ("", None))
    if job is not None and job.running:
        job.stop()
