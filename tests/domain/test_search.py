"""Words are found wherever they stand, and nothing that is looked for is taken for a pattern."""

import pytest

from advisor.domain.search import MOST_LETTERS, found, mentions


@pytest.mark.parametrize("wanted", ["", "   ", '"', '""', "RDMA nics", '"needs RDMA" smb', "SMB\tDirect"])
def test_all_words_wanted_occur_somewhere(wanted):
    assert mentions(wanted, ["SMB Direct", "needs RDMA NICs"])


@pytest.mark.parametrize("wanted", ["rdma iwarp", '"RDMA needs"', '"NIC"', ".*", "[a-z]+", "(", "\\", '"RDMA SMB"'])
def test_what_does_not_occur_is_not_found_and_signs_are_only_signs(wanted):
    assert not mentions(wanted, ["SMB Direct", "needs RDMA NICs"])


def test_a_word_does_not_reach_over_two_texts():
    assert not mentions("Directneeds", ["SMB Direct", "needs RDMA NICs"])


def test_what_is_too_long_is_cut():
    assert mentions("x" * MOST_LETTERS + "never", ["x" * MOST_LETTERS])


def test_items_keep_their_order():
    items = ["b smb", "a", "c SMB"]
    assert found("smb", items, lambda one: [one]) == ["b smb", "c SMB"]
    assert found("", items, lambda one: [one]) == items
