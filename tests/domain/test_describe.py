"""What a field allows is said from the field itself."""

from enum import Enum
from typing import Literal

import pytest
from pydantic import BaseModel, Field

from advisor.domain.describe import allowed, bound, choices, field_at, model_at, model_in, same_unit, split_unit, unit
from advisor.domain.goals import Goals
from advisor.domain.hosts import Host, Nic, Team
from advisor.domain.runs import MeasuredRun
from advisor.domain.scenario import Scenario
from advisor.domain.vms import CurvePoint, Vm


class Colour(Enum):
    RED = "red"


class Sample(BaseModel):
    plain: str = ""
    open_ended: float = Field(0, ge=2)
    above: float = Field(1, gt=0)
    free: int = 0
    one: Literal["only"] = "only"
    colour: Colour | None = None
    names: tuple[str, ...] = Field((), min_length=1)
    inner: CurvePoint | None = None


@pytest.mark.parametrize(
    ("model", "name", "words"),
    [
        (Nic, "speed_gbps", "a number from 0.01 to 1,600 Gbit/s"),
        (Nic, "mtu_bytes", "a whole number from 576 to 65,536 bytes"),
        (Nic, "rss", "true or false"),
        (Nic, "name", "text of at most 128 characters"),
        (Vm, "memory_gib", "a number above 0 and up to 65,536 GiB"),
        (Goals, "goal", "time, blackout, cpu or network"),
        (Team, "kind", "lbfo, set or bond"),
        (Host, "nics", "a list of 1 to 64 entries"),
        (Host, "power", "keys plan, c_states"),
        (Host, "updated", "text of the form ^20\\d\\d-(0[1-9]|1[0-2])$"),
        (Sample, "plain", "text"),
        (Sample, "open_ended", "a number of 2 or more"),
        (Sample, "above", "a number above 0"),
        (Sample, "free", "a whole number"),
        (Sample, "one", "only"),
        (Sample, "colour", "red"),
        (Sample, "names", "a list of 1 or more entries"),
        (Sample, "inner", "keys seconds, dirty_mib"),
    ],
)
def test_every_kind_of_field_says_what_it_allows(model, name, words):
    assert allowed(model.model_fields[name]) == words


def test_every_field_of_the_domain_can_be_described():
    for model in (Scenario, Host, Nic, Vm, MeasuredRun):
        for field in model.model_fields.values():
            assert allowed(field)
            assert field.description


def test_a_path_leads_to_its_field_and_model():
    assert field_at(Scenario, ("nodes", 3, "nics", 0, "rdma")) is Nic.model_fields["rdma"]
    assert model_at(Scenario, ("vms", 0, "dirty_curve", 1)) is CurvePoint
    assert model_at(Scenario, (0,)) is Scenario


def test_a_path_that_leaves_the_model_leads_nowhere():
    assert field_at(Scenario, ("source", "wheels")) is None
    assert field_at(Scenario, ("title", "more")) is None
    assert model_at(Scenario, ("source", "wheels")) is None
    assert model_at(Scenario, ("title",)) is None


def test_fields_without_model_unit_choices_or_bound_say_so():
    plain = Sample.model_fields["plain"]
    assert model_in(plain.annotation) is None
    assert unit(plain) == ""
    assert choices(plain) == ()
    assert bound(plain, "ge") is None


@pytest.mark.parametrize(("text", "parts"), [("55GB", ("55", "GB")), (" 1.5 Gbit/s ", ("1.5", "Gbit/s")), ("GB", None)])
def test_a_number_is_parted_from_its_unit(text, parts):
    assert split_unit(text) == parts


def test_gigabytes_of_memory_are_gibibytes_and_megabytes_are_not():
    assert same_unit("GB", "GiB")
    assert same_unit("Gbps", "Gbit/s")
    assert not same_unit("MB", "GiB")
    assert same_unit("parsec", "parsec")
