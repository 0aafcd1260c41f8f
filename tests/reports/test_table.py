"""What a person reads in a terminal."""

import re
from itertools import pairwise

import pytest
from rich.cells import cell_len

from advisor.domain.answers import Assumption, PassRow, Verdict
from advisor.domain.options import Tier
from advisor.reports import Page, render
from advisor.reports.plot import columns_plot
from advisor.reports.sheet import MINIMUM_WIDTH, Cell, Column, Row, Sheet, wrapped
from advisor.reports.wording import number
from tests.reports import samples

ANSWERS = [
    samples.seed_lab,
    samples.cluster,
    samples.nothing_allowed,
    samples.blackout_unknown,
    samples.hashed_team,
    samples.rdma_fallback,
    samples.hostile,
    samples.estimate,
    samples.estimate_batch,
]


def flat(text):
    return " ".join(text.split())


@pytest.mark.parametrize("width", [60, 80, 132])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_no_line_is_wider_than_the_terminal(answer, encoding, width):
    for line in render(answer(), "table", width, encoding=encoding).splitlines():
        assert cell_len(line) <= width, line
        line.encode(encoding)


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("answer", ANSWERS)
def test_no_number_loses_its_unit_at_the_end_of_a_line(answer, width):
    lines = render(answer(), "table", width).splitlines()
    for line, following in pairwise(lines):
        begins_with_a_unit = re.match(r" +(ms|s|min|h|GiB|Gbit/s|GbE)\b", following)
        assert not (re.search(r"\d$", line) and begins_with_a_unit), (line, following)


def test_wide_letters_count_twice():
    text = render(samples.seed_lab(vms=(samples.vm("仮想マシン" * 12),)), "table")
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert "仮想マシン" in text


def test_a_terminal_too_narrow_is_taken_as_narrow_as_can_be():
    assert render(samples.seed_lab(), "table", 20) == render(samples.seed_lab(), "table", MINIMUM_WIDTH)


def test_the_recommendation_comes_first_and_bold():
    answer = samples.seed_lab()
    assert flat(render(answer, "table")).startswith(f"{answer.summary} {number(answer.recommended.sent_gib)} GiB at ")
    first = render(answer, "table", colour=True).splitlines()[0]
    assert first.startswith("\x1b[1mUse SMB")


def test_sections_follow_in_the_order_a_reader_needs():
    text = render(samples.seed_lab(), "table")
    starts = [
        "Use SMB",
        "Do this",
        "Option ",
        "Why ",
        "VM ",
        "Mind ",
        "Verify ",
        "Assumed ",
        "Measure ",
        "Accept ",
        "Wanted",
    ]
    positions = [text.index(f"\n{start}") if i else text.index(start) for i, start in enumerate(starts)]
    assert positions == sorted(positions)


def test_the_seed_lab_fits_a_tall_screen():
    assert len(render(samples.seed_lab(), "table").splitlines()) <= 70


def test_changes_are_told_current_to_recommended_with_their_disruption():
    text = flat(render(samples.seed_lab(), "table"))
    assert "Today TCP/IP, 1 min 10 s [1 min 3 s - 1 min 18 s] Do this Settings, then" in text
    assert "Settings, then 36 s [32-40 s] online Performance option on both hosts: TCPIP → SMB" in text
    assert "disruptive Jumbo frames on every migration NIC" in text
    assert "Beyond hardware: SMB Direct + RDMA on" in text


def test_where_nothing_is_better_the_table_says_so():
    assert "\nDo this  nothing: today's configuration is the best found\n" in render(samples.hashed_team(), "table")


def test_a_tier_off_the_way_promises_nothing():
    answer = samples.seed_lab()
    other = answer.recommended.changes[0].model_copy(update={"recommended": "Compression"})
    tiers = tuple(
        tier.model_copy(update={"changes": (other,)}) if tier.tier is Tier.SETTINGS else tier for tier in answer.tiers
    )
    assert "Settings, then" in render(answer, "table")
    assert "Settings\n" in render(answer.model_copy(update={"tiers": tiers}), "table")


def test_the_best_of_bad_options_is_not_called_recommended():
    bad = samples.seed_lab().recommended.model_copy(update={"verdict": Verdict.NOT_RECOMMENDED})
    text = render(samples.seed_lab(recommended=bad, options=(bad,)), "table")
    assert "best found, not recommended" in text
    assert "recommended, not recommended" not in text


