"""What is expected to take longer does: more runs, more cards."""

from advisor.calibration.pace import calibration_s, evaluation_s
from advisor.domain.runs import MeasuredRun


def runs(count, studies, platform="hyperv"):
    return [
        MeasuredRun(run_id=f"{platform}{i}", study=str(i % studies), platform=platform, transport="tcpip", total_s=5)
        for i in range(count)
    ]


def test_each_card_that_is_made_takes_its_time():
    own = runs(14, 3)
    applied, sample, study, row = (evaluation_s(own, how) for how in ("applied", "in-sample", "study", "row"))
    assert applied < sample < study < row


def test_many_studies_are_not_held_out_one_by_one():
    assert evaluation_s(runs(400, 100)) == evaluation_s(runs(400, 200))
    assert evaluation_s(runs(400, 2)) < evaluation_s(runs(400, 100))
    # The lab's file: minutes, not seconds and not hours.
    assert 300 < evaluation_s(runs(1548, 150, "qemu")) < 3000


def test_platforms_are_fitted_one_by_one_and_only_ones_own_is_calibrated():
    both = runs(14, 3) + runs(40, 3, "qemu")
    assert evaluation_s(both) > evaluation_s(both[:14])
    assert calibration_s(both, "hyperv") == calibration_s(both[:14], "hyperv") < calibration_s(both, "qemu")
    assert calibration_s([], "hyperv") > 0
