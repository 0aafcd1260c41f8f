"""Model cards: what is written comes back; what is wrong is said, all of it, and nothing but CardError is raised."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import CardError, UnknownNameError
from advisor.platforms import constant_names, get_platform
from advisor.residual.basis import CaseFacts, basis
from advisor.residual.card import Card, Coverage, card_checksum, unlearned_card
from advisor.residual.card_files import MOST_BYTES, load_card, parse_card, shipped_card
from advisor.shipped import shipped_path

SHIPPED: dict[str, Any] = json.loads(shipped_path("models", "hyperv.json").read_text(encoding="utf-8"))
FILE = "card.json"
SEEN = Coverage("published", 4, 2, (1.0, 10.0), (1.0, 2.0), (0.5, 55.0), (1.0, 20.0), ("2012", "2012R2"))
NOT_JSON = [
    "",
    "{",
    "not json",
    '{"format": "advisor-card/2",}',
    "\ufeff{}",
    "[" * 100_000,
    "1" * 10_000,
    '{"a": ' + "9" * 5000 + "}",
]


def changed(change: Callable[[dict[str, Any]], object], *, resealed: bool = True) -> str:
    """The shipped card with something changed, its checksum made to fit again, as a careful forger would."""
    body = copy.deepcopy(SHIPPED)
    change(body)
    if resealed and "checksum" in body:
        body["checksum"] = card_checksum(body)
    return json.dumps(body)


def refusal(text: str) -> CardError:
    with pytest.raises(CardError) as caught:
        parse_card(text, FILE)
    assert FILE in str(caught.value)
    assert all(problem.mend for problem in caught.value.problems)
    return caught.value


def put(*path: str, value: object) -> Callable[[dict[str, Any]], object]:
    """A change that puts a value at a place of the card."""

    def change(body: dict[str, Any]) -> None:
        *outer, last = path
        for key in outer:
            body = body[key]
        body[last] = value

    return change


def test_the_shipped_card_is_sound() -> None:
    card = shipped_card("hyperv")
    assert card.platform == "hyperv"
    assert tuple(card.constants.named()) == constant_names()
    assert card.to_json() == shipped_path("models", "hyperv.json").read_text(encoding="utf-8")
    assert card.name.startswith("hyperv, prior-informed, ")


def test_a_platform_without_a_card_has_its_own_constants(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("advisor.residual.card_files.shipped_path", lambda *_: tmp_path)
    card = shipped_card("hyperv")
    assert card == unlearned_card(get_platform("hyperv"))
    assert card.constants == get_platform("hyperv").constants


def test_no_card_for_no_platform() -> None:
    with pytest.raises(UnknownNameError, match="vmware"):
        shipped_card("vmware")


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    card = replace(
        shipped_card("hyperv"), kind="calibrated", time_ratio={"tcpip": 0.123456789}, time_log_spread=1 / 3,
        coverage={"tcpip": SEEN}, blackout_coverage={"rdma": replace(SEEN, evidence="calibrated")},
        made_from={"runs": 7, "studies": 3, "file": "runs é.csv"}, errors={"median": (1.5, 0.5)},
    )  # fmt: skip
    path = tmp_path / "card.json"
    path.write_text(card.to_json(), encoding="utf-8")
    back = load_card(path)
    assert back.coverage == {"tcpip": SEEN}
    assert back.time_ratio["tcpip"] == pytest.approx(0.123456789, rel=1e-6)
    assert back.time_log_spread == pytest.approx(1 / 3, rel=1e-6)
    assert back.errors == {"median": [1.5, 0.5]}
    assert back.name == "hyperv, calibrated on 7 runs of 3 studies in runs é.csv"
    assert back.to_json() == card.to_json()
    assert load_card(path) == back


@pytest.mark.parametrize("text", NOT_JSON, ids=lambda text: text[:12] or "empty")
def test_not_json(text: str) -> None:
    error = refusal(text)
    assert len(error.problems) == 1
    assert len(str(error)) < 300


def test_the_line_of_a_mistake_is_told() -> None:
    assert refusal('{\n"format": "advisor-card/2",\n"platform": hyperv}').problems[0].line == 3


@pytest.mark.parametrize(
    "text", ["[]", "3", "null", '"card"', "{}", '{"format": "advisor-card/99"}', json.dumps({"format": "x" * 9999})]
)
def test_another_format(text: str) -> None:
    error = refusal(text)
    assert "advisor-card/2" in str(error)
    assert len(str(error)) < 300


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    binary, huge = tmp_path / "binary.json", tmp_path / "huge.json"
    binary.write_bytes(b"\xff\xfe\x00{")
    huge.write_text(" " * (MOST_BYTES + 1), encoding="utf-8")
    for path, why in (
        (tmp_path / "none.json", "No such file"),
        (tmp_path, "directory"),
        (binary, "UTF-8"),
        (huge, "too large"),
    ):
        with pytest.raises(CardError, match=why) as caught:
            load_card(path)
        assert str(path) in str(caught.value)


def test_a_card_edited_by_hand() -> None:
    text = changed(put("time_log_spread", value=0.01), resealed=False)
    assert "checksum does not fit" in str(refusal(text))


ONE = ("constants", "set_up_s")
SPAN = ("coverage", "tcpip")
WRONG: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("platform: is missing", lambda body: body.pop("platform")),
    ("checksum: is missing", lambda body: body.pop("checksum")),
    ("constants: is of the wrong kind", put("constants", value=[1])),
    ("time_log_spread: is of the wrong kind", put("time_log_spread", value=True)),
    ("time_log_spread: is of the wrong kind", put("time_log_spread", value=None)),
    ("kind: is of the wrong kind", put("kind", value=3)),
    ("surprise: is not a key", put("surprise", value=1)),
    ("time_log_spread: is out of bounds", put("time_log_spread", value=-0.1)),
    ("blackout_log_spread: is out of bounds", put("blackout_log_spread", value=float("nan"))),
    ("blackout_log_spread: is out of bounds", put("blackout_log_spread", value=10**400)),
    ("time_ratio.tcpip: is out of bounds", put("time_ratio", "tcpip", value=9)),
    ("blackout_ratio.tcpip: is out of bounds", put("blackout_ratio", "tcpip", value="a")),
    ("constants.set_up_s: is missing", lambda body: body["constants"].pop("set_up_s")),
    ("constants.magic: is not a constant", put("constants", "magic", value={})),
    ("constants.set_up_s: needs p05", put(*ONE, value=3.0)),
    ("constants.set_up_s: needs p05", lambda body: body["constants"]["set_up_s"].pop("p95")),
    ("constants.set_up_s: needs numbers", put(*ONE, "p50", value="3")),
    ("constants.set_up_s: needs numbers", put(*ONE, "p50", value=True)),
    ("constants.set_up_s: needs numbers", put(*ONE, "p05", value=-1)),
    ("constants.set_up_s: needs numbers", put(*ONE, "p95", value=float("inf"))),
    ("constants.set_up_s: needs numbers", put(*ONE, "p95", value=10**400)),
    ("constants.set_up_s: is out of order", put(*ONE, "p05", value=1e6)),
    ("constants.set_up_s: needs a text", put(*ONE, "source", value=["a"])),
    ("constants.set_up_s: needs a text", put(*ONE, "fitted", value="yes")),
    ("coverage.tcpip: needs the bounds", put(*SPAN, value=[])),
    ("coverage.tcpip: needs the bounds", lambda body: body["coverage"]["tcpip"].pop("runs")),
    ("coverage.tcpip.runs: is no bound", put(*SPAN, "runs", value=1.5)),
    ("coverage.tcpip.studies: is no bound", put(*SPAN, "studies", value=True)),
    ("coverage.tcpip.evidence: is no bound", put(*SPAN, "evidence", value="rumour")),
    ("coverage.tcpip.nic_gbps: is no bound", put(*SPAN, "nic_gbps", value=[1, 2, 3])),
    ("coverage.tcpip.nic_gbps: is no bound", put(*SPAN, "nic_gbps", value=[10, 1])),
    ("coverage.tcpip.nic_count: is no bound", put(*SPAN, "nic_count", value=2)),
    ("coverage.tcpip.memory_gib: is no bound", put(*SPAN, "memory_gib", value=["1", "2"])),
    ("coverage.tcpip.versions: is no bound", put(*SPAN, "versions", value=[2012])),
]  # fmt: skip


@pytest.mark.parametrize(("message", "change"), WRONG, ids=[message for message, _ in WRONG])
def test_each_thing_wrong_is_named(message: str, change: Callable[[dict[str, Any]], object]) -> None:
    error = refusal(changed(change))
    assert len(error.problems) == 1
    assert message in str(error)


def test_several_things_wrong_are_all_named() -> None:
    def change(body: dict[str, Any]) -> None:
        body["time_log_spread"] = -1
        body["constants"]["set_up_s"]["p05"] = 1e6
        del body["constants"]["per_vm_s"]
        body["coverage"]["tcpip"]["runs"] = "many"

    text = str(refusal(changed(change)))
    assert len(text.splitlines()) == 4
    for place in ("time_log_spread", "constants.set_up_s", "constants.per_vm_s", "coverage.tcpip.runs"):
        assert place in text


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")], ids=["lists", "objects"])
def test_deep_nesting_is_no_way_in(opening: str, closing: str) -> None:
    # Reading and checking run out of stack at depths of their own, a few levels apart near 1000.
    text = changed(put("errors", "deep", value="HERE"), resealed=False)
    for depth in (50, 300, *range(940, 1010), 5000):
        refusal(text.replace('"HERE"', opening * depth + "1" + closing * depth))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(10**300, 10**320) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([path] if path else []), *(place for key, one in inner for place in places(one, (*path, key)))]


PLACES = places(SHIPPED)


def assert_refused_or_usable(text: str) -> None:
    try:
        card = parse_card(text, FILE)
    except CardError:
        refusal(text)
        return
    assert isinstance(card, Card)
    assert card.name
    assert parse_card(card.to_json(), FILE).to_json() == card.to_json()
    for constant in card.constants.named().values():
        assert 0 <= float(constant.p05) <= float(constant.p50) <= float(constant.p95)
    for transport in card.coverage:
        assert basis(CaseFacts(transport, 10, 1, 55, 1, "2012R2"), card.coverage).value


@given(place=st.sampled_from(PLACES), value=JSON, deed=st.sampled_from(["put", "drop", "add"]), resealed=st.booleans())
def test_a_mutated_card_is_refused_or_usable(place: tuple[Any, ...], value: Any, deed: str, resealed: bool) -> None:
    def change(body: Any) -> None:
        *outer, last = place
        for key in outer:
            body = body[key]
        if deed == "drop":
            del body[last]
        elif deed == "add" and isinstance(body, dict):
            body[str(value)[:20]] = value
        else:
            body[last] = value

    assert_refused_or_usable(changed(change, resealed=resealed))


@given(value=JSON)
def test_any_json_is_refused(value: Any) -> None:
    refusal(json.dumps(value))


@given(start=st.integers(0, len(json.dumps(SHIPPED))), length=st.integers(0, 40), text=st.text(max_size=20))
def test_text_cut_and_pasted_is_refused_or_usable(start: int, length: int, text: str) -> None:
    whole = json.dumps(SHIPPED)
    assert_refused_or_usable(whole[:start] + text + whole[start + length :])