def test_a_rule_that_says_the_same_of_several_host_pairs_is_told_once():
    one = samples.seed_lab().recommended
    found = next(finding for finding in one.findings if finding.answer == "holds")
    others = tuple(found.model_copy(update={"message": f"Pair {i} too."}) for i in range(2))
    text = flat(render(samples.seed_lab(recommended=one.model_copy(update={"findings": (found, *others)})), "table"))
    assert "Likewise on 2 more host pairs." in text
    assert "Pair 1 too." not in text


def test_options_say_why_not_and_rejected_ones_name_the_rule():
    text = flat(render(samples.seed_lab(), "table"))
    assert "recommended, ready with conditions" in text
    assert "8 s slower than the recommended one" in text
    assert "2 more, see -f json" in text
    assert "Rejected SMB Direct: R01 forbids it: RDMA is off at both ends" in text


def test_luck_and_silent_fallback_are_risks_in_the_headline():
    assert "Luck: 29 s with 2 members in use (50 %), 54 s with 1 member in use (50 %)" in flat(
        render(samples.hashed_team(), "table")
    )
    assert "Risk: falls back silently to SMB Multichannel, then 28 s [25-31 s]" in flat(
        render(samples.rdma_fallback(), "table")
    )


def test_a_fallback_as_fast_costs_processors_and_no_time():
    def told(total_s):
        fallback = samples.WITH_RDMA.fallback.model_copy(update={"total_s": samples.around(total_s)})
        answer = samples.seed_lab(recommended=samples.WITH_RDMA.model_copy(update={"fallback": fallback}))
        return [" ".join(re.sub("<[^>]*>", "", render(answer, form)).split()) for form in ("table", "html")]

    as_fast = "falls back silently to SMB Multichannel, about as fast but at the cost of the hosts' processors"
    for text in told(26.0 * 1.04):
        assert as_fast in text.replace("&#39;", "'")
    for text in told(26.0 * 1.06):
        assert "falls back silently to SMB Multichannel, then 28 s [25-31 s]" in text


def test_limits_are_told():
    text = flat(render(samples.cluster(), "table"))
    assert "blackout up to 5 s (wsfc-2016); all within 2 h; balanced risk (p80 holds the limits)" in text
    text = flat(render(samples.blackout_unknown(), "table"))
    assert "unknown: a limit of 1 s is below what can be told without runs of your own" in text


def test_findings_that_say_the_same_are_one_and_the_rest_is_counted():
    text = flat(render(samples.seed_lab(), "table"))
    assert text.count("Whether the switch passes 9014-byte packets") == 1
    assert "J02, J03: Whether the switch" in text
    assert "2 more, see -f json" in text


def test_many_vms_are_a_few_and_a_count():
    text = render(samples.cluster(40), "table")
    assert "VM04" in text
    assert "VM05" not in text
    assert "\n36 more, see -f json" in text


def test_nothing_allowed_has_reasons_and_no_tables_of_nothing():
    text = render(samples.nothing_allowed(), "table")
    assert text.startswith("No option is allowed")
    assert "Do this" not in text
    assert "Gbit/s" not in text
    assert "R01 forbids it" in text
    assert "\n\n\n" not in text


def test_an_option_forbidden_without_words_names_its_rules():
    silent = samples.RDMA.model_copy(update={"rejected_by": None})
    text = flat(render(samples.seed_lab(options=(samples.MULTICHANNEL, silent)), "table"))
    assert "Rejected SMB Direct: R01" in text


def test_an_option_not_chosen_without_words_shows_its_verdict():
    silent = samples.TUNED.model_copy(update={"rejected_by": None})
    text = render(samples.seed_lab(options=(samples.MULTICHANNEL, silent)), "table")
    assert "\n  ready with conditions\n" in text


def test_names_cannot_steer_the_terminal_nor_rich():
    text = render(samples.hostile(), "table", colour=True)
    assert "[bold][31m=1+1" in flat(re.sub(r"\x1b\[[0-9;]*m", "", text))
    assert "\u202e" not in text


