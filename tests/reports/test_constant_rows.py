"""Constants are told with their range, unit and what they rest on; a calibration tells what it changed."""

from dataclasses import replace

from advisor.platforms import Range, constant_names, get_platform
from advisor.platforms.constants import meaning
from advisor.reports.constant_rows import amount, changed_constants, constant_rows
from advisor.residual.card import unlearned_card
from advisor.residual.card_files import shipped_card


def test_every_constant_says_what_it_is_and_counts_what_its_name_says():
    for name in constant_names():
        words, unit = meaning(name)
        assert words
        for ending, counted in (
            ("_bytes_s", "bytes/s"),
            ("_bytes", "bytes"),
            ("_per_s", "1/s"),
            ("_s_per_byte", "core s/byte"),
        ):
            if name.endswith(ending):
                assert unit == counted
                break
        else:
            assert unit == ("s" if name.endswith("_s") else "")


def test_what_does_not_apply_to_a_platform_is_left_out():
    names = {row.name for row in constant_rows(shipped_card("hyperv"))}
    assert "zlib_hardness" not in names
    assert "zlib_hardness" in {row.name for row in constant_rows(shipped_card("qemu"))}


def test_a_constant_says_whether_it_was_fitted_has_a_source_or_is_assumed():
    rests = {row.name: row.rests_on for row in constant_rows(shipped_card("hyperv"))}
    assert rests["set_up_s"] == "fitted"
    assert rests["stream_bytes_s"] == "prior"
    assert rests["sleep_factor"] == "prior, partly assumption"
    assert rests["small_dirty_bytes"] == "assumption"


def test_amounts_have_one_unit_for_middle_and_ends():
    assert amount(Range(8.4e6, 6.7e7, 2.7e8, "x"), "bytes") == "67 [8.4-270] MB"
    assert amount(Range(5.6e5, 7.3e5, 8.4e5, "x"), "1/s") == "730 [560-840] thousand a second"
    assert amount(Range(8e-10, 1.65e-9, 2.2e-9, "x"), "core s/byte") == "1.65 [0.8-2.2] core s/GB"
    assert amount(Range(0.15, 0.5, 1.7, "x"), "s") == "0.5 [0.15-1.7] s"
    assert amount(Range(100, 100, 100, "x"), "") == "100"


def test_what_changed_is_told_narrowest_first_and_nothing_else():
    before = unlearned_card(get_platform("hyperv"))
    narrower = replace(before.constants.set_up_s, p05=3.0, p95=4.0)
    moved = replace(before.constants.per_vm_s, p50=0.9)
    after = replace(before, constants=before.constants.with_values(set_up_s=narrower, per_vm_s=moved))
    changes = changed_constants(before, after)
    assert [one.name for one in changes] == ["set_up_s", "per_vm_s"]
    assert changes[0].width is not None
    assert changes[0].width < changes[1].width == 1.0
    assert (changes[0].before, changes[0].after) == ("3.4 [1-5.5] s", "3.4 [3-4] s")
    assert changed_constants(before, before) == []
