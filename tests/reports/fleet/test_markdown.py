"""Runbooks in Markdown, read back by a parser: names are names, whatever stands in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from advisor.reports import render_drain, render_patch
from advisor.reports.fleet.markdown import block, code, escaped, table
from advisor.reports.wording import printable, typed
from tests.reports.fleet import samples

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HARD = st.text(st.sampled_from(list("\\`*_[]()<>|~&#+-=.:!1a @/w\n\t\x1b\u202e")), max_size=20) | st.text(max_size=20)


def leaves(text):
    """Every piece of the parsed text with the kind of it."""
    found = []
    for token in PARSER.parse(text):
        found.append((token.type, token.content))
        found += [(child.type, child.content) for child in token.children or ()]
    return found


def words_of(text):
    return "".join(content for kind, content in leaves(text) if kind in {"text", "text_special"})


@given(HARD)
def test_escaped_text_is_read_back_as_it_stood(text):
    assert words_of(f"x {escaped(text)} x") == f"x {printable(text)} x"
    assert words_of(f"- {escaped(text)}") == printable(text)
    assert words_of(f"**b:** {escaped(text)}") == f"b: {printable(text)}".rstrip()


@given(HARD)
def test_a_name_stays_in_its_cell(text):
    read = PARSER.parse(table(("a", "b"), [(escaped(text), "end")]))
    cells = [token for token in read if token.type == "td_open"]
    assert len(cells) == 2
    assert [token.content for token in read if token.type == "inline"][-1] == "end"


@given(HARD)
def test_code_is_one_piece_of_code(text):
    plain = typed(text).strip()
    inner = [content for kind, content in leaves(f"x {code(text)} x") if kind == "code_inline"]
    assert inner == ([plain] if plain else [])


@pytest.mark.parametrize(
    "text", [render_drain(samples.hostile_drain(), "md"), render_patch(samples.hostile_patch(), "md")]
)
def test_hostile_names_make_no_markup_links_or_headings(text):
    kinds = {kind for kind, _ in leaves(text)}
    assert not kinds & {"html_inline", "html_block", "link_open", "image", "em_open", "fence", "code_block", "s_open"}
    headings = text.count("\n## ") + 1
    assert sum(kind == "heading_open" for kind, _ in leaves(text)) == headings
    assert "http://" not in "".join(line for line in text.splitlines(keepends=True) if "`" not in line)
    assert "\x1b" not in text


def test_the_runbook_of_a_drain_has_everything_in_the_order_it_is_needed():
    text = render_drain(samples.drain(), "md")
    heads = [line for line in text.splitlines() if line.startswith("#")]
    assert heads == [
        "# Drain HV-01",
        "## Before: go or no-go",
        "## What blocks, and what moves at a price",
        "## Moves, in this order",
        "## While it runs, and when to stop",
        "## When a move is late",
        "## Nodes before and after",
        "## Afterwards",
        "## Assumed, because nobody said",
    ]
    assert "- [ ] **No-go:** app-0007 has an image of the host in its DVD drive. `Get-VMDvdDrive`" in text
    assert "- [x] **Go:** Every other node is up and not paused." in text
    assert text.count("| live |") + text.count("| quick |") == 24
    assert "| 8 | app-0008 | 16 | HV-01 | HV-04 | quick | 0:01:22 (0:01:10-0:01:47) |" in text
    assert "- **quick** (" in text
    assert "- **storage** (" not in text


def test_every_move_of_a_large_drain_is_in_its_runbook():
    text = render_drain(samples.drain(480), "md")
    assert all(f"| app-{i:04} |" in text for i in range(1, 481))


def test_the_runbook_of_a_patch_night_goes_step_by_step():
    text = render_patch(samples.patch(2), "md")
    assert text.startswith("# Patch night of CL-01\n\n**Patch night of CL-01: 2 nodes in 2 h 24 min")
    rows = [line for line in text.splitlines() if line.startswith("| HV-")]
    assert len(rows) == 10
    assert rows[5] == "| HV-02 | drain | 1:12:00 (1:01:12-1:33:36) | 0:15:00 (0:12:45-0:19:30) | 24 | 3 |"
    assert "- 4 moves at a time instead of 2: then 2 h 10 min (1 h 50 min - 2 h 48 min), 14 min 24 s less" in text


def test_sections_without_anything_to_say_are_left_out():
    text = render_drain(samples.DRAINS["empty"](), "md")
    assert [line for line in text.splitlines() if line.startswith("#")] == ["# Drain HV-01"]
    assert "|" not in text


def test_blanks_within_a_name_stay_in_what_is_typed() -> None:
    command = "Move-ClusterVirtualMachineRole -Name 'web  01' -Node 'h2'"
    assert command in code(command)
    assert command in block([command], "powershell")
    assert code("a\u202e\x1b[31m\nb") == "`a[31m b`"
