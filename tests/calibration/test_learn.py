"""What many studies teach, on runs made up with a law that is known: margins, blackout lines and forced switchovers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from advisor.calibration import learn as learning
from advisor.calibration import regression
from advisor.calibration.learn import examples_of, learn
from advisor.calibration.posterior import MANY_STUDIES
from advisor.calibration.rows import Row
from advisor.domain.runs import MeasuredRun
from advisor.paths.teams import Occupancy
from advisor.platforms import get_platform
from advisor.residual.card import UNLEARNED_LOG_SPREAD, unlearned_card
from advisor.residual.features import BLACKOUT_FEATURES, TIME_FEATURES, MoveFacts
from advisor.residual.learned import ALL_MOVES, BLACKOUT_FLOOR_S, Learned, kinds_of
from tests.residual.test_features import facts_of

Floats = NDArray[np.float64]

CARD = unlearned_card(get_platform("qemu"))
SURE = ((1.0, 1.0),)
LUCKY = ((2.0, 0.5), (1.0, 0.5))


def made_row(study: str, facts: MoveFacts, total_s: float, **more: Any) -> Row:
    """A run of one move with what physics is to say of it; `blackout_s`, `forced`, `hashed` and `share` if given."""
    dark = more.get("blackout_s")
    run = MeasuredRun.model_validate(
        {
            "run_id": "made up",
            "study": study,
            "platform": "qemu",
            "transport": "tcpip",
            "total_s": total_s,
            "blackout_ms": None if dark is None else 1000 * dark,
            "outcome": "forced" if more.get("forced") else "converged",
        }
    )
    problem = made_problem(facts, LUCKY if more.get("hashed") else SURE)
    return Row(run, problem, 0, more.get("share", 1.0))


def made_problem(facts: MoveFacts, occupancy: Occupancy) -> Any:
    """What a row reads of a problem, and what physics is to say of it."""
    case = SimpleNamespace(path=SimpleNamespace(occupancy=occupancy))
    moves = range(facts.total_s.size)
    return SimpleNamespace(facts=facts, cases=((case,),), vm_of=(moves,), traits=[f"move {i}" for i in moves])


@pytest.fixture(scope="module", autouse=True)
def physics() -> Iterator[list[Any]]:
    """Physics says what each row was made with; gives the problems that were predicted."""
    predicted: list[Any] = []

    def predict(problem: Any, card: object) -> Any:
        predicted.append(problem)
        outcome = SimpleNamespace(case=problem.cases[0][0], moves=problem.facts, total_s=problem.facts.total_s[:1])
        assert card is CARD
        return SimpleNamespace(outcomes=((outcome,),))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learning, "predict", predict)
        # How pulls and candidates are chosen is tested elsewhere: fewer of them find the same here, sooner.
        patch.setattr(learning, "_PULLS", (1e-3,))
        patch.setattr(regression, "_PULLS", (1.0,))
        patch.setattr(regression, "CANDIDATES", {name: regression.CANDIDATES[name] for name in ("none", "ridge")})
        yield predicted


# ---------------------------------------------------------------- the law of the runs made up

# Compressed moves take this much longer than physics says, in the logarithm.
SLOWER = 0.2
# Deviations of the logarithm: twice as far up as down, a share of the move and a moment at its ends.
RELATIVE, SECONDS = 0.02, 0.10
FORCED_LOG, FORCED_SPREAD = 0.4, 0.1
P95_OF_NORMAL = 1.645


def made_facts(rng: np.random.Generator, n: int, *, compressed: bool = False, **more: Any) -> MoveFacts:
    limit = rng.choice([0.05, 0.1, 0.3, 0.5], n)
    return facts_of(
        n,
        total_s=np.exp(rng.uniform(np.log(0.5), np.log(60), n)),
        resent_share=rng.uniform(0, 2, n),
        blackout_s=limit * rng.uniform(0.1, 0.9, n),
        empty_tail_s=limit * rng.uniform(0, 0.5, n),
        full_tail_s=limit * rng.uniform(0.5, 1, n),
        early_look_s=limit * rng.uniform(0, 1, n),
        late_look_s=limit * rng.uniform(0, 1, n),
        limit_s=limit,
        queue_s=rng.uniform(0, 0.05, n),
        compressed=compressed,
        **more,
    )


def made_times(rng: np.random.Generator, facts: MoveFacts) -> Floats:
    missed = rng.exponential(1.0, facts.total_s.size) * rng.choice([-1.0, 2.0], facts.total_s.size)
    width = np.sqrt(RELATIVE**2 + (SECONDS / facts.total_s) ** 2)
    times: Floats = facts.total_s * np.exp(SLOWER * facts.compressed + missed * width)
    return times


def planted_blackout(facts: MoveFacts, share: float | Floats) -> Floats:
    """The quantile of the blackout of moves that converge [s]."""
    found: Floats = 0.5 * facts.blackout_s + 0.4 * facts.limit_s * share
    return found


def made_rows(rng: np.random.Generator, studies: Sequence[int], each: int, **way: Any) -> list[Row]:
    """Rows that converge, `each` of every study."""
    found = []
    for i in studies:
        facts = made_facts(rng, each, **way)
        times, dark = made_times(rng, facts), planted_blackout(facts, rng.uniform(0, 1, each))
        found += [
            made_row(f"study {i}", one_of(facts, k), float(times[k]), blackout_s=float(min(dark[k], times[k])))
            for k in range(each)
        ]
    return found


def one_of(facts: MoveFacts, k: int) -> MoveFacts:
    """One of many moves alone."""
    alone = {
        name: value[k] if isinstance(value := getattr(facts, name), np.ndarray) else value
        for name in MoveFacts.__dataclass_fields__
    }
    return facts_of(**alone)


def forced_rows(rng: np.random.Generator, studies: Sequence[int], each: int) -> list[Row]:
    found = []
    for i in studies:
        for _ in range(each):
            facts = one_of(made_facts(rng, 1), 0)
            log = FORCED_LOG + FORCED_SPREAD * rng.normal()
            dark = (facts.blackout_s[0] + BLACKOUT_FLOOR_S) * np.exp(log) - BLACKOUT_FLOOR_S
            total = max(float(made_times(rng, facts)[0]), dark)
            found.append(made_row(f"study {i}", facts, total, blackout_s=float(dark), forced=True))
    return found


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    rng = np.random.default_rng(21)
    many = range(24)
    # Of hashed teams, whose times luck decides.
    lucky = [made_row(f"study {i}", made_facts(rng, 1), 400.0, hashed=True) for i in many]
    return [
        *made_rows(rng, many, 5),
        *made_rows(rng, range(5), 10, compressed=True),
        *made_rows(rng, range(4), 9, compressed=True, zlib=True),
        *made_rows(rng, range(7), 4, links=2),
        *forced_rows(rng, many, 3),
        *lucky,
    ]


@pytest.fixture(scope="module")
def learned(rows: list[Row]) -> Learned:
    found = learn(rows, CARD)
    assert found is not None
    return found


# ---------------------------------------------------------------- whether anything is learned


def test_of_twenty_studies_nothing_is_learned(physics: list[Any]) -> None:
    rows = made_rows(np.random.default_rng(1), range(MANY_STUDIES), 1)
    physics.clear()
    assert learn(rows, CARD) is None
    assert learn(rows * 50, CARD) is None  # rows alone say nothing of other labs
    assert physics == []


def test_studies_whose_links_luck_decides_do_not_count(physics: list[Any]) -> None:
    rows = made_rows(np.random.default_rng(1), range(2 * MANY_STUDIES), 1)
    for certain in (0, 1, MANY_STUDIES):
        physics.clear()
        assert learn([row if i < certain else with_luck(row) for i, row in enumerate(rows)], CARD) is None
        assert physics == []
    assert learn([row if i <= MANY_STUDIES else with_luck(row) for i, row in enumerate(rows)], CARD) is not None


def speaking_of(moves: int, *, of_one: bool, study: str) -> Row:
    """A row of so many moves at once, which physics is far from, or of the first of them, which it is near to."""
    facts = made_facts(np.random.default_rng(2), moves)
    if of_one:
        return made_row(study, facts, float(facts.total_s[0]), blackout_s=float(facts.blackout_s[0]))
    return replace(made_row(study, facts, 1e4, blackout_s=100.0), move=None)


def test_a_row_of_several_moves_at_once_teaches_nothing_of_one(physics: list[Any]) -> None:
    rows = few_rows(None)
    found = learn(rows, CARD)
    batches = [speaking_of(moves, of_one=False, study="study 0") for moves in (2, 3)]
    physics.clear()
    assert learn([*batches, *rows], CARD) == found
    assert not {id(row.problem) for row in batches} & {id(problem) for problem in physics}
    assert len(physics) == len(rows)
    # Nor do they make a study of their own.
    own = [speaking_of(2, of_one=False, study=f"batches {i}") for i in range(MANY_STUDIES)]
    assert learn([*own, *rows[:MANY_STUDIES]], CARD) is None


@pytest.mark.parametrize("moves", [1, 2])
def test_a_row_of_one_move_teaches_whatever_runs_beside_it(moves: int) -> None:
    rows = few_rows(None)
    row = speaking_of(moves, of_one=True, study="study 0")
    # A problem of one move needs no name for it.
    row = row if moves > 1 else replace(row, move=None)
    found = learn([*rows, row], CARD)
    assert found is not None
    assert found.margins[ALL_MOVES].rows == len(rows) + 1
    assert found.blackout_rows == (len(rows) + 1, 0)


def test_a_problem_of_several_rows_is_predicted_once(physics: list[Any]) -> None:
    rng = np.random.default_rng(3)
    facts = made_facts(rng, 3)
    one, other = made_row("a", facts, 9.0), made_row("b", made_facts(rng, 1), 9.0, hashed=True)
    rows = [one, other, Row(one.run, one.problem, 2, 1 / 3), one]
    physics.clear()
    found = examples_of(rows, CARD)
    assert physics == [one.problem, other.problem]
    assert [example.row for example in found] == rows
    assert [example.at for example in found] == [0, 0, 2, 0]
    assert [example.hashed for example in found] == [False, True, False, False]
    assert found[1].kinds[0] == "plain, one link, one at a time"


# ---------------------------------------------------------------- times


def test_the_planted_correction_is_learned(learned: Learned) -> None:
    fresh = np.random.default_rng(31)
    for compressed, missed in ((False, 0.0), (True, SLOWER)):
        factors = learned.time_correction(made_facts(fresh, 500, compressed=compressed))
        # Noise reaches further up than down: half its mean is beyond what was planted.
        assert np.log(factors).mean() == pytest.approx(missed + 0.02, abs=0.04)


def test_a_kind_has_a_margin_from_five_studies_and_thirty_rows_on(learned: Learned) -> None:
    assert {kind: margin.rows for kind, margin in learned.margins.items()} == {
        ALL_MOVES: 24 * 5 + 5 * 10 + 4 * 9 + 7 * 4 + 24 * 3,
        "plain": 24 * 5 + 7 * 4 + 24 * 3,
        "plain, one link": 24 * 5 + 24 * 3,
        "plain, one link, one at a time": 24 * 5 + 24 * 3,
        "compressed": 50,
        "compressed, one link": 50,
        "compressed, one link, one at a time": 50,
        # zlib: 36 rows of four studies; multipath: 28 rows of seven; hashed: of luck, in no margin at all.
    }


@pytest.mark.parametrize("compressed", [False, True])
def test_nine_in_ten_moves_never_seen_lie_within_their_margin(learned: Learned, compressed: bool) -> None:
    rng = np.random.default_rng(32)
    facts = made_facts(rng, 4000, compressed=compressed)
    middle = facts.total_s * learned.time_correction(facts)
    down, up = learned.margin(kinds_of(facts)).down_up(middle)
    missed = np.log(made_times(rng, facts) / middle)
    # A margin of 50 rows is itself sure to about three in a hundred, each side.
    assert (missed < -down).mean() == pytest.approx(0.05, abs=0.045)
    assert (missed > up).mean() == pytest.approx(0.05, abs=0.045)
    for some in (facts.total_s < 2, facts.total_s > 15):
        assert ((missed > -down) & (missed < up))[some].mean() == pytest.approx(0.9, abs=0.08)
    assert up.mean() > 1.1 * down.mean()


def test_a_margin_finds_the_share_and_the_moment(learned: Learned) -> None:
    margin = learned.margins["plain"]
    # Widths of the law, times the mean size of its deviations, which is 1.5.
    assert 0.5 < margin.relative / (1.5 * RELATIVE) < 1.5
    assert 0.5 < margin.seconds / (1.5 * SECONDS) < 1.5


# ---------------------------------------------------------------- blackouts


def test_blackout_lines_recover_the_planted_quantiles(learned: Learned) -> None:
    rng = np.random.default_rng(33)
    facts = made_facts(rng, 2000)
    for found, share in zip(learned.blackouts(facts), (0.05, 0.5, 0.95), strict=True):
        # Of the limit: the law is 0.4 of it wide.
        assert (np.abs(found - planted_blackout(facts, share)) / facts.limit_s).mean() < 0.05


@pytest.mark.parametrize("limit_s", [0.05, 0.5])
def test_nine_in_ten_blackouts_never_seen_lie_within_their_lines(learned: Learned, limit_s: float) -> None:
    rng = np.random.default_rng(34)
    facts = made_facts(rng, 8000)
    low, _, high = learned.blackouts(facts)
    measured = planted_blackout(facts, rng.uniform(0, 1, 8000))
    inside = ((measured >= low) & (measured <= high))[facts.limit_s == limit_s]
    # What was added for studies held out may be more than is needed, not less.
    assert 0.87 < inside.mean() < 0.98


def test_forced_switchovers_recover_theirs(learned: Learned, rows: list[Row]) -> None:
    reach = P95_OF_NORMAL * FORCED_SPREAD
    # The beliefs count as three rows of 75, two of them below all that was measured.
    assert learned.forced_logs == pytest.approx([FORCED_LOG - reach, FORCED_LOG, FORCED_LOG + reach], abs=0.1)
    forced = sum(row.was_forced for row in rows)
    assert learned.blackout_rows == (len(rows) - forced - 24, forced)  # nobody looked at the 24 of hashed teams
    assert forced == 72


def few_rows(forced_log: float | None) -> list[Row]:
    """One row of each of one study more than that, and one forced switchover where its logarithm is given."""
    rows = made_rows(np.random.default_rng(4), range(MANY_STUDIES + 1), 1)
    if forced_log is not None:
        facts = facts_of(blackout_s=0.08)
        dark = 0.1 * float(np.exp(forced_log)) - BLACKOUT_FLOOR_S
        rows.append(made_row("study 0", facts, 30.0, blackout_s=dark, forced=True))
    return rows


@pytest.mark.parametrize(
    ("forced_log", "expected"),
    [
        (None, (-UNLEARNED_LOG_SPREAD, 0.0, UNLEARNED_LOG_SPREAD)),
        (1.0, (-UNLEARNED_LOG_SPREAD, UNLEARNED_LOG_SPREAD / 2, 1.0)),  # four of equal weight: midway of the inner two
    ],
)
def test_few_forced_switchovers_are_held_to_what_is_believed(
    forced_log: float | None, expected: tuple[float, float, float]
) -> None:
    found = learn(few_rows(forced_log), CARD)
    assert found is not None
    assert found.forced_logs == pytest.approx(expected)
    assert found.blackout_rows == (MANY_STUDIES + 1, 0 if forced_log is None else 1)
    # Too few rows for a kind of their own: all moves have a margin all the same.
    assert set(found.margins) == {ALL_MOVES}
    assert len(found.time_weights) == len(TIME_FEATURES)


# ---------------------------------------------------------------- what was not measured


def with_run(row: Row, **changed: object) -> Row:
    return replace(row, run=row.run.model_copy(update=changed))


def with_luck(row: Row) -> Row:
    return replace(row, problem=made_problem(row.problem.facts, LUCKY))  # type: ignore[attr-defined]


def few_of(studies: int, change: Callable[[Row], Row]) -> list[Row]:
    """The few rows, changed but for those of some studies."""
    return [row if i < studies else change(row) for i, row in enumerate(few_rows(None))]


def undimmed(row: Row) -> Row:
    return with_run(row, blackout_ms=None)


def forced(row: Row) -> Row:
    return with_run(row, outcome="forced")


def assert_physics_own_blackouts(found: Learned) -> None:
    """Those of moves that converge, as they are, and as far down and up as is believed of what nobody measured."""
    facts = made_facts(np.random.default_rng(5), 20)
    low, middle, high = found.blackouts(facts)
    assert middle == pytest.approx(facts.blackout_s)
    assert low == pytest.approx(facts.blackout_s * np.exp(-UNLEARNED_LOG_SPREAD))
    assert high == pytest.approx(facts.blackout_s * np.exp(UNLEARNED_LOG_SPREAD))


@pytest.mark.parametrize(
    ("rows", "counted"),
    [
        pytest.param(lambda: few_of(0, undimmed), (0, 0), id="no blackout was measured"),
        pytest.param(lambda: few_of(1, undimmed), (1, 0), id="blackouts of one"),
        pytest.param(lambda: few_of(4, undimmed), (4, 0), id="blackouts of four"),
        pytest.param(lambda: few_of(0, forced), (0, MANY_STUDIES + 1), id="every switchover was forced"),
        pytest.param(lambda: few_of(4, forced), (4, MANY_STUDIES - 3), id="all but four were forced"),
    ],
)
def test_few_studies_of_blackouts_leave_them_to_physics(
    rows: Callable[[], list[Row]], counted: tuple[int, int]
) -> None:
    found = learn(rows(), CARD)
    assert found is not None
    assert found.blackout_rows == counted
    assert_physics_own_blackouts(found)
    # Times were measured all the same.
    assert found.margins[ALL_MOVES].rows == MANY_STUDIES + 1
    assert np.isfinite(found.time_correction(made_facts(np.random.default_rng(5), 20))).all()


def test_many_rows_of_four_studies_are_still_of_four() -> None:
    rows = few_of(4, undimmed)
    found = learn([*rows, *made_rows(np.random.default_rng(6), range(4), 20)], CARD)
    assert found is not None
    assert_physics_own_blackouts(found)


def test_five_studies_of_blackouts_teach_their_lines() -> None:
    found = learn(few_of(5, undimmed), CARD)
    assert found is not None
    assert found.blackout_rows == (5, 0)
    physics_alone = tuple(1.0 if name == "middle" else 0.0 for name in BLACKOUT_FEATURES)
    assert found.blackout_weights[1] != physics_alone


def test_of_forced_switchovers_alone_theirs_are_learned() -> None:
    rng = np.random.default_rng(7)
    rows = forced_rows(rng, range(MANY_STUDIES + 4), 10)
    found = learn(rows, CARD)
    assert found is not None
    assert found.blackout_rows == (0, len(rows))
    reach = P95_OF_NORMAL * FORCED_SPREAD
    assert found.forced_logs == pytest.approx([FORCED_LOG - reach, FORCED_LOG, FORCED_LOG + reach], abs=0.05)
    assert_physics_own_blackouts(found)


@pytest.mark.parametrize("certain", [0, 2, MANY_STUDIES])
def test_of_hashed_teams_alone_nothing_is_learned(certain: int) -> None:
    # Nobody wrote down what luck did to them: how far off they are says nothing of physics.
    assert learn(few_of(certain, with_luck), CARD) is None


# ---------------------------------------------------------------- labs


def test_each_lab_weighs_the_same_however_many_runs_it_has() -> None:
    def forced(lab: str, study: str, log: float) -> Row:
        dark = 0.1 * float(np.exp(log)) - BLACKOUT_FLOOR_S
        row = made_row(study, facts_of(blackout_s=0.08), 30.0, blackout_s=dark, forced=True)
        return with_run(row, source=lab)

    large = [forced("large", f"large {i}", 1.0) for i in range(80)]
    small = [forced("small", f"small {i}", 2.0) for i in range(2)]
    found = learn([*large, *small], CARD)
    assert found is not None
    # Two rows of eighty-two would not reach the 95th percentile.
    assert found.forced_logs[1:] == pytest.approx((1.0, 2.0))