def test_a_legacy_console_gets_ascii():
    text = render(samples.seed_lab(), "table", encoding="cp1252")
    assert text.isascii()
    assert "TCPIP -> SMB" in flat(text)
    assert render(samples.estimate(), "table", encoding="cp1252").isascii()
    name = render(samples.seed_lab(vms=(samples.vm("Büro 仮"),)), "table", encoding="cp1252")
    assert "Büro ?" in name


def test_estimate_headline_passes_and_plots():
    text = render(samples.estimate(), "table")
    assert text.startswith("TCP/IP, as configured today: 1 min 10 s [1 min 3 s - 1 min 18 s]")
    assert "longest blackout" in flat(text.partition(" GiB at ")[0])
    rows = [line.split() for line in text.splitlines() if " pass " in line]
    assert rows[0][:4] == ["SQL01", "pass", "1", "1.2"]
    assert "0.31 s" in text
    assert "Rate on the wire, Gbit/s" in text
    assert "Memory left to send, GiB\n  55 │██" in text


def test_an_estimate_says_what_is_in_effect_where_that_is_not_what_was_asked():
    text = flat(render(samples.estimate(samples.RDMA), "table"))
    assert text.startswith(
        "SMB Direct asked for, SMB Multichannel in effect (no RDMA), as configured today: 27 s [24-30 s]"
    )
    page = render(samples.estimate(samples.RDMA), "html").replace("\N{NO-BREAK SPACE}", " ")
    assert "<h1>SMB Direct asked for, SMB Multichannel in effect (no RDMA): 27 s [24-30 s]</h1>" in page
    other = samples.estimate(samples.option("Compression", 40.0, transport="compression", effective="tcpip"))
    assert flat(render(other, "table")).startswith("Compression asked for, TCP/IP in effect, as configured today: 40 s")


def test_estimate_of_many_vms_shows_the_longest():
    text = render(samples.estimate_batch(6), "table")
    assert "3 more VMs with shorter moves, see -f json" in text
    assert "app6            pass 1" in text


def test_a_move_of_many_passes_is_shortened_in_the_middle():
    rows = tuple(
        PassRow(
            vm="busy", step="pass", number=i, start_s=float(i), time_s=1.0, memory_gib=1, sent_gib=1, dirty_left_gib=1
        )
        for i in range(1, 31)
    )
    text = render(samples.estimate(timeline=rows), "table")
    assert "22 more rows" in text
    assert "pass 6" in text
    assert "pass 7 " not in text
    assert "pass 30" in text


def test_passes_without_length_are_not_plotted():
    row = PassRow(vm="a", step="pass", number=1, start_s=0, time_s=0, memory_gib=0, sent_gib=0, dirty_left_gib=0)
    assert "Rate on the wire" not in render(samples.estimate(timeline=(row,)), "table")


def test_wrapping_breaks_only_what_cannot_fit():
    assert wrapped("", 10) == [""]
    assert wrapped("aaaa bbbb", 4) == ["aaaa", "bbbb"]
    assert wrapped("abcdefghij k", 4) == ["abcd", "efgh", "ij k"]
    assert wrapped("takes 1 h 30 min more", 10) == ["takes", "1 h 30 min", "more"]


def test_a_plot_of_nothing_is_flat():
    assert columns_plot([0.0, 0.0, 0.0], 3.0, height=1)[0] == "   0 │"
    assert columns_plot([], 0.0, height=1)[0] == "   0 │"


def test_plot_columns_rise_with_their_values():
    lines = columns_plot([1, 2, 3, 4], 40.0, height=2)
    assert lines[0] == "   4 │  ▄█"
    assert lines[1] == "     │▄███"
    assert lines[-1].endswith("40 s")


def test_tables_align_numbers_right():
    sheet = Sheet(Page(60))
    sheet.table((Column("n", 4, right=True), Column("w", 3)), [Row((Cell.of("12"), Cell.of("a")))])
    assert sheet.text() == "   n  w\n  12  a\n"


def test_an_assumption_shows_a_short_reason_and_leaves_a_long_one_to_json():
    assumptions = (
        Assumption(what="dirtying", value="idle", why="assumption; " + "measured by somebody " * 9),
        Assumption(what="payload", value="typical", why="measured by somebody " * 9),
    )
    text = render(samples.seed_lab(assumptions=assumptions), "table")
    assert "- dirtying: idle (assumption)\n" in text
    assert "- payload: typical\n" in text
